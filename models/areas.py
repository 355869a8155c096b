"""Areas from which whoever comes is to be found out about at once (重点地区): a list that the
district keeps in chat. What was listed when stays on record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id
from models.messages import UserError

MOST = 100


class Area(Base):
    """An area by its full name, as the list of divisions has it, or in the district's own words."""

    __tablename__ = "areas"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(100))
    since_at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    until_at: Mapped[datetime | None]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))


async def listed_areas(session: AsyncSession) -> Sequence[Area]:
    """Those that are on the list now, the newest first."""
    found = await session.scalars(
        select(Area).where(Area.until_at.is_(None)).order_by(Area.id.desc()).limit(MOST)
    )
    return found.all()


async def put_on_list(session: AsyncSession, name: str, by: int, now: datetime) -> Area:
    """UserError when it is on the list already, or the list is full."""
    known = await listed_areas(session)
    if any(area.name == name for area in known):
        raise UserError("areas.known", name=name)
    if len(known) == MOST:
        raise UserError("areas.full", most=MOST)
    area = Area(name=name, since_at=now, by_id=by)
    session.add(area)
    await session.flush()
    return area


async def take_off_list(session: AsyncSession, area_id: int, by: int, now: datetime) -> Area:
    area = await session.get(Area, area_id)
    if area is None or area.until_at is not None:
        raise UserError("areas.gone")
    area.until_at, area.ended_by = now, by
    await session.flush()
    return area


async def is_listed(session: AsyncSession, place: str) -> bool:
    """Does a place lie in a listed area, or is it told so roughly that it may?"""
    return any(
        place.startswith(area.name) or area.name.startswith(place)
        for area in await listed_areas(session)
        if place
    )
