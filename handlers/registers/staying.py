"""Who is in: the list of a venue, and from it out again."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.engine.draft import Draft
from handlers.registers import views
from handlers.registers.declaration import Register
from handlers.registers.keeping import VENUE, Place
from handlers.registers.lookup import hers, number, register_of
from handlers.turn import Turn
from models.identity import mask_name
from models.messages import Button, Outbound, Rows, Text, UserError, Value
from models.registers import Submission
from models.stays import Stay, access_stay, count_inside, inside, let_in, let_out
from models.venues.register import managed_by
from models.venues.venue import Venue

STAY = "stay"  # of a draft's context


async def show_inside(turn: Turn, arguments: Sequence[str]) -> None:
    """A page of those who are in, the newest first; that names were looked at is written down."""
    chosen = register_of(turn, arguments)
    if not chosen.stays or chosen not in await hers(turn):
        raise UserError("access.denied")
    actor, page, roles = await turn.actor(), min(number(arguments, 1), 999), chosen.readers()
    query = inside(actor, chosen.code, roles, turn.now)
    rows = await turn.session.execute(query.offset(page * views.PAGE).limit(views.PAGE + 1))
    found = [(row[0], row[1], row[2]) for row in rows]
    many = await count_inside(turn.session, actor, chosen.code, roles, turn.now)
    if found:
        turn.audit("records.read", f"register:{chosen.code}", page=page)
    mine = {venue.id for venue in await managed_by(turn.session, actor, turn.now)}
    shown = list(enumerate(found[: views.PAGE], 1))
    lines = [Text("stay.head", {"title": views.title(chosen), "n": many})]
    lines += [_line(n, *one) for n, one in shown]
    outs = tuple((_out(n, stay, record),) for n, (stay, record, at) in shown if at.id in mine)
    back = (Button(Text("records.back"), f"a:register:{chosen.code}"),)
    turning = _turning(chosen, page, more=len(found) > views.PAGE)
    turn.replace(Outbound(tuple(lines), (*outs, *turning, back), protect=True))


def _line(n: int, stay: Stay, record: Submission, venue: Venue) -> Text:
    told: dict[str, Value] = {
        "n": n,
        "room": str(record.values().get("room", "")),
        "name": mask_name(str(record.values().get("name", ""))),
        "people": stay.people,
        "since": stay.since_at,
        "venue": venue.name,
    }
    return Text("stay.line", told)


def _out(n: int, stay: Stay, record: Submission) -> Button:
    room = str(record.values().get("room", ""))
    return Button(Text("stay.out", {"n": n, "room": room}), f"a:letout:{stay.id}")


def _turning(chosen: type[Register], page: int, *, more: bool) -> Rows:
    turning = []
    if page:
        turning.append(Button(Text("list.previous"), f"a:inside:{chosen.code}:{page - 1}"))
    if more:
        turning.append(Button(Text("list.next"), f"a:inside:{chosen.code}:{page + 1}"))
    return (tuple(turning),) if turning else ()


async def begin_exit(turn: Turn, arguments: Sequence[str]) -> None:
    """Out she goes: where to?"""
    stay = await access_stay(turn.session, await turn.actor(), number(arguments, 0), turn.now)
    if stay.until_at is not None:
        raise UserError("stay.over")
    registers = [one for one in turn.registry.form_classes() if issubclass(one, Register)]
    leaving = next(one for one in registers if one.exits and one.exits.code == stay.register)
    await turn.begin(leaving, {STAY: stay.id, VENUE: stay.venue_id})


async def settle_stay(
    turn: Turn, filled: Register, record: Submission, place: Place, draft: Draft
) -> int | None:
    """She is in, or out, now that it is filed; how many people that is, None where nobody stays."""
    if filled.stays and place.venue is not None:
        await let_in(turn.session, record, place.venue, filled.people, turn.now)
        return filled.people
    if filled.exits is not None:
        actor = await turn.actor()
        stay = await access_stay(turn.session, actor, int(draft.context[STAY]), turn.now)
        await let_out(turn.session, stay, record, turn.now)
        return stay.people
    return None
