"""The end of a round: each village with doors left hears how many, and so does who started it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.coverage import Tally, by_unit, total
from models.messages import Button, Outbound, Text, Value
from models.obligations import Obligation, Outcome, settle
from models.outbox import Letter, Priority, enqueue
from models.rounds import Round
from models.units import Level, Unit
from scheduler.digests import readers


async def run(session: AsyncSession, item: Obligation, now: datetime, _zone: ZoneInfo) -> None:
    """What a round came to, told once when it is over."""
    ended = await session.get_one(Round, item.facts["round"])
    top = await session.get_one(Unit, ended.unit_id)
    await settle(session, [item], Outcome.DONE, None, now)
    ended.closed_at = now
    tallies = await by_unit(session, top.path, ended.since_at)
    units = await session.scalars(select(Unit).where(Unit.path.startswith(top.path)))
    found = {unit.id: unit for unit in units}
    letters = []
    for unit in found.values():
        if unit.id != top.id and unit.level != Level.VILLAGE:
            continue
        whole = _below(unit, found, tallies)
        if whole.is_done and unit.id != top.id:
            continue
        message = _message(ended, unit, whole)
        letters += [
            Letter(f"{item.key}:u{unit.id}:a{reader}", reader, message, Priority.NOTICE)
            for reader in await readers(session, unit.id, now)
        ]
    await enqueue(session, letters, now)


def _below(unit: Unit, units: Mapping[int, Unit], tallies: Mapping[int, Tally]) -> Tally:
    """A unit is the sum of its grids."""
    return total(tally for grid, tally in tallies.items() if units[grid].path.startswith(unit.path))


def _message(ended: Round, unit: Unit, whole: Tally) -> Outbound:
    facts: dict[str, Value] = {
        "unit": unit.name,
        "purpose": ended.purpose,
        "done": whole.done,
        "due": whole.due,
        "left": whole.due - whole.done,
        "unmet": whole.unmet,
    }
    key = "round.over_done" if whole.is_done else "round.over"
    rows = ((Button(Text("command.visit.label"), "a:go:visit"),),)
    return Outbound((Text(key, facts),), rows)
