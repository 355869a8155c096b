"""What happened at the doors that day: visits (A2), residents away (A7), contact rings (A59)."""

from __future__ import annotations

from sqlalchemy import and_, case, exists, func, or_, select

from models.away import Absence, AwayEnd, Intention, Promise
from models.people import Household
from models.reports.checks import Check
from models.reports.figures import Counting, Section
from models.reports.periods import Period, happened, rows, within
from models.rings import Ring, RingHome, RingWord, Word
from models.visits import UNMET, Visit


def _visits(period: Period) -> Counting:
    """Doors that were visited in the period, each once: visited = met + unmet."""
    that_day = (
        select(
            Visit.household_id,
            func.max(case((Visit.found.in_(UNMET), 0), else_=1)).label("met"),
        )
        .where(within(Visit.at, period), Visit.undone_at.is_(None))
        .group_by(Visit.household_id)
        .subquery()
    )
    return (
        select(
            func.count().label("doors"),
            rows(that_day.c.met.is_not(None)).label("visited"),
            rows(that_day.c.met == 1).label("met"),
            rows(that_day.c.met == 0).label("unmet"),
        )
        .select_from(Household)
        .outerjoin(that_day, that_day.c.household_id == Household.id)
    )


def _away(period: Period) -> Counting:
    """On record as away at the cut-off, and those found back in the period."""
    open_ = ~happened(Absence.ended_at, period.until_at)
    ended = within(Absence.ended_at, period)
    by_word = Absence.promise == Promise.WORD
    return select(
        rows(open_).label("now"),
        rows(and_(open_, Absence.intention == Intention.PLANNED)).label("planned"),
        rows(and_(open_, by_word)).label("by_word"),
        rows(and_(ended, Absence.ended_how == AwayEnd.RETURNED)).label("returned"),
        rows(and_(ended, Absence.ended_how == AwayEnd.UNANNOUNCED)).label("unannounced"),
    ).where(Absence.created_at <= period.until_at)


def _rings(period: Period) -> Counting:
    """Rings that work, their doors, and those of which somebody told that all is well."""
    until = period.until_at
    doors = (
        select(func.count())
        .where(
            RingHome.ring_id == Ring.id,
            RingHome.joined_at <= until,
            or_(RingHome.left_at.is_(None), RingHome.left_at > until),
        )
        .correlate(Ring)
        .scalar_subquery()
    )
    told = exists().where(
        RingWord.ring_id == Ring.id, RingWord.word == Word.WELL, within(RingWord.at, period)
    )
    return (
        select(
            func.count().label("rings"),
            func.coalesce(func.sum(doors), 0).label("doors"),
            rows(told).label("told"),
        )
        .select_from(Ring)
        .where(Ring.created_at <= until, ~happened(Ring.ended_at, until))
    )


VISITS = Section(
    "visits",
    Household.unit_id,
    _visits,
    standing=("doors",),
    checks=(Check("visits.visited", plus=("visits.met", "visits.unmet")),),
)
AWAY = Section(
    "away",
    Absence.unit_id,
    _away,
    ("returned", "unannounced"),
    standing=("planned", "by_word"),
)
RINGS = Section("rings", Ring.unit_id, _rings, standing=("rings", "doors"))
