"""The base roster: residents and their households, written from a list a batch at a time.

Few statements a batch, whatever its size. It knows rows that were read and checked, and nothing
of the sheets that they came from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeAlias

from sqlalchemy import insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import twins
from models.identity import IdDocument
from models.likeness import Traits
from models.people import (
    Care,
    Household,
    KnownAs,
    Person,
    Residence,
    address_index,
    door_mark,
    dump_care,
    id_index,
    phone_index,
)
from models.tenancies import UNTOLD, Landlord, end_tenancies, take_over
from models.units import villages

BATCH = 1000
ROSTER_KEPT = timedelta(days=730)  # after the last list that named her


@dataclass(frozen=True, slots=True)
class Resident:
    """A person of the base roster.

    `door` is the household's number in the list, empty when it has none: then one address is one
    household. Without a unit she lives where her household does. Small children and the very old
    may have no document: then she needs an address, and is whoever has her name behind that door.
    """

    name: str
    document: IdDocument | None
    phone: str | None = None
    address: str = ""
    unit_id: int | None = None
    door: str = ""
    is_head: bool = False
    residence: Residence | None = None
    groups: tuple[Care, ...] = ()
    landlord: Landlord = UNTOLD


class Landing(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    ADRIFT = "adrift"  # nothing tells her unit; not written
    MOVED = "moved"  # a worker has written that she moved out, which no list undoes; not written


Homes: TypeAlias = Mapping[str, Sequence[Household]]  # by address index
DoorKey: TypeAlias = tuple[int, bool, str]  # village, whether numbered, number or address index


@dataclass(slots=True)
class _Plan:
    """What is to become of one resident of a batch."""

    resident: Resident
    paper: str  # blind index of her document, empty without one
    at: str  # blind index of her address, empty without one
    known: Person | None = None
    unit_id: int = 0
    key: DoorKey | None = None
    landing: Landing = Landing.SAME
    person_id: int = 0
    indexes: tuple[str, str] = ("", "")  # of her name's sound and look


class Roster:
    """One list of residents on its way in: remembers from batch to batch which door is which.

    An exact document merges, and without one the exact name behind the same door; what the list
    leaves empty stays as it was. Each list that names somebody keeps her for ROSTER_KEPT more.
    """

    def __init__(self, local: Mapping[int, int]) -> None:
        self._villages = local  # unit -> the one that an address is unique in
        self._doors: dict[DoorKey, int] = {}  # -> household
        self._numbered: set[int] = set()  # households that a number of the list stands for
        self._headed: set[int] = set()

    @classmethod
    async def open(cls, session: AsyncSession) -> Roster:
        return cls(await villages(session))

    async def land(
        self, session: AsyncSession, residents: Sequence[Resident], now: datetime, today: date
    ) -> list[Landing]:
        """Write a batch; documents in it are distinct. What became of each, in their order."""
        plans = [_Plan(r, _paper(r.document), _index(r.address)) for r in residents]
        await _recognise(session, plans)
        homes = await _homes(session, plans)
        for plan in plans:
            self._place(plan, homes)
        placed = await self._recognise_others(session, plans)
        await self._settle_doors(session, placed, homes)
        await self._recognise_at_home(session, placed)
        for plan in placed:
            if plan.known is not None:
                self._update(plan, plan.known, now)
        await self._insert(session, placed, now)
        await self._set_heads(session, placed)
        await self._settle_tenants(session, placed, today)
        await self._compare(session, placed, now)
        return [plan.landing for plan in plans]

    def _place(self, plan: _Plan, homes: Homes) -> None:
        """Her unit: as told, as known, or that of the only household at her address."""
        told = plan.resident
        if plan.known is not None and plan.known.moved_out_at is not None:
            plan.landing = Landing.MOVED
            return
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

    async def _recognise_others(self, session: AsyncSession, plans: Sequence[_Plan]) -> list[_Plan]:
        """The plans to carry out: without rows that lists go on naming somebody else by, who
        stands there better herself."""
        placed = [plan for plan in plans if plan.landing is Landing.SAME]
        marks = {self._mark(plan): plan for plan in placed if plan.known is None}
        found = await session.execute(
            select(KnownAs.mark, Person.moved_out_at)
            .join(Person, Person.id == KnownAs.person_id)
            .where(KnownAs.mark.in_(marks))
        )
        others = dict(found.all())
        for mark, moved_out_at in others.items():
            marks[mark].landing = Landing.MOVED if moved_out_at else Landing.SAME
        return [plan for plan in placed if plan.known or self._mark(plan) not in others]

    def _mark(self, plan: _Plan) -> str:
        told = plan.resident
        return plan.paper or door_mark(self._villages[plan.unit_id], told.name, told.address)

    async def _recognise_at_home(self, session: AsyncSession, plans: Sequence[_Plan]) -> None:
        """Whoever comes without papers is the one of her name behind the same door, if there is
        one: first somebody without papers."""
        bare = [(plan, self._doors[plan.key]) for plan in plans if not plan.paper and plan.key]
        found = await session.scalars(
            select(Person)
            .where(Person.household_id.in_({door for _, door in bare}))
            .order_by(Person.id_index.is_not(None), Person.id)
        )
        at_home: dict[tuple[int | None, str], Person] = {}
        for person in found if bare else ():
            at_home.setdefault((person.household_id, person.name), person)
        for plan, door in bare:
            plan.known = at_home.get((door, plan.resident.name))

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
            "residence": told.residence or person.residence,
            "care": dump_care(told.groups) or person.care,
            "listed_at": person.listed_at or now,
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
        made: dict[object, int] = {}
        papered = [self._row(plan, now) for plan in new if plan.paper]
        if papered:
            columns = (Person.id_index, Person.id)
            for paper, number in await session.execute(insert(Person).returning(*columns), papered):
                made[paper] = number
        bare = [self._row(plan, now) for plan in new if not plan.paper]
        if bare:
            at_home = (Person.household_id, Person.name, Person.id)
            for door, name, number in await session.execute(
                insert(Person).returning(*at_home), bare
            ):
                made[door, name] = number
        for plan in new:
            door = self._doors[plan.key] if plan.key else None
            plan.person_id = made[plan.paper or (door, plan.resident.name)]
            plan.landing = Landing.NEW

    def _row(self, plan: _Plan, now: datetime) -> dict[str, Any]:
        told = plan.resident
        plan.indexes = twins.indexes(told.name, self._villages[plan.unit_id])
        return {
            "sound_index": plan.indexes[0],
            "look_index": plan.indexes[1],
            "unit_id": plan.unit_id,
            "household_id": self._doors[plan.key] if plan.key else None,
            "name": told.name,
            "phone": told.phone,
            "phone_index": phone_index(told.phone) if told.phone else None,
            "id_kind": told.document.kind if told.document else None,
            "id_number": told.document.number if told.document else None,
            "id_index": plan.paper or None,
            "address": told.address or None,
            "residence": told.residence,
            "care": dump_care(told.groups),
            "created_at": now,
            "listed_at": now,
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

    async def _settle_tenants(
        self, session: AsyncSession, plans: Sequence[_Plan], today: date
    ) -> None:
        """Tenants rent the door that the list gives them; who is none any more does not."""
        rent: dict[int, tuple[int, Landlord]] = {}
        ended = []
        for plan in plans:
            if plan.resident.residence is Residence.TENANT and plan.key:
                rent[plan.person_id] = (self._doors[plan.key], plan.resident.landlord)
            elif plan.resident.residence is not None and plan.known is not None:
                ended.append(plan.person_id)
        await end_tenancies(session, ended, today)
        changed = await take_over(session, rent, today)
        for plan in plans:
            if plan.person_id in changed and plan.landing is Landing.SAME:
                plan.landing = Landing.CHANGED

    async def _compare(self, session: AsyncSession, plans: Sequence[_Plan], now: datetime) -> None:
        """Whoever is new or has changed may be somebody's twin."""
        fresh = []
        for plan in plans:
            if plan.landing is Landing.CHANGED and plan.known is not None:
                fresh.append(twins.hear(plan.known, self._villages[plan.unit_id]))
            elif plan.landing is Landing.NEW:
                fresh.append(twins.Heard(plan.person_id, *plan.indexes, self._traits(plan)))
        await twins.compare(session, fresh, now)

    def _traits(self, plan: _Plan) -> Traits:
        told, paper = plan.resident, plan.resident.document
        home = self._doors[plan.key] if plan.key else None
        kind, number = (paper.kind, paper.number) if paper else ("", "")
        return Traits(told.name, told.phone or "", kind, number, told.address, home)


def _paper(document: IdDocument | None) -> str:
    return id_index(document) if document else ""


def _index(address: str) -> str:
    return address_index(address) if address else ""


async def _recognise(session: AsyncSession, plans: Sequence[_Plan]) -> None:
    """Find who is known by her document."""
    wanted = [plan.paper for plan in plans if plan.paper]
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
