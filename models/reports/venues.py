"""What happened in venues (A36-A38): inspections, sites, problems, what is still to be put right.

Problems balance: what is open before + found + relapsed - closed is what is open now.
"""

from __future__ import annotations

from sqlalchemy import and_, distinct, func, select

from models.obligations import Kind, Obligation
from models.reports.figures import Counting, Section
from models.reports.periods import Period, happened, rows, within
from models.venues.inspection import Inspection
from models.venues.problem import ProblemStep, Step

# What is put right before the inspector's eyes is found and closed in one.
_FOUND = (Step.FOUND, Step.SPOT)
_CLOSED = (Step.CLOSED, Step.SPOT, Step.DROPPED)


def _inspected(period: Period) -> Counting:
    """Inspections, the venues that had one, those where something failed, and what failed."""
    venue = Inspection.venue_id
    return select(
        func.count().label("inspections"),
        func.count(distinct(venue)).label("sites"),
        func.count(distinct(venue)).filter(Inspection.failed > 0).label("faulty"),
        func.coalesce(func.sum(Inspection.failed), 0).label("failed"),
    ).where(within(Inspection.at, period))


def _problems(period: Period) -> Counting:
    return select(
        rows(ProblemStep.step.in_(_FOUND)).label("found"),
        rows(ProblemStep.step == Step.RELAPSED).label("relapsed"),
        rows(ProblemStep.step.in_(_CLOSED)).label("closed"),
    ).where(within(ProblemStep.at, period))


def _fixing(period: Period) -> Counting:
    """Problems that wait at the cut-off: for the venue, or for a second look."""
    waits = ~happened(Obligation.outcome_at, period.until_at)
    late = and_(Obligation.kind == Kind.PROBLEM, Obligation.due_at <= period.until_at)
    return select(
        rows(waits).label("open"),
        rows(and_(waits, late)).label("overdue"),
    ).where(
        Obligation.kind.in_((Kind.PROBLEM, Kind.RECHECK)), Obligation.opens_at <= period.until_at
    )


VENUES = Section("venues", Inspection.unit_id, _inspected, news=("inspections",))
PROBLEMS = Section("problems", ProblemStep.unit_id, _problems, news=("found", "relapsed", "closed"))
FIXING = Section("fixing", Obligation.unit_id, _fixing, news=("overdue",), standing=("open",))
