"""How far a round has come: doors to visit, visited, not met, from the rows of the visits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, Subquery, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from models.clock import at_local, local_day
from models.leads import Lead, LeadOutcome, LeadSource
from models.people import Household, Person
from models.rules import Rules
from models.units import Unit
from models.visits import UNMET, Visit


@dataclass(frozen=True, slots=True)
class Window:
    """The days of a round; a visit counts from `since_at` on, until the end of `until_on`."""

    since_at: datetime
    until_on: date
    purpose: str = ""  # of a round that somebody started
    round_id: int | None = None
    unit_id: int | None = None  # of who started it


def month_of(now: datetime, zone: ZoneInfo) -> Window:
    """The round that a grid always has: the calendar month."""
    first = local_day(now, zone).replace(day=1)
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return Window(at_local(first, time(), zone), following - timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Tally:
    """Doors: to visit, done, and those where nobody was met so far."""

    due: int = 0
    done: int = 0
    unmet: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.due + other.due, self.done + other.done, self.unmet + other.unmet)

    @property
    def share(self) -> float:
        """From 0, nothing done, to 1."""
        return self.done / self.due if self.due else 1.0

    @property
    def is_done(self) -> bool:
        return self.done >= self.due


@dataclass(frozen=True, slots=True)
class Door:
    """A door of the walk: `met` is None before it was visited; `people` live there."""

    home: Household
    met: bool | None
    people: int


def _standing(since: datetime, visited: ColumnElement[bool]) -> Subquery:
    """Each door that was visited since, and whether somebody was met (1) or nobody (0)."""
    return (
        select(
            Visit.household_id,
            func.max(case((Visit.found.in_(UNMET), 0), else_=1)).label("met"),
        )
        .where(Visit.at >= since, Visit.undone_at.is_(None), visited)
        .group_by(Visit.household_id)
        .subquery()
    )


def _tallies(key: InstrumentedAttribute[Any], standing: Subquery) -> Select[*tuple[Any, ...]]:
    """Doors, done and unmet ones of each `key` of Household."""
    return (
        select(
            key,
            func.count(),
            func.coalesce(func.sum(standing.c.met), 0),
            func.coalesce(func.sum(1 - standing.c.met), 0),
        )
        .outerjoin(standing, standing.c.household_id == Household.id)
        .group_by(key)
    )


async def by_building(
    session: AsyncSession, unit_id: int, since: datetime
) -> dict[int | None, Tally]:
    """A grid's coverage; under None the doors whose address names no building."""
    standing = _standing(since, Visit.unit_id == unit_id)
    query = _tallies(Household.building_id, standing).where(Household.unit_id == unit_id)
    return {row[0]: Tally(*map(int, row[1:])) for row in await session.execute(query)}


async def by_unit(session: AsyncSession, path: str, since: datetime) -> dict[int, Tally]:
    """The coverage of every unit with doors in the branch at `path`."""
    branch = select(Unit.id).where(Unit.path.startswith(path))
    standing = _standing(since, Visit.unit_id.in_(branch))
    query = _tallies(Household.unit_id, standing).where(Household.unit_id.in_(branch))
    return {row[0]: Tally(*map(int, row[1:])) for row in await session.execute(query)}


def total(tallies: Iterable[Tally]) -> Tally:
    return sum(tallies, Tally())


@dataclass(frozen=True, slots=True)
class New:
    """People who were found by one channel, and how many of them in time."""

    n: int = 0
    in_time: int = 0


async def found_by_source(
    session: AsyncSession, path: str, since: datetime, rules: Rules
) -> dict[LeadSource, New]:
    """Who was found in the branch at `path` since then, by channel; in time is what the district
    says."""
    known_within = timedelta(hours=rules.known_hours)
    query = (
        select(Lead.source, Lead.created_at, Lead.expected_at)
        .join(Unit, Unit.id == Lead.unit_id)
        .where(
            Unit.path.startswith(path),
            Lead.created_at >= since,
            or_(Lead.outcome.is_(None), Lead.outcome.not_in(NOBODY)),
        )
    )
    found: dict[LeadSource, New] = {}
    for source, created_at, expected_at in await session.execute(query):
        so_far = found.get(LeadSource(source), New())
        known = created_at <= expected_at + known_within
        found[LeadSource(source)] = New(so_far.n + 1, so_far.in_time + known)
    return found


NOBODY = (LeadOutcome.MERGED, LeadOutcome.WITHDRAWN)  # told twice, or taken back


async def doors_of(
    session: AsyncSession,
    unit_id: int,
    building_id: int | None,
    since: datetime,
    offset: int,
    limit: int,
) -> list[Door]:
    """Some doors of a building, in walking order, those that are done last."""
    standing = _standing(since, Visit.unit_id == unit_id)
    people = (
        select(func.count())
        .where(Person.household_id == Household.id, Person.moved_out_at.is_(None))
        .scalar_subquery()
    )
    found = await session.execute(
        select(Household, standing.c.met, people)
        .outerjoin(standing, standing.c.household_id == Household.id)
        .where(Household.unit_id == unit_id, Household.building_id == building_id)
        .order_by(func.coalesce(standing.c.met, 0), Household.position, Household.id)
        .offset(offset)
        .limit(limit)
    )
    return [Door(home, None if met is None else bool(met), n) for home, met, n in found]
