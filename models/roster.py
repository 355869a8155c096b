"""The base roster: residents and their households, written from a list a batch at a time.

Few statements a batch, whatever its size. It knows rows that were read and checked, and nothing
of the sheets that they came from.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from functools import cache, lru_cache, partial
from typing import Any

from sqlalchemy import BindParameter, CompoundSelect, bindparam, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from models import twins
from models.doors import Doors, Homes, homes_of
from models.entries import insert_new, update_known
from models.likeness import Traits
from models.listed import Landing, Plan, Resident
from models.people import Household, KnownAs, Person, Residence, door_index, door_mark
from models.statements import among, one_of, packed, reserve
from models.tenancies import Landlord, end_tenancies, take_over
from models.units import villages


class Roster:
    """One list of residents on its way in.

    An exact document merges, and without one the exact name behind the same door; what the list
    leaves empty stays as it was. Each list that names somebody keeps her for ROSTER_KEPT more.

    With a `reach` the list lands in these units alone: whoever is registered in another one stays
    there, and so does a door. A list must not take people away, nor show them to whoever knows
    their number.
    """

    def __init__(self, local: Mapping[int, int], reach: Collection[int] | None = None) -> None:
        self._villages = local  # unit -> the one that an address is unique in
        self._reach = reach
        self._doors = Doors(local)
        self._opened = twins.Opened()
        # The people behind a door stand together in a list.
        self._door_index = lru_cache(maxsize=256)(door_index)

    @classmethod
    async def open(cls, session: AsyncSession, reach: Collection[int] | None = None) -> Roster:
        return cls(await villages(session), reach)

    async def land(
        self, session: AsyncSession, residents: Sequence[Resident], now: datetime, today: date
    ) -> list[Landing]:
        """Write a batch; documents in it are distinct. What became of each, in their order."""
        plans = [Plan.of(resident, self._door_index) for resident in residents]
        met = await _met(session, plans)
        await _recognise(session, plans, met)
        homes = await homes_of(session, plans, met)
        for plan in plans:
            plan.landing = self._place(plan, homes)
        placed = await self._recognise_others(session, plans, met)
        doors = self._doors.settle(placed, homes)
        strangers = sum(plan.known is None for plan in placed)
        homes_ids, people_ids = await reserve(session, {Household: len(doors), Person: strangers})
        await self._doors.open(session, doors, homes_ids)
        for plan in placed:
            plan.household_id = self._doors.of(plan)
        await _recognise_at_home(session, placed)
        new = [plan for plan in placed if plan.known is None]
        for plan in placed:
            if plan.known is not None:
                update_known(plan, plan.known, now)
            else:
                plan.indexes = twins.marks(*plan.gist[2:], self._villages[plan.unit_id])
        await insert_new(session, new, people_ids, now)
        await self._doors.set_heads(session, placed)
        await _settle_tenants(session, placed, today)
        await self._compare(session, placed, now)
        return [plan.landing for plan in plans]

    def _place(self, plan: Plan, homes: Homes) -> Landing:
        """Her unit: as told, as known, or that of the only household at her address."""
        at = {home.unit_id for home in homes.get(plan.at, ())} if plan.at else set()
        if self._reach is not None and (refusal := self._refused(plan, at, self._reach)):
            return refusal
        if plan.known is not None and plan.known.moved_out_at is not None:
            return Landing.MOVED
        unit_id = plan.told_id or (plan.known.unit_id if plan.known else None) or _only(at)
        if unit_id is None:
            return Landing.ADRIFT
        plan.unit_id = unit_id
        told = plan.resident
        if told.door or plan.at:
            plan.key = (self._villages[unit_id], bool(told.door), told.door or plan.at)
        return Landing.SAME

    def _refused(self, plan: Plan, at: set[int], reach: Collection[int]) -> Landing | None:
        """Why she may not land. Without a unit she lives where the only door of that address
        does, if it is ours."""
        if plan.known is not None and plan.known.unit_id not in reach:
            return Landing.ELSEWHERE
        ours = {unit_id for unit_id in at if unit_id in reach}
        plan.told_id = plan.told_id or _only(ours)
        others = at - ours
        if others and plan.told_id is None:
            return Landing.ADRIFT
        village = self._villages[plan.told_id] if plan.told_id else None
        taken = any(self._villages[other] == village for other in others)
        return Landing.TAKEN if taken else None

    async def _recognise_others(
        self, session: AsyncSession, plans: Sequence[Plan], met: Collection[str]
    ) -> list[Plan]:
        """The plans to carry out: without rows that lists go on naming somebody else by, who
        stands there better herself."""
        placed = [plan for plan in plans if plan.landing is Landing.SAME]
        marked = [
            (self._mark(plan), plan)
            for plan in placed
            if plan.known is None and (not plan.paper or plan.paper in met)
        ]
        if not marked:
            return placed
        found = await session.execute(
            select(KnownAs.mark, Person.moved_out_at)
            .join(Person, Person.id == KnownAs.person_id)
            .where(among(session, KnownAs.mark, {mark for mark, _ in marked}))
        )
        others = dict(found.all())
        if not others:
            return placed
        for mark, plan in marked:
            if others.get(mark):
                plan.landing = Landing.MOVED
        standing = {id(plan) for mark, plan in marked if mark in others}
        return [plan for plan in placed if id(plan) not in standing]

    def _mark(self, plan: Plan) -> str:
        if plan.paper:
            return plan.paper
        told = plan.resident
        return door_mark(self._villages[plan.unit_id], told.name, told.address)

    async def _compare(self, session: AsyncSession, plans: Sequence[Plan], now: datetime) -> None:
        """Whoever is new or has changed may be somebody's twin."""
        fresh = []
        for plan in plans:
            if plan.landing is Landing.CHANGED and plan.known is not None:
                fresh.append(twins.hear(plan.known, self._villages[plan.unit_id]))
            elif plan.landing is Landing.NEW:
                fresh.append(twins.Heard(plan.person_id, *plan.indexes, partial(_traits, plan)))
        await twins.compare(session, fresh, now, self._opened)


def _only(units: Collection[int]) -> int | None:
    return next(iter(units)) if len(units) == 1 else None


def _traits(plan: Plan) -> Traits:
    told = plan.resident
    return Traits(
        told.name,
        told.phone or "",
        told.id_kind or "",
        told.id_number,
        told.address,
        plan.household_id,
        plan.gist.door,
    )


async def _met(session: AsyncSession, plans: Sequence[Plan]) -> set[str]:
    """Those of the batch's blind indexes that stand anywhere already: most lists bring people
    whom nobody knows yet, and then nothing else has to be asked."""
    dialect = session.get_bind().dialect.name
    told = {
        "papers": packed(dialect, [plan.paper for plan in plans if plan.paper]),
        "doors": packed(dialect, {plan.at for plan in plans if plan.at}),
    }
    return set(await session.scalars(_standing(dialect), told))


@cache  # it is asked for every batch, and making a query costs more than asking it
def _standing(dialect: str) -> CompoundSelect[str]:
    papers: BindParameter[Any] = bindparam("papers")
    doors: BindParameter[Any] = bindparam("doors")
    return union_all(
        select(Person.id_index).where(one_of(dialect, Person.id_index, papers)),
        select(KnownAs.mark).where(one_of(dialect, KnownAs.mark, papers)),
        select(Household.address_index).where(one_of(dialect, Household.address_index, doors)),
    )


async def _recognise(session: AsyncSession, plans: Sequence[Plan], met: Collection[str]) -> None:
    """Find who is known by her document."""
    wanted = [plan.paper for plan in plans if plan.paper in met]
    if not wanted:
        return
    found = await session.scalars(select(Person).where(among(session, Person.id_index, wanted)))
    known = {person.id_index: person for person in found}
    for plan in plans:
        plan.known = known.get(plan.paper)


async def _recognise_at_home(session: AsyncSession, plans: Sequence[Plan]) -> None:
    """Whoever comes without papers is the one of her name behind the same door, if there is
    one: first somebody without papers."""
    bare = [plan for plan in plans if not plan.paper and plan.household_id]
    if not bare:
        return
    found = await session.scalars(
        select(Person)
        .where(among(session, Person.household_id, {plan.household_id for plan in bare}))
        .order_by(Person.id_index.is_not(None), Person.id)
    )
    at_home: dict[tuple[int | None, str], Person] = {}
    for person in found:
        at_home.setdefault((person.household_id, person.name), person)
    for plan in bare:
        plan.known = at_home.get((plan.household_id, plan.resident.name))


async def _settle_tenants(session: AsyncSession, plans: Sequence[Plan], today: date) -> None:
    """Tenants rent the door that the list gives them; who is none any more does not."""
    rent: dict[int, tuple[int, Landlord]] = {}
    ended = []
    for plan in plans:
        if plan.resident.residence is Residence.TENANT and plan.household_id:
            rent[plan.person_id] = (plan.household_id, plan.resident.landlord)
        elif plan.resident.residence is not None and plan.known is not None:
            ended.append(plan.person_id)
    await end_tenancies(session, ended, today)
    changed = await take_over(session, rent, today)
    for plan in plans:
        if plan.person_id in changed and plan.landing is Landing.SAME:
            plan.landing = Landing.CHANGED
