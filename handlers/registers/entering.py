"""A record is entered, corrected, taken back, followed up; its figures go with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from handlers.engine.draft import Draft
from handlers.feature import Filed
from handlers.registers import inside
from handlers.registers.declaration import LATE, LISTED, Register
from handlers.registers.following import look_after
from handlers.registers.keeping import Place, choose_place, place_of
from handlers.registers.leading import bring_leads, count_origin
from handlers.registers.lookup import hers, number, register_of
from handlers.registers.staying import settle_stay
from handlers.registers.views import title
from handlers.turn import Turn
from models.accounts import Role
from models.actors import Action
from models.bringing import take_record_back
from models.corrections import reconsider
from models.daily import day_of
from models.guiding import was_attended
from models.messages import Button, Outbound, Rows, Text, UserError
from models.obligations import Kind
from models.records import ask_verdict, end_follow_up
from models.registers import Submission
from models.stays import take_stay_back
from models.supplies import forget, keep
from models.tallies import counted_at, take_back, tally
from models.units import Unit
from models.venues.logbook import strike


async def enter(turn: Turn, arguments: Sequence[str]) -> None:
    """A new record; the second argument is the daily report that lacks it, or the venue."""
    register = register_of(turn, arguments)
    if len(arguments) > 1 and arguments[1].startswith(inside.VENUE):
        await inside.begin(turn, register, arguments[1])
        return
    context = await choose_place(turn, register, 0)
    if context is None:
        return
    if len(arguments) < 2:
        if context or not await inside.ask(turn, register):
            await turn.begin(register, context)
        return
    item = await turn.obligation(arguments[1:], Action.VERIFY, Kind.ZERO)
    await turn.begin(register, {**context, "report": item.id})


async def enter_at(turn: Turn, arguments: Sequence[str]) -> None:
    """A new record of one of her venues."""
    register = register_of(turn, arguments)
    context = await choose_place(turn, register, number(arguments, 1))
    if context is not None:
        await turn.begin(register, context)


async def record_for(turn: Turn, arguments: Sequence[str]) -> None:
    """A daily report lacks something that belongs into a register: which?"""
    item = await turn.obligation(arguments, Action.VERIFY, Kind.ZERO)
    roles = (await turn.actor()).roles
    mine = [one for one in await hers(turn) if roles & set(one.enters)]
    rows = tuple((Button(title(one), f"a:enter:{one.code}:{item.id}"),) for one in mine)
    turn.send(Outbound((Text("records.choose"),), rows))


async def _counts_at(turn: Turn, draft: Draft, unit: Unit) -> datetime:
    """Now; in the day of the report that it was entered for."""
    if "report" not in draft.context:
        return turn.now
    claimed = str(draft.context["report"])
    item = await turn.obligation([claimed], Action.VERIFY, Kind.ZERO)
    there = await turn.session.get(Unit, item.unit_id)
    inside = there is not None and unit.path.startswith(there.path)
    return min(turn.now, day_of(item)[1].until_at) if inside else turn.now


async def submit(turn: Turn, filled: Register, draft: Draft) -> Filed:
    """File a record, count it, say who looks at it; a correction stays where it was entered."""
    register = type(filled)
    place = await _place(turn, filled, draft)
    unit = place.unit
    record = await turn.file(filled, draft, person_id=None, unit_id=unit.id)
    people = await settle_stay(turn, filled, record, place, draft)
    origin = await count_origin(turn, filled, unit)
    at = await _counts_at(turn, draft, unit)
    late = _late(turn, filled)
    extra = {**origin, **late, **({} if people is None else {"people": people})}
    at = await tally(turn.session, record, {**register.figures(filled), **extra}, at)
    await _keep_level(turn, filled, record, place, at)
    if at < turn.now:
        await reconsider(turn.session, unit, at, turn.now)
    if register.verifies is not None:
        role = register.verifies
        await ask_verdict(turn.session, register.code, unit, role, turn.now, turn.zone)
    listed, said = bool(origin.get(LISTED)), {**origin, **late}
    lines = [Text("records.filed", {"title": title(register)}), *_advice(filled, said)]
    lines += await look_after(turn, filled, record, place)
    lines += await bring_leads(turn, filled, record, place, listed=listed)
    if register.log is not None and place.venue is not None:
        return await inside.filed(turn, register, record, place.venue, lines)
    again = "corrects" not in draft.context and not register.exits
    return Filed(record, tuple(lines), _another(register) if again else ())


async def _place(turn: Turn, filled: Register, draft: Draft) -> Place:
    """Where it belongs: the venue whose day it is written into, or where her register is kept."""
    if filled.log is not None and (own := await inside.venue_of(turn, draft.context)):
        return Place(await turn.session.get_one(Unit, own.unit_id), own)
    return await place_of(turn, filled, draft)


async def _keep_level(
    turn: Turn, filled: Register, record: Submission, place: Place, at: datetime
) -> None:
    """What a store holds now; a venue's is not the village's."""
    level = filled.level()
    if level is None:
        return
    grant = (await turn.actor()).top(*filled.enters)
    own = place.venue is not None or (grant is not None and grant.role == Role.VENUE)
    await keep(turn.session, record, level, turn.account.id if own else None, at)


def _late(turn: Turn, filled: Register) -> dict[str, int]:
    """Was it told later than it should have been?"""
    if filled.notice is None:
        return {}
    ahead: int = (getattr(filled, filled.notice.field) - turn.today).days
    return {LATE: int(ahead < filled.notice.days(filled))}


def _advice(filled: Register, said: Mapping[str, int]) -> list[Text]:
    """What she is to do at once."""
    names = [name for name, when in filled.advice.items() if when(filled)]
    found = [name for name in (LATE, LISTED) if said.get(name)]
    return [Text(f"{filled.code}.advice.{name}") for name in (*names, *found)]


def _another(register: type[Register]) -> Rows:
    """The next one is at hand."""
    return ((Button(Text("records.another"), f"a:enter:{register.code}"),),)


async def withdraw(turn: Turn, record: Submission) -> None:
    """It counts no more, and nobody is sent to look."""
    if await was_attended(turn.session, record.id):
        raise UserError("guide.over")
    at = await counted_at(turn.session, record.id)
    await take_back(turn.session, record.id)
    await forget(turn.session, record.id)
    unit = await turn.session.get(Unit, record.unit_id)
    if unit is not None and at is not None:
        await reconsider(turn.session, unit, at, turn.now)
    await end_follow_up(turn.session, record.id, turn.now)
    await strike(turn.session, record, turn.account.id, turn.now)
    await take_stay_back(turn.session, record)
    await take_record_back(turn.session, record.id, turn.account.id, turn.now)
