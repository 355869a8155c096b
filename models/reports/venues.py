"""What happened in venues (A36-A38): inspections, sites, problems, what is still to be put right.

Inspections, sites, sites with problems, problems and suggestions are five figures, for all walks
and for those of supervision alone. They balance: what is open before + found + relapsed - closed
is what is open now; closed before + ordered - reopened is closed now.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, distinct, func, or_, select

from models.messages import Text
from models.obligations import GONE, REPORTED, Kind, Obligation, Outcome
from models.reports.checks import Check
from models.reports.figures import Counting, Figures, Section
from models.reports.periods import Period, happened, rows, within
from models.samples import Result
from models.venues.inspection import Inspection, Visit
from models.venues.kinds import VenueKind
from models.venues.problem import Problem, ProblemStep, Step
from models.venues.staff import Swab
from models.venues.suggestion import Suggestion
from models.venues.suspension import Standing, Suspension
from models.venues.team import Outing
from models.venues.venue import Venue

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


def _visited(period: Period) -> Counting:
    """The venues that had an inspection, by kind: together they are the sites."""
    counts = [
        func.count(distinct(Inspection.venue_id)).filter(Venue.kind == kind).label(kind)
        for kind in VenueKind
    ]
    joined = select(*counts).select_from(Inspection).join(Venue, Venue.id == Inspection.venue_id)
    return joined.where(within(Inspection.at, period))


def _outings(period: Period) -> Counting:
    """Teams that went out, each once a day however many venues it saw."""
    counted = select(func.count().label("times")).select_from(Outing)
    return counted.where(within(Outing.begun_at, period))


def _supervised(period: Period) -> Counting:
    """The venues that they saw, those where something failed, and what failed."""
    venue = Inspection.venue_id
    return select(
        func.count(distinct(venue)).label("sites"),
        func.count(distinct(venue)).filter(Inspection.failed > 0).label("faulty"),
        func.coalesce(func.sum(Inspection.failed), 0).label("failed"),
    ).where(Inspection.visit == Visit.SUPERVISION, within(Inspection.at, period))


def _suggestions(period: Period) -> Counting:
    return select(
        func.count().label("made"),
        rows(Suggestion.visit == Visit.SUPERVISION).label("supervised"),
    ).where(within(Suggestion.at, period))


def _suspended(period: Period) -> Counting:
    """Closures: drafted, ordered, refused, prolonged, over, and those that stand at the end."""
    first = Suspension.extends_id.is_(None)
    ordered = and_(first, Suspension.issued_at.is_not(None))
    over = and_(Suspension.state == Standing.ENDED, happened(Suspension.closed_at, period.until_at))
    refused = Suspension.state == Standing.REFUSED
    return select(
        rows(within(Suspension.drafted_at, period)).label("drafted"),
        rows(and_(ordered, within(Suspension.issued_at, period))).label("ordered"),
        rows(and_(~first, within(Suspension.issued_at, period))).label("longer"),
        rows(and_(refused, within(Suspension.closed_at, period))).label("refused"),
        rows(and_(ordered, over, within(Suspension.closed_at, period))).label("reopened"),
        rows(and_(ordered, Suspension.issued_at <= period.until_at, ~over)).label("closed"),
    ).where(Suspension.drafted_at <= period.until_at)


def _problems(period: Period) -> Counting:
    """What became of problems, and how many venues were ordered to put something right."""
    ordered = ProblemStep.step.in_((Step.FOUND, Step.RELAPSED))
    return (
        select(
            rows(ProblemStep.step.in_(_FOUND)).label("found"),
            rows(ProblemStep.step == Step.RELAPSED).label("relapsed"),
            rows(ProblemStep.step.in_(_CLOSED)).label("closed"),
            func.count(distinct(Problem.venue_id)).filter(ordered).label("ordered"),
        )
        .select_from(ProblemStep)
        .join(Problem, Problem.id == ProblemStep.problem_id)
        .where(within(ProblemStep.at, period))
    )


def _fixing(period: Period) -> Counting:
    """Problems that wait, for the venue or for a second look: as the period begins, as it ends."""

    def waits_at(at: datetime) -> ColumnElement[bool]:
        return and_(Obligation.opens_at <= at, ~happened(Obligation.outcome_at, at))

    waits = waits_at(period.until_at)
    late = and_(Obligation.kind == Kind.PROBLEM, Obligation.due_at <= period.until_at)
    return select(
        rows(waits_at(period.since_at)).label("before"),
        rows(waits).label("open"),
        rows(and_(waits, late)).label("overdue"),
    ).where(
        Obligation.kind.in_((Kind.PROBLEM, Kind.RECHECK)), Obligation.opens_at <= period.until_at
    )


def _swabs(period: Period) -> Counting:
    """The staff of venues who were to be sampled: due = tested + overdue + waived. Results stand
    beside the sum, in the period in which they came."""
    known = happened(Swab.outcome_at, period.until_at)
    expected = or_(~known, Swab.outcome.not_in(GONE))
    due = within(Swab.due_at, period)
    resulted = within(Swab.resulted_at, period)
    return select(
        rows(and_(due, expected)).label("due"),
        rows(and_(due, known, Swab.outcome.in_(REPORTED))).label("tested"),
        rows(and_(due, ~known)).label("overdue"),
        rows(and_(due, known, Swab.outcome == Outcome.WAIVED)).label("waived"),
        rows(and_(resulted, Swab.result == Result.POSITIVE)).label("positive"),
    ).where(or_(due, resulted))


def _stores(period: Period) -> Counting:
    """Cold stores that owed the day's totals: due = reported + missing."""
    told = and_(happened(Obligation.outcome_at, period.until_at), Obligation.outcome.in_(REPORTED))
    return select(
        func.count().label("due"), rows(told).label("reported"), rows(~told).label("missing")
    ).where(
        Obligation.kind == Kind.STOCK,
        within(Obligation.due_at, period),
        or_(Obligation.outcome.is_(None), Obligation.outcome.not_in(GONE)),
    )


VENUES = Section("venues", Inspection.unit_id, _inspected, news=("inspections",))
PROBLEMS = Section("problems", ProblemStep.unit_id, _problems, news=("found", "relapsed", "closed"))
SWABS = Section(
    "swabs",
    Swab.unit_id,
    _swabs,
    news=("overdue", "positive"),
    checks=(Check("swabs.due", plus=("swabs.tested", "swabs.overdue", "swabs.waived")),),
)
FIXING = Section(
    "fixing",
    Obligation.unit_id,
    _fixing,
    news=("overdue",),
    standing=("before", "open"),
    # The two ends are counted from what is due, what lies between from what happened.
    checks=(
        Check(
            "fixing.open",
            plus=("fixing.before", "problems.found", "problems.relapsed"),
            minus=("problems.closed",),
        ),
        Check("fixing.before", carried=("fixing.open",)),
    ),
)
COLD_STORES = Section(
    "coldstores",
    Obligation.unit_id,
    _stores,
    news=("missing",),
    checks=(Check("coldstores.due", plus=("coldstores.reported", "coldstores.missing")),),
)
OUTINGS = Section("outings", Outing.unit_id, _outings, news=("times",))
SUPERVISED = Section("supervised", Inspection.unit_id, _supervised, news=("sites",))
SUGGESTIONS = Section("suggestions", Suggestion.unit_id, _suggestions, news=("made",))
SUSPENDED = Section(
    "suspended",
    Suspension.unit_id,
    _suspended,
    news=("drafted", "ordered", "longer", "refused", "reopened"),
    standing=("closed",),
    checks=(
        Check(
            "suspended.closed",
            plus=("suspended.ordered",),
            minus=("suspended.reopened",),
            carried=("suspended.closed",),
        ),
    ),
)
SITES = (VENUES, OUTINGS, SUPERVISED, SUGGESTIONS, PROBLEMS, FIXING, SUSPENDED)
# By kind, for those who want to know which: the daily sheet has the sum alone.
VISITED = Section(
    "visited",
    Inspection.unit_id,
    _visited,
    said=lambda kind, n: visited_text(VenueKind(kind), n),
    checks=(Check("venues.sites", plus=tuple(f"visited.{kind}" for kind in VenueKind)),),
)
DIGESTED = (*SITES, VISITED)


def by_kind(figures: Figures) -> dict[VenueKind, int]:
    """The kinds of venues that had an inspection, and how many of each."""
    return {kind: n for kind in VenueKind if (n := figures.get(f"visited.{kind}", 0))}


def visited_text(kind: VenueKind, n: int) -> Text:
    """How many of a kind had an inspection."""
    return Text("digest.visited", {"kind": Text(f"venue.kind.choice.{kind}"), "n": n})
