"""The base roster in figures (A17): households, people and what has changed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import aliased

from models.people import Person, Residence
from models.reports.checks import Check
from models.reports.figures import Counting, Section
from models.reports.periods import Period, rows


def _listed(who: Any, at: Any) -> ColumnElement[bool]:
    """Condition on people: in the roster by then, and not moved out yet."""
    return and_(who.listed_at <= at, or_(who.moved_out_at.is_(None), who.moved_out_at > at))


def _roster(period: Period) -> Counting:
    """people = before + joined - left; whoever came and left in the period has done both.

    Households are those in which somebody lives today, each counted where the first of them does.
    """
    since, until = period.since_at, period.until_at
    at_end, other = _listed(Person, until), aliased(Person)
    first = and_(
        Person.household_id.is_not(None),
        ~exists().where(
            other.household_id == Person.household_id, other.id < Person.id, _listed(other, until)
        ),
    )
    return select(
        rows(and_(at_end, first)).label("households"),
        rows(at_end).label("people"),
        rows(_listed(Person, since)).label("before"),
        rows(and_(Person.listed_at > since, Person.listed_at <= until)).label("joined"),
        rows(and_(Person.moved_out_at > since, Person.moved_out_at <= until)).label("left"),
        rows(and_(at_end, Person.residence == Residence.TENANT)).label("tenants"),
        rows(and_(at_end, Person.residence == Residence.AWAY)).label("away"),
    ).where(Person.listed_at <= until)


ROSTER = Section(
    "roster",
    Person.unit_id,
    _roster,
    standing=("households", "people", "before", "tenants", "away"),
    checks=(
        Check("roster.people", plus=("roster.before", "roster.joined"), minus=("roster.left",)),
    ),
)
