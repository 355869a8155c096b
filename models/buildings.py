"""The buildings of a grid in their walking order, and each door's place in its building.

A building's name is no secret; which door is whose is: addresses stay sealed, and a household
holds the position of its door as a bare number.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import ForeignKey, String, UniqueConstraint, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.addresses import Address, parse
from models.base import Base, Id
from models.people import Household
from models.statements import queue_up


class Building(Base):
    """A building, a village's group or a street. `position` is its place in the grid's walk;
    `downwards`: each entrance is walked from the top floor down."""

    __tablename__ = "buildings"
    __table_args__ = (UniqueConstraint("unit_id", "name"),)

    id: Mapped[Id]
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    name: Mapped[str] = mapped_column(String(200))
    position: Mapped[int]
    downwards: Mapped[bool] = mapped_column(default=False)


async def buildings_of(session: AsyncSession, unit_id: int) -> list[Building]:
    """A grid's buildings in walking order."""
    found = await session.scalars(
        select(Building).where(Building.unit_id == unit_id).order_by(Building.position, Building.id)
    )
    return list(found)


async def settle_doors(session: AsyncSession, unit_id: int) -> None:
    """Give each door of a grid that has none yet its building and its position.

    Whoever writes a household leaves the position empty; so it does not matter where it came from.
    """
    loose = (
        select(Household.id)
        .outerjoin(Building, Building.id == Household.building_id)
        .where(
            Household.unit_id == unit_id,
            or_(Household.position.is_(None), Building.unit_id != unit_id),
        )
        .limit(1)
    )
    if await session.scalar(loose) is None:
        return
    await queue_up(session, [f"doors:{unit_id}"])
    await _arrange(session, unit_id)


async def _arrange(session: AsyncSession, unit_id: int) -> None:
    """Place all doors of a grid anew; its buildings keep their order, new ones come last."""
    homes = (
        await session.execute(
            select(Household.id, Household.address).where(Household.unit_id == unit_id)
        )
    ).all()
    doors = {home.id: parse(home.address) for home in homes}
    blocks = await _blocks(session, unit_id, doors.values())
    by_block: dict[Building | None, list[int]] = defaultdict(list)
    for household_id, door in doors.items():
        by_block[blocks.get(door.house.upper()) if door.is_read else None].append(household_id)
    rows = [
        {"id": household_id, "building_id": block.id if block else None, "position": position}
        for block, members in by_block.items()
        for position, household_id in enumerate(_walked(members, doors, block), 1)
    ]
    await session.execute(update(Household), rows)


async def _blocks(
    session: AsyncSession, unit_id: int, doors: Iterable[Address]
) -> Mapping[str, Building]:
    """The grid's buildings by name, with those that its doors name for the first time."""
    known = {block.name: block for block in await buildings_of(session, unit_id)}
    last = max((block.position for block in known.values()), default=0)
    downwards = any(block.downwards for block in known.values())
    named = {door.house.upper(): door for door in doors if door.is_read}
    new = sorted(named.keys() - known.keys(), key=lambda name: named[name].block)
    for position, name in enumerate(new, last + 1):
        known[name] = Building(unit_id=unit_id, name=name, position=position, downwards=downwards)
    session.add_all(known[name] for name in new)
    await session.flush()
    return known


def _walked(
    members: Sequence[int], doors: Mapping[int, Address], block: Building | None
) -> list[int]:
    """The doors of one building in the order in which they are walked."""
    sign = -1 if block is not None and block.downwards else 1

    def order(household_id: int) -> tuple[int, int, int, int]:
        entrance, storey, number = doors[household_id].order
        return entrance, sign * storey, number, household_id

    return sorted(members, key=order)


async def turn_round(session: AsyncSession, unit_id: int) -> None:
    """Walk the entrances of a grid the other way: from the top down, or from the bottom up."""
    blocks = await buildings_of(session, unit_id)
    downwards = not any(block.downwards for block in blocks)
    for block in blocks:
        block.downwards = downwards
    await session.flush()
    await _arrange(session, unit_id)


async def move(session: AsyncSession, building: Building, step: int) -> None:
    """Change places with the building before (-1) or after (+1) it; at the end nothing happens."""
    blocks = await buildings_of(session, building.unit_id)
    at = blocks.index(building)
    to = min(max(at + step, 0), len(blocks) - 1)
    blocks.insert(to, blocks.pop(at))
    for position, block in enumerate(blocks, 1):
        block.position = position
    await session.flush()
