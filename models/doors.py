"""Which household is behind each door of a list, from batch to batch."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TypeAlias

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.bulk import insert_rows
from models.listed import DoorKey, Landing, Plan
from models.people import Household, address_index
from models.statements import among

_COLUMNS = ("id", "unit_id", "address", "address_index")

Homes: TypeAlias = Mapping[str, Sequence[Household]]  # by address index


async def homes_of(session: AsyncSession, plans: Sequence[Plan], met: Collection[str]) -> Homes:
    """The households of those whom we know and all at the addresses of the list, by address.
    `met` are the blind indexes that stand somewhere."""
    ids = {plan.known.household_id for plan in plans if plan.known and plan.known.household_id}
    doors = {plan.at for plan in plans if plan.at in met}
    if not ids and not doors:
        return {}
    found = await session.scalars(
        select(Household)
        .where(
            or_(
                among(session, Household.address_index, doors),
                among(session, Household.id, ids),
            )
        )
        .order_by(Household.id)
    )
    homes: dict[str, list[Household]] = {}
    for home in found:
        homes.setdefault(home.address_index, []).append(home)
    return homes


class Doors:
    """Remembers of one list which door is which. `villages` gives each unit the one that an
    address is unique in."""

    def __init__(self, villages: Mapping[int, int]) -> None:
        self._villages = villages
        self._found: dict[DoorKey, int] = {}  # -> household
        self._numbered: set[int] = set()  # households that a number of the list stands for
        self._headed: set[int] = set()

    def settle(self, plans: Sequence[Plan], homes: Homes) -> dict[DoorKey, Plan]:
        """Find the household of every door: that of a member, that at the address; the doors that
        have none yet, each with the first who lives there."""
        by_id = {home.id: home for found in homes.values() for home in found}
        for plan in plans:
            if plan.known is not None and plan.known.household_id is not None:
                self._claim(plan, [by_id[plan.known.household_id]])
        new: dict[DoorKey, Plan] = {}
        for plan in plans:
            if plan.key is None or plan.key in self._found:
                continue
            if not (plan.at and self._claim(plan, homes.get(plan.at, ()))):
                new.setdefault(plan.key, plan)
        return new

    def _claim(self, plan: Plan, candidates: Sequence[Household]) -> bool:
        """Take the first household that can be the plan's door."""
        if plan.key is None or plan.key in self._found:
            return plan.key in self._found
        for home in candidates:
            moved = plan.at and home.address_index != plan.at
            taken = plan.key[1] and home.id in self._numbered
            if moved or taken or self._villages[home.unit_id] != plan.key[0]:
                continue
            self._remember(plan.key, home.id)
            if plan.told_id is not None and home.unit_id != plan.unit_id:
                home.unit_id = plan.unit_id
            return True
        return False

    def _remember(self, key: DoorKey, household_id: int) -> None:
        self._found[key] = household_id
        if key[1]:
            self._numbered.add(household_id)

    async def open(
        self, session: AsyncSession, new: Mapping[DoorKey, Plan], ids: Iterator[int]
    ) -> None:
        """Make a household for each of these doors."""
        rows = [
            (next(ids), plan.unit_id, plan.resident.address, plan.at or address_index(""))
            for plan in new.values()
        ]
        await insert_rows(session, Household, _COLUMNS, rows)
        for key, row in zip(new, rows, strict=True):
            self._remember(key, row[0])

    def of(self, plan: Plan) -> int | None:
        """The household of her door, once it is settled and open."""
        return self._found[plan.key] if plan.key else None

    async def set_heads(self, session: AsyncSession, plans: Sequence[Plan]) -> None:
        """The first head that the list names for a door is its head."""
        heads: dict[int, Plan] = {}
        for plan in plans:
            home = plan.household_id
            if plan.resident.is_head and home is not None and home not in self._headed:
                self._headed.add(home)
                heads[home] = plan
        if not heads:
            return
        now_heads = await session.execute(
            select(Household.id, Household.head_id).where(Household.id.in_(heads))
        )
        changed = {home: heads[home] for home, head in now_heads if head != heads[home].person_id}
        for plan in changed.values():
            if plan.landing is Landing.SAME:
                plan.landing = Landing.CHANGED
        if changed:
            rows = [{"id": home, "head_id": plan.person_id} for home, plan in changed.items()]
            await session.execute(update(Household), rows)
