"""In whose grid somebody is looked for, by what was told of her address."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.addresses import compact
from models.people import households_at
from models.units import Level, Unit, ancestor_ids


async def grid_for(
    session: AsyncSession, address: str, gate: Unit | None, top: Unit
) -> Unit | None:
    """The unit that an address leads to: its household's, one that it names, the gate's.

    None when nothing tells: then the person is asked for the village.
    """
    path = (gate or top).path
    if home := await _home_at(session, address, path):
        return home
    named = await _named_in(session, address, gate, path)
    if named and (home := await _home_at(session, address, path, [unit.name for unit in named])):
        return home
    if gate is not None and gate.level in (Level.GRID, Level.VILLAGE):
        return gate
    local = [unit for unit in named if unit.level in (Level.GRID, Level.VILLAGE)]
    return max(local, key=lambda u: (u.level == Level.GRID, len(u.name)), default=None)


async def _home_at(
    session: AsyncSession, address: str, path: str, inside: Sequence[str] = ()
) -> Unit | None:
    homes = await households_at(session, address, path, inside)
    return await session.get(Unit, homes[0].unit_id) if homes else None


async def _named_in(
    session: AsyncSession, address: str, gate: Unit | None, path: str
) -> list[Unit]:
    """The units whose names stand in the address, among those below and above the gate."""
    near = Unit.path.startswith(path)
    if gate is not None:
        near = or_(near, Unit.id.in_(ancestor_ids(gate.path)))
    key = compact(address)
    return [
        unit
        for unit in await session.scalars(select(Unit).where(near))
        if compact(unit.name) in key
    ]
