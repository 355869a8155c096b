"""Who can stand at a post: the team around it, and the volunteers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import TEAM, Assignment
from models.duty import Post
from models.rota import Hand
from models.units import Level, Unit, ancestor_ids, chain
from models.volunteers import Volunteer, active

MOST = 200


@dataclass(frozen=True, slots=True)
class Standing:
    """One of them; `value` tells her from everybody else, `unit` is the name of hers."""

    value: str
    hand: Hand
    unit: str

    @property
    def volunteers(self) -> bool:
        return isinstance(self.hand, Volunteer)


async def hands_around(session: AsyncSession, post: Post, now: datetime) -> list[Standing]:
    """The staff of the post's village and the grids below, or of its own higher unit, then the
    volunteers of these and of the units above."""
    unit = await session.get_one(Unit, post.unit_id)
    village = (await chain(session, unit)).get(Level.VILLAGE, unit)
    near = Unit.path.startswith(village.path)
    staff = await session.execute(
        select(Assignment, Unit.name)
        .join(Unit, Unit.id == Assignment.unit_id)
        .where(
            near,
            Assignment.role.in_(TEAM),
            or_(Assignment.until_at.is_(None), Assignment.until_at > now),
        )
        .order_by(case((Unit.id == unit.id, 0), else_=1), Unit.path, Assignment.id)
        .limit(MOST)
    )
    helping = await session.execute(
        select(Volunteer, Unit.name)
        .join(Unit, Unit.id == Volunteer.unit_id)
        .where(active(), or_(near, Unit.id.in_(ancestor_ids(unit.path))))
        .order_by(Unit.path.desc(), Volunteer.id)
        .limit(MOST)
    )
    found = [Standing(str(one.id), one, where) for one, where in staff]
    return found + [Standing(f"v{one.id}", one, where) for one, where in helping]
