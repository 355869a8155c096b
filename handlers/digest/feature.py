"""The supervisor's digest on demand, and the names behind its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from handlers.claims import claimed_number
from handlers.digest import views
from handlers.engine.parse import Unreadable, clock_time
from handlers.feature import Feature, MenuItem
from handlers.turn import Turn
from models.accounts import SUPERVISORS
from models.actors import Action
from models.cards import LIST_LENGTH, REMIND, briefs, line, list_buttons
from models.closed import closed_of
from models.jobs import file_job
from models.messages import Button, Outbound, Rows, Text, UserError
from models.reminders import remind
from models.reports.chart import CHART, offered
from models.reports.digest import compose, move_digest
from models.reports.numbers import overdue as overdue_in
from models.reports.periods import Period, running_period
from models.sources import after_night
from models.units import Unit
from models.worklist import open_for


async def _unit(turn: Turn) -> Unit:
    """The unit that she speaks for."""
    actor = await turn.actor()
    grant = actor.top(*SUPERVISORS)
    unit = await turn.session.get(Unit, grant.unit_id) if grant else None
    if unit is None or not actor.may(Action.OVERSEE, unit.path):
        raise UserError("access.supervisors_only")
    return unit


async def digest(turn: Turn, argument: str) -> None:
    """The running period; with an hour after the command, the digest comes at that hour."""
    unit = await _unit(turn)
    if argument:
        await _set_hour(turn, unit, argument)
        return
    running = await running_period(turn.session, unit, turn.now, turn.zone)
    await _show(turn, unit, running, ((Button(Text("digest.closed"), "a:digest"),),))


async def _set_hour(turn: Turn, unit: Unit, argument: str) -> None:
    try:
        hour = clock_time(argument)
    except Unreadable:
        raise UserError("digest.bad_hour") from None
    unit.digest_time = hour
    at = await move_digest(turn.session, unit, turn.now, turn.zone)
    turn.audit("digest.moved", f"unit:{unit.id}", hour=hour.isoformat())
    turn.reply("digest.moved", unit=unit.name, hour=hour, at=at)


async def _show(turn: Turn, unit: Unit, period: Period | None, more: Rows = ()) -> None:
    turn.audit("digest.read", f"unit:{unit.id}")
    message = await compose(turn.session, unit, turn.now, turn.zone, period)
    turn.send(replace(message, rows=(*message.rows, *more)))


async def closed_digest(turn: Turn, arguments: Sequence[str]) -> None:
    """The last one; or the one that a correction names, as it is now."""
    if arguments:
        await _corrected(turn, arguments[0])
    else:
        await _show(turn, await _unit(turn), None)


async def _corrected(turn: Turn, sheet_id: str) -> None:
    await _unit(turn)
    actor = await turn.actor()
    found = await closed_of(turn.session, claimed_number(sheet_id), turn.zone)
    if found is None or not actor.may(Action.OVERSEE, found[0].path):
        raise UserError("digest.gone")
    await _show(turn, *found)


async def draw(turn: Turn, _arguments: Sequence[str]) -> None:
    """The last days as a picture; whoever does jobs draws it."""
    unit = await _unit(turn)
    if not offered():
        raise UserError("chart.off")
    turn.audit("digest.read", f"unit:{unit.id}", chart="yes")
    await file_job(turn.session, CHART, turn.account.id, {"unit": unit.id}, turn.now)
    turn.send(views.drawing())


async def overdue(turn: Turn, argument: str) -> None:
    await _names(turn, int(argument) if argument.isdecimal() and len(argument) < 4 else 0)


async def page(turn: Turn, arguments: Sequence[str]) -> None:
    await overdue(turn, arguments[0] if arguments else "")


async def _names(turn: Turn, number: int) -> None:
    """A page of names; that they were looked at is written down."""
    unit = await _unit(turn)
    query = overdue_in(unit, turn.now).offset(number * LIST_LENGTH).limit(LIST_LENGTH + 1)
    found = list(await turn.session.scalars(query))
    if not found:
        turn.reply("overdue.none", unit=unit.name)
        return
    items = await briefs(turn.session, found[:LIST_LENGTH])
    for brief in items:
        if brief.person is not None:
            turn.audit("name.shown", f"person:{brief.person.id}", "overdue")
    lines = [Text("overdue.title", {"unit": unit.name})]
    lines += [line(brief, i, turn.now) for i, brief in enumerate(items, 1)]
    rows: Rows = list_buttons(items)
    if len(found) > LIST_LENGTH:
        rows = (*rows, (Button(Text("list.next"), f"a:overdue:{number + 1}"),))
    turn.send(Outbound(tuple(lines), rows, protect=True))


async def nudge_all(turn: Turn, _arguments: Sequence[str]) -> None:
    """One more reminder to everybody of her unit who is silent; the digest stays where it is."""
    unit = await _unit(turn)
    morning = after_night(turn.now, turn.zone)
    if morning != turn.now:
        raise UserError("remind.night", at=morning)
    where = open_for(await turn.actor(), turn.now, unit.path)
    found = await remind(turn.session, where, turn.now, tuple(REMIND))
    turn.letters += found.letters
    turn.audit("reminded", f"account:{turn.account.id}", n=len(found.told))
    rows: Rows = ((Button(Text("digest.names"), "a:overdue"),),) if found.unheard else ()
    turn.reply(
        "digest.nudged",
        rows,
        told=len(found.told),
        lately=len(found.lately),
        unheard=len(found.unheard),
    )


FEATURE = Feature(
    commands={"digest": digest, "overdue": overdue},
    actions={"digest": closed_digest, "chart": draw, "overdue": page, "nudgeall": nudge_all},
    menu=(MenuItem("digest", SUPERVISORS), MenuItem("overdue", SUPERVISORS)),
)
