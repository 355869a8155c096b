"""Who works in a venue: added line by line, back from home, gone; and the manager's deputy."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.engine.draft import Draft
from handlers.engine.parse_staff import staff_lines
from handlers.feature import Filed
from handlers.turn import Turn
from handlers.venueday import known, views
from handlers.venueday.form import Deputy, NewStaff
from models.accounts import Assignment
from models.messages import Button, Text, UserError, Value, verbatim
from models.venues.day import venue_day
from models.venues.daycard import back, day_card
from models.venues.managing import appoint_deputy
from models.venues.staff import Newcomer, leave, take_on
from models.venues.venue import Venue

QUOTED = 5  # lines that could not be read


async def show(turn: Turn, arguments: Sequence[str]) -> None:
    """a:venuestaff:<venue>:<page>"""
    await _show(turn, await known.own(turn, arguments), known.page(arguments))


async def _show(turn: Turn, venue: Venue, number: int = 0) -> None:
    day = await venue_day(turn.session, venue, turn.now, turn.zone)
    held = await turn.session.get(Assignment, venue.deputy_id) if venue.deputy_id else None
    deputy = (held.name or "") if held is not None and held.until_at is None else ""
    leads = await _leads(turn, venue)
    turn.replace(views.staff(day, number, leads=leads, deputy=deputy))


async def _leads(turn: Turn, venue: Venue) -> bool:
    """Is she its manager herself, not the deputy?"""
    held = await turn.session.get(Assignment, venue.manager_id) if venue.manager_id else None
    return held is not None and held.account_id == turn.account.id


async def begin(turn: Turn, arguments: Sequence[str]) -> None:
    venue = await known.own(turn, arguments)
    await turn.begin(NewStaff, {"venue": venue.id})


async def submit(turn: Turn, filled: NewStaff, draft: Draft) -> Filed:
    """Those who could be read are added; each line that could not is said again."""
    venue = await known.own(turn, [str(draft.context.get("venue", ""))])
    people, unread = staff_lines(filled.people, turn.today)
    told = [Newcomer(p.name, p.title, p.phone, p.document, p.last_on) for p in people]
    rules, by = await known.rules_in(turn, venue), turn.account.id
    added = await take_on(turn.session, venue, told, by, rules, turn.now, turn.zone)
    record = None
    if added:
        record = await turn.file(filled, draft, person_id=None, unit_id=venue.unit_id)
        turn.audit("venue.staff_added", f"venue:{venue.id}", n=len(added))
    names = [verbatim(one.name or "") for one in added]
    lines = [Text("newstaff.added", {"n": len(added), "names": names})] if added else []
    if twice := len(people) - len(added):
        lines.append(Text("newstaff.known", {"n": twice}))
    if unread:
        quoted = [verbatim(line[:30]) for line in unread[:QUOTED]]
        lines.append(Text("newstaff.unread", {"n": len(unread), "lines": quoted}))
    card = await day_card(turn.session, venue, turn.now, turn.zone, *lines)
    again = (Button(Text("action.staffadd"), f"a:staffadd:{venue.id}"),)
    offered = any(button.data == again[0].data for row in card.rows for button in row)
    return Filed(record, card.lines, (*card.rows, again) if unread and not offered else card.rows)


async def one(turn: Turn, arguments: Sequence[str]) -> None:
    await _one(turn, arguments, sure=False)


async def _one(turn: Turn, arguments: Sequence[str], *, sure: bool) -> None:
    worker, venue = await known.worker(turn, arguments)
    day = await venue_day(turn.session, venue, turn.now, turn.zone)
    turn.replace(views.one_of_staff(day, worker, sure=sure))


async def gone(turn: Turn, arguments: Sequence[str]) -> None:
    """She has left: asked once more, then her name goes with the time for it."""
    if arguments[1:2] != ["yes"]:
        await _one(turn, arguments, sure=True)
        return
    worker, venue = await known.worker(turn, arguments)
    await leave(turn.session, [worker], turn.now)
    turn.audit("venue.staff_left", f"venue:{venue.id}", staff=worker.id)
    await _show(turn, venue)


async def is_back(turn: Turn, arguments: Sequence[str]) -> None:
    """She is well and at work again."""
    worker, venue = await known.worker(turn, arguments)
    worker.home_at = None
    turn.audit("venue.staff_back", f"venue:{venue.id}", staff=worker.id)
    await turn.session.flush()
    await _show(turn, venue)


# -- the deputy ------------------------------------------------------------------------------------


async def begin_deputy(turn: Turn, arguments: Sequence[str]) -> None:
    venue = await _led(turn, arguments)
    await turn.begin(Deputy, {"venue": venue.id})


async def _led(turn: Turn, arguments: Sequence[str]) -> Venue:
    venue = await known.own(turn, arguments)
    if not await _leads(turn, venue):
        raise UserError("venueday.manager_only")
    return venue


async def submit_deputy(turn: Turn, filled: Deputy, draft: Draft) -> Filed:
    venue = await _led(turn, [str(draft.context.get("venue", ""))])
    code = await appoint_deputy(turn.session, venue, filled.name, filled.phone, turn.now)
    record = await turn.file(filled, draft, person_id=None, unit_id=venue.unit_id)
    turn.audit("venue.deputy", f"venue:{venue.id}")
    told: dict[str, Value] = {"name": filled.name, "venue": venue.name}
    lines = [Text("deputy.named", told)]
    if code:
        lines = [Text("deputy.code", told), Text("start.command", {"code": code})]
    return Filed(record, tuple(lines), ((back(venue.id),),))


async def end_deputy(turn: Turn, arguments: Sequence[str]) -> None:
    """Nobody does it in her stead any more."""
    venue = await _led(turn, arguments)
    venue.deputy_id = None
    turn.audit("venue.deputy_off", f"venue:{venue.id}")
    await turn.session.flush()
    await _show(turn, venue)
