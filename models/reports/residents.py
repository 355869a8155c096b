"""The base roster in figures: households, people and what has changed, of a unit in a period."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.people import Person, Residence
from models.reports.periods import Period
from models.units import Unit


@dataclass(frozen=True, slots=True)
class Residents:
    """At the cut-off of a period: people = before + joined - left.

    Whoever comes back has not left. Households are those in which somebody lives today: a door
    that was emptied since is not counted any more.
    """

    households: int
    people: int
    before: int
    joined: int
    left: int
    tenants: int
    away: int

    def holds(self) -> bool:
        return self.people == self.before + self.joined - self.left


async def count_residents(session: AsyncSession, unit: Unit, period: Period) -> Residents:
    """The residents of a unit and all below it."""
    since, until = period.since_at, period.until_at
    # Who was listed and has left within the period has done both.
    at_end = and_(
        Person.listed_at <= until, or_(Person.moved_out_at.is_(None), Person.moved_out_at > until)
    )
    at_start = and_(
        Person.listed_at <= since, or_(Person.moved_out_at.is_(None), Person.moved_out_at > since)
    )
    joined = and_(Person.listed_at > since, Person.listed_at <= until)
    left = and_(Person.moved_out_at > since, Person.moved_out_at <= until)
    found = await session.execute(
        select(
            func.count(case((at_end, Person.household_id)).distinct()),
            _n(at_end),
            _n(at_start),
            _n(joined),
            _n(left),
            _n(and_(at_end, Person.residence == Residence.TENANT)),
            _n(and_(at_end, Person.residence == Residence.AWAY)),
        )
        .join(Unit, Unit.id == Person.unit_id)
        .where(Unit.path.startswith(unit.path), Person.listed_at <= until)
    )
    return Residents(*found.one())


def _n(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
