"""A worker's sheet lands in her own units alone, whatever it says."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.actors import Action, Actor
from models.units import Unit


async def units_of(
    session: AsyncSession, actor: Actor, action: Action = Action.SEE
) -> frozenset[int]:
    """The units whose lists she keeps: where she may do this, or administers."""
    mine = (*actor.paths(action), *actor.paths(Action.ADMINISTER))
    rows = await session.execute(select(Unit.id, Unit.path))
    return frozenset(unit_id for unit_id, path in rows if path.startswith(mine))
