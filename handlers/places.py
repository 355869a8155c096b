"""Places that forms ask for: divisions of the country, and the unit that an address leads to."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from handlers.engine.context import Option
from handlers.engine.draft import Draft
from handlers.turn import Turn
from models import divisions
from models.messages import verbatim
from models.units import Level, Unit, root
from models.verification import grid_for


async def divisions_named(_turn: Turn, _draft: Draft, query: str) -> Sequence[Option]:
    found = divisions.search(query)
    exact = len(found) == 1
    return [Option(place.label, verbatim(place.label), exact) for place in found]


async def units_at(turn: Turn, draft: Draft, address: str) -> Sequence[Option]:
    """Where an address belongs: one exact unit when something tells, else all villages."""
    top = await root(turn.session)
    assert top is not None, "the form began with a district"
    gate_id = draft.context.get("gate")
    gate = await turn.session.get(Unit, gate_id) if gate_id else None
    unit = await grid_for(turn.session, address, gate, top)
    if unit is not None:
        return [Option(unit.code, verbatim(unit.name), exact=True)]
    villages = await turn.session.scalars(
        select(Unit).where(Unit.level == Level.VILLAGE).order_by(Unit.path)
    )
    found = [Option(village.code, verbatim(village.name)) for village in villages]
    return found or [Option(top.code, verbatim(top.name), exact=True)]
