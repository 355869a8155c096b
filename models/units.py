"""The tree of units: district / township / village / grid, each with its path from the top."""

from __future__ import annotations

from datetime import time
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id


class Level(StrEnum):
    DISTRICT = "district"
    TOWNSHIP = "township"
    VILLAGE = "village"
    GRID = "grid"


ORDER = tuple(Level)


class Unit(Base):
    """One unit. `path` is "/1/4/9/": the ids from the top down to the unit itself."""

    __tablename__ = "units"

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    level: Mapped[Level] = mapped_column(String(12))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    path: Mapped[str] = mapped_column(String(120), default="", index=True)
    digest_time: Mapped[time] = mapped_column(default=time(17, 30))
    packs: Mapped[list[str]] = mapped_column(default=list)  # active protocol packs, on a district
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)


async def add_unit(
    session: AsyncSession, code: str, name: str, level: Level, parent: Unit | None = None
) -> Unit:
    """Create a unit below `parent`; its path needs its id, hence the flush."""
    unit = Unit(code=code, name=name, level=level, parent_id=parent.id if parent else None)
    session.add(unit)
    await session.flush()
    unit.path = f"{parent.path if parent else '/'}{unit.id}/"
    await session.flush()
    return unit


async def unit_by_code(session: AsyncSession, code: str) -> Unit | None:
    return await session.scalar(select(Unit).where(Unit.code == code))


async def children(session: AsyncSession, unit: Unit) -> list[Unit]:
    """The units directly below one."""
    found = await session.scalars(select(Unit).where(Unit.parent_id == unit.id).order_by(Unit.path))
    return list(found)


def ancestor_ids(path: str) -> list[int]:
    """Ids on a path, from the top to the unit itself."""
    return [int(part) for part in path.strip("/").split("/") if part]


async def villages(session: AsyncSession) -> dict[int, int]:
    """Each unit's village, within which an address and a name mean somebody; the unit itself where
    it stands higher."""
    rows = await session.execute(select(Unit.id, Unit.level, Unit.path))
    units = {row.id: (Level(row.level), ancestor_ids(row.path)) for row in rows}
    found = {}
    for unit_id, (_, line) in units.items():
        local = [i for i in line if ORDER.index(units[i][0]) <= ORDER.index(Level.VILLAGE)]
        found[unit_id] = local[-1] if local else unit_id
    return found


async def chain(session: AsyncSession, unit: Unit) -> dict[Level, Unit]:
    """The unit and all above it, by level."""
    rows = await session.scalars(select(Unit).where(Unit.id.in_(ancestor_ids(unit.path))))
    return {Level(row.level): row for row in rows}


async def district_of(session: AsyncSession, unit: Unit) -> Unit:
    """The top of the unit's tree, which holds the district's settings."""
    top = await session.get(Unit, ancestor_ids(unit.path)[0])
    assert top is not None, "a path begins with an existing unit"
    return top


async def root(session: AsyncSession) -> Unit | None:
    """The district, when the database has one."""
    return await session.scalar(select(Unit).where(Unit.parent_id.is_(None)).order_by(Unit.id))
