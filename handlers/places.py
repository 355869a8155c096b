"""Places that forms ask for: divisions of the country, and the unit that an address leads to."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_, select

from handlers.engine.context import Option
from handlers.engine.draft import Draft
from handlers.turn import Turn
from models import divisions
from models.messages import verbatim
from models.placing import grid_for
from models.units import Level, Unit, root

MOST_UNITS = 40


async def divisions_named(_turn: Turn, _draft: Draft, query: str) -> Sequence[Option]:
    found = divisions.search(query)
    exact = len(found) == 1
    return [Option(place.label, verbatim(place.label), exact) for place in found]


async def units_at(turn: Turn, draft: Draft, address: str) -> Sequence[Option]:
    """Where an address belongs: one exact unit when something tells, else all villages."""
    return await _units_from(turn, draft.context.get("gate"), address)


async def units_near(turn: Turn, _draft: Draft, address: str) -> Sequence[Option]:
    """The same, beginning at the gate whose code she has scanned."""
    return await _units_from(turn, turn.account.gate_unit_id, address)


async def _units_from(turn: Turn, gate_id: int | None, address: str) -> Sequence[Option]:
    top = await root(turn.session)
    assert top is not None, "the form began with a district"
    gate = await turn.session.get(Unit, gate_id) if gate_id else None
    unit = await grid_for(turn.session, address, gate, top)
    if unit is not None:
        return [Option(unit.code, verbatim(unit.name), exact=True)]
    villages = await turn.session.scalars(
        select(Unit).where(Unit.level == Level.VILLAGE).order_by(Unit.path)
    )
    found = [Option(village.code, verbatim(village.name)) for village in villages]
    return found or [Option(top.code, verbatim(top.name), exact=True)]


async def units_named(
    turn: Turn, where: ColumnElement[bool], query: str, *, coded: bool = False
) -> Sequence[Option]:
    """Those of these units whose name or code holds the query; `coded` shows the code as well."""
    wanted = query.strip()
    held = or_(
        Unit.name.contains(wanted, autoescape=True), Unit.code.contains(wanted, autoescape=True)
    )
    found = await turn.session.scalars(
        select(Unit).where(where, held).order_by(Unit.path).limit(MOST_UNITS)
    )
    return [
        Option(
            unit.code,
            verbatim(f"{unit.name} {unit.code}" if coded else unit.name),
            exact=wanted in (unit.code, unit.name),
        )
        for unit in found
    ]
