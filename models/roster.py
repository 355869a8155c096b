"""The base roster: residents and their households, written from a list a batch at a time.

Few statements a batch, whatever its size. It knows rows that were read and checked, and nothing
of the sheets that they came from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeAlias

from sqlalchemy import insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.identity import IdDocument
from models.people import Household, Person, address_index, id_index, phone_index
from models.units import ORDER, Level, Unit, ancestor_ids

BATCH = 1000
ROSTER_KEPT = timedelta(days=730)  # after the last list that named her


@dataclass(frozen=True, slots=True)
class Resident:
    """A person of the base roster.

    `door` is the household's number in the list, empty when it has none: then one address is one
    household. Without a unit she lives where her household does.
    """

    name: str
    document: IdDocument
    phone: str | None = None
    address: str = ""
    unit_id: int | None = None
    door: str = ""
    is_head: bool = False


class Landing(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    ADRIFT = "adrift"  # nothing tells her unit; not written


Homes: TypeAlias = Mapping[str, Sequence[Household]]  # by address index
DoorKey: TypeAlias = tuple[int, bool, str]  # village, whether numbered, number or address index


@dataclass(slots=True)
class _Plan:
    """What is to become of one resident of a batch."""

    resident: Resident
    paper: str  # blind index of her document
    at: str  # blind index of her address, empty without one
    known: Person | None = None
    unit_id: int = 0
    key: DoorKey | None = None
    landing: Landing = Landing.SAME
    person_id: int = 0


class Roster:
    """One list of residents on its way in: remembers from batch to batch which door is which.

    An exact document merges; what the list leaves empty stays as it was. Each list that names
    somebody keeps her for ROSTER_KEPT more.
    """

    def __init__(self, villages: Mapping[int, int]) -> None:
        self._villages = (
            villages  # unit -> the village (or higher unit) that an address is unique in
        )
        self._doors: dict[DoorKey, int] = {}  # -> household
        self._numbered: set[int] = set()  # households that a number of the list stands for
        self._headed: set[int] = set()

    @classmethod
    async def open(cls, session: AsyncSession) -> Roster:
        rows = await session.execute(select(Unit.id, Unit.level, Unit.path))
        units = {row.id: (Level(row.level), ancestor_ids(row.path)) for row in rows}
        villages = {}
        for unit_id, (_, line) in units.items():
            local = [i for i in line if ORDER.index(units[i][0]) <= ORDER.index(Level.VILLAGE)]
            villages[unit_id] = local[-1] if local else unit_id
        return cls(villages)

    async def land(
        self, session: AsyncSession, residents: Sequence[Resident], now: datetime
    ) -> list[Landing]:
        """Write a batch; documents in it are distinct. What became of each, in their order."""
        plans = [_Plan(r, id_index(r.document), _index(r.address)) for r in residents]
        await _recognise(session, plans)
        homes = await _homes(session, plans)
        for plan in plans:
            self._place(plan, homes)
        placed = [plan for plan in plans if plan.landing is not Landing.ADRIFT]
        await self._settle_doors(session, placed, homes)
        for plan in placed:
            if plan.known is not None:
                self._update(plan, plan.known, now)
        await self._insert(session, placed, now)
        await self._set_heads(session, placed)
        return [plan.landing for plan in plans]

    def _place(self, plan: _Plan, homes: Homes) -> None:
        """Her unit: as told, as known, or that of the only household at her address."""
        told = plan.resident
        unit_id = told.unit_id or (plan.known.unit_id if plan.known else None)
        if unit_id is None:
            units = {home.unit_id for home in homes.get(plan.at, ())} if plan.at else set()
            if len(units) != 1:
                plan.landing = Landing.ADRIFT
                return
            (unit_id,) = units
        plan.unit_id = unit_id
        if told.door or plan.at:
            plan.key = (self._villages[unit_id], bool(told.door), told.door or plan.at)

    async def _settle_doors(
        self, session: AsyncSession, plans: Sequence[_Plan], homes: Homes
    ) -> None:
        """Find the household of every door: that of a member, that at the address, a new one."""
        by_id = {home.id: home for found in homes.values() for home in found}
        for plan in plans:
            if plan.known is not None and plan.known.household_id is not None:
                self._claim(plan, [by_id[plan.known.household_id]])
        new: dict[DoorKey, _Plan] = {}
        for plan in plans:
            if plan.key is None or plan.key in self._doors:
                continue
            if not (plan.at and self._claim(plan, homes.get(plan.at, ()))):
                new.setdefault(plan.key, plan)
        await self._open_doors(session, new)

    def _claim(self, plan: _Plan, candidates: Sequence[Household]) -> bool:
        """Take the first household that can be the plan's door."""
        if plan.key is None or plan.key in self._doors:
            return plan.key in self._doors
        for home in candidates:
            moved = plan.at and home.address_index != plan.at
            taken = plan.key[1] and home.id in self._numbered
            if moved or taken or self._villages[home.unit_id] != plan.key[0]:
                continue
            self._remember(plan.key, home.id)
            if plan.resident.unit_id is not None and home.unit_id != plan.unit_id:
                home.unit_id = plan.unit_id
            return True
        return False

    def _remember(self, key: DoorKey, household_id: int) -> None:
        self._doors[key] = household_id
        if key[1]:
            self._numbered.add(household_id)

    async def _open_doors(self, session: AsyncSession, new: Mapping[DoorKey, _Plan]) -> None:
        rows: list[dict[str, Any]] = [
            {
                "unit_id": plan.unit_id,
                "address": plan.resident.address,
                "address_index": plan.at or address_index(""),
            }
            for plan in new.values()
        ]
        if not rows:
            return
        # Rows come back in any order; two with the same address in a unit are interchangeable.
        made: dict[tuple[int, str], list[int]] = {}
        columns = (Household.id, Household.unit_id, Household.address_index)
        for household_id, unit_id, at in await session.execute(
            insert(Household).returning(*columns), rows
        ):
            made.setdefault((unit_id, at), []).append(household_id)
        for key, row in zip(new, rows, strict=True):
            self._remember(key, made[row["unit_id"], row["address_index"]].pop())

    def _update(self, plan: _Plan, person: Person, now: datetime) -> None:
        told = plan.resident
        facts = {
            "name": told.name,
            "phone": told.phone or person.phone,
            "phone_index": phone_index(told.phone) if told.phone else person.phone_index,
            "address": told.address or person.address,
            "unit_id": plan.unit_id,
            "household_id": self._doors[plan.key] if plan.key else person.household_id,
        }
        listed_until = (now + ROSTER_KEPT).date()
        person.purge_on = max(person.purge_on or listed_until, listed_until)
        plan.person_id = person.id
        for name, value in facts.items():
            if getattr(person, name) != value:
                setattr(person, name, value)
                plan.landing = Landing.CHANGED

    async def _insert(self, session: AsyncSession, plans: Sequence[_Plan], now: datetime) -> None:
        new = [plan for plan in plans if plan.known is None]
        if not new:
            return
        rows = [self._row(plan, now) for plan in new]
        made = await session.execute(insert(Person).returning(Person.id_index, Person.id), rows)
        ids = dict(made.all())
        for plan in new:
            plan.person_id, plan.landing = ids[plan.paper], Landing.NEW

    def _row(self, plan: _Plan, now: datetime) -> dict[str, Any]:
        told = plan.resident
        return {
            "unit_id": plan.unit_id,
            "household_id": self._doors[plan.key] if plan.key else None,
            "name": told.name,
            "phone": told.phone,
            "phone_index": phone_index(told.phone) if told.phone else None,
            "id_kind": told.document.kind,
            "id_number": told.document.number,
            "id_index": plan.paper,
            "address": told.address or None,
            "created_at": now,
            "purge_on": (now + ROSTER_KEPT).date(),
        }

    async def _set_heads(self, session: AsyncSession, plans: Sequence[_Plan]) -> None:
        """The first head that the list names for a door is its head."""
        heads: dict[int, _Plan] = {}
        for plan in plans:
            home = self._doors[plan.key] if plan.key else None
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


def _index(address: str) -> str:
    return address_index(address) if address else ""


async def _recognise(session: AsyncSession, plans: Sequence[_Plan]) -> None:
    """Find who is known by her document."""
    wanted = [plan.paper for plan in plans]
    found = await session.scalars(select(Person).where(Person.id_index.in_(wanted)))
    known = {person.id_index: person for person in found}
    for plan in plans:
        plan.known = known.get(plan.paper)


async def _homes(session: AsyncSession, plans: Sequence[_Plan]) -> Homes:
    """The households of those whom we know and all at the addresses of the list, by address."""
    ids = {plan.known.household_id for plan in plans if plan.known and plan.known.household_id}
    found = await session.scalars(
        select(Household)
        .where(
            or_(
                Household.address_index.in_({plan.at for plan in plans if plan.at}),
                Household.id.in_(ids),
            )
        )
        .order_by(Household.id)
    )
    homes: dict[str, list[Household]] = {}
    for home in found:
        homes.setdefault(home.address_index, []).append(home)
    return homes
