"""A worker's sheet lands in her own units alone, whatever it says."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.access import Action, Actor
from models.units import Unit


def branches(actor: Actor) -> tuple[str, ...]:
    """The branches of the tree that she keeps the lists of."""
    return tuple({*actor.paths(Action.SEE), *actor.paths(Action.ADMINISTER)})


async def units_of(session: AsyncSession, actor: Actor) -> frozenset[int]:
    """The units that she may write to."""
    mine = branches(actor)
    rows = await session.execute(select(Unit.id, Unit.path))
    return frozenset(unit_id for unit_id, path in rows if path.startswith(mine))
