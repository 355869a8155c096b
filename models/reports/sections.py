"""The sections of the daily sheet, in its order. A feature adds its own here.

Everything is counted as it stood at the period's end: what was known later changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from models.duty import Shift
from models.episodes import Episode
from models.leads import Lead, LeadOutcome
from models.obligations import GONE, REPORTED, Kind, Obligation, Outcome, volunteered
from models.reports.arrivals import ARRIVALS
from models.reports.channels import ALL_CHANNELS, CHANNELS
from models.reports.checks import Check
from models.reports.doors import AWAY, RINGS, VISITS
from models.reports.figures import Counting, Section
from models.reports.means import SERVICE, STORES
from models.reports.measures import MEASURES
from models.reports.periods import Period, happened, rows, within
from models.reports.residents import ROSTER
from models.reports.stays import INSIDE
from models.reports.venues import COLD_STORES, SITES, SWABS, VISITED
from models.samples import Result, Sample
from models.venues.duties import Log


def _leads(period: Period) -> Counting:
    closed_now = within(Lead.outcome_at, period)
    return select(
        rows(within(Lead.created_at, period)).label("new"),
        rows(and_(closed_now, Lead.outcome == LeadOutcome.VERIFIED)).label("verified"),
        rows(and_(closed_now, Lead.outcome != LeadOutcome.VERIFIED)).label("dismissed"),
        rows(~happened(Lead.outcome_at, period.until_at)).label("waiting"),
        func.count().label("total"),
    ).where(
        Lead.created_at <= period.until_at,
        or_(Lead.outcome.is_(None), Lead.outcome != LeadOutcome.MERGED),
    )


def _observed(period: Period) -> Counting:
    def running(at: Any) -> ColumnElement[bool]:
        return and_(Episode.opened_at <= at, ~happened(Episode.outcome_at, at))

    return select(
        rows(running(period.since_at)).label("before"),
        rows(within(Episode.opened_at, period)).label("new"),
        rows(within(Episode.outcome_at, period)).label("ended"),
        rows(running(period.until_at)).label("now"),
        func.count().label("total"),
    ).where(Episode.opened_at <= period.until_at)


def _alerts(period: Period) -> Counting:
    ended = happened(Obligation.outcome_at, period.until_at)
    cancelled = and_(ended, Obligation.outcome.in_(GONE))
    return select(
        rows(and_(within(Obligation.opens_at, period), ~cancelled)).label("new"),
        rows(~ended).label("open"),
    ).where(Obligation.kind == Kind.ALERT, Obligation.opens_at <= period.until_at)


def _samples(period: Period) -> Counting:
    return (
        select(func.count().label("positive"))
        .select_from(Sample)
        .join(Episode, Episode.id == Sample.episode_id)
        .where(Sample.result == Result.POSITIVE, within(Sample.resulted_at, period))
    )


PARTS = ("reported", "missing", "unreachable", "waived")
"""What may become of what was due."""


def balance(kind: Kind, code: str = "", *only: ColumnElement[bool]) -> Section:
    """What was due of a kind (of a part of it, which has a code), and what became of it: due =
    reported + missing + unreachable + waived. What came unasked stands beside the sum."""

    def query(period: Period) -> Counting:
        known = happened(Obligation.outcome_at, period.until_at)
        expected = or_(~known, Obligation.outcome.not_in(GONE))

        def asked(condition: ColumnElement[bool]) -> ColumnElement[int]:
            return rows(and_(condition, ~volunteered()))

        def ended_as(*outcomes: Outcome) -> ColumnElement[int]:
            return asked(and_(known, Obligation.outcome.in_(outcomes)))

        return select(
            asked(expected).label("due"),
            ended_as(*REPORTED).label("reported"),
            asked(~known).label("missing"),
            ended_as(Outcome.UNREACHABLE).label("unreachable"),
            ended_as(Outcome.WAIVED).label("waived"),
            rows(volunteered()).label("volunteered"),
        ).where(Obligation.kind == kind, within(Obligation.due_at, period), *only)

    code = code or kind.value
    parts = tuple(f"{code}.{part}" for part in PARTS)
    adds_up = Check(f"{code}.due", plus=parts)
    return Section(code, Obligation.unit_id, query, news=("missing",), checks=(adds_up,))


def _duty(period: Period) -> Counting:
    """By the end of the time for signing in somebody had signed in or not: expected = present +
    absent. Who came later is still absent then, and counted beside it."""
    came = and_(Shift.signed_in_at.is_not(None), Shift.signed_in_at <= Shift.due_at)
    later = and_(Shift.signed_in_at > Shift.due_at, Shift.signed_in_at <= period.until_at)
    return select(
        func.count().label("expected"),
        rows(came).label("present"),
        rows(~came).label("absent"),
        rows(later).label("later"),
    ).where(Shift.cancelled_at.is_(None), within(Shift.due_at, period))


LEADS = Section(
    "leads",
    Lead.unit_id,
    _leads,
    news=("new", "verified", "dismissed", "waiting"),
    addable=("new", "verified", "dismissed"),
    checks=(
        Check("leads.total", plus=("leads.new",), carried=("leads.total",)),
        # What was added by hand is in no record, and waits for nothing.
        Check(
            "leads.waiting",
            plus=("leads.new", "added.leads.verified", "added.leads.dismissed"),
            minus=("added.leads.new", "leads.verified", "leads.dismissed"),
            carried=("leads.waiting",),
        ),
        *ALL_CHANNELS,
    ),
)
OBSERVED = Section(
    "observed",
    Episode.unit_id,
    _observed,
    news=("new", "ended"),
    checks=(
        Check("observed.now", plus=("observed.before", "observed.new"), minus=("observed.ended",)),
        Check("observed.before", carried=("observed.now",)),
        Check("observed.total", plus=("observed.new",), carried=("observed.total",)),
    ),
)
ALERTS = Section("alerts", Obligation.unit_id, _alerts, news=("new", "open"), addable=("new",))
SAMPLES = Section("samples", Episode.unit_id, _samples, news=("positive",))
BALANCES: Mapping[Kind, Section] = {
    kind: balance(kind) for kind in (Kind.CHECKIN, Kind.TEST, Kind.ZERO)
}


def _help(period: Period) -> Counting:
    ended = happened(Obligation.outcome_at, period.until_at)
    cancelled = and_(ended, Obligation.outcome.in_(GONE))
    done = and_(within(Obligation.outcome_at, period), Obligation.outcome.in_(REPORTED))
    return select(
        rows(and_(within(Obligation.opens_at, period), ~cancelled)).label("new"),
        rows(done).label("done"),
        rows(and_(~ended, Obligation.due_at <= period.until_at)).label("overdue"),
    ).where(Obligation.kind == Kind.HELP, Obligation.opens_at <= period.until_at)


HELP = Section("help", Obligation.unit_id, _help, news=("new", "done", "overdue"))
DUTY = Section(
    "duty",
    Shift.unit_id,
    _duty,
    news=("absent",),
    checks=(Check("duty.expected", plus=("duty.present", "duty.absent")),),
)

# Whether others have reported is no part of a report.
_ASKED = (BALANCES[Kind.CHECKIN], BALANCES[Kind.TEST])
_DOORS = (VISITS, AWAY, RINGS, ROSTER)
_PEOPLE = (LEADS, *CHANNELS, ARRIVALS, OBSERVED, MEASURES)
_MEANS = (DUTY, SERVICE, STORES)
_LOGS = tuple(
    balance(Kind.LOG, code, Obligation.key.endswith(f":{log}", autoescape=True))
    for code, log in (("venuelogs", Log.DISINFECT), ("venuetemps", Log.TEMPERATURES))
)
_SITES = (*SITES, *_LOGS, SWABS, INSIDE, COLD_STORES)
SECTIONS = (*_PEOPLE, *_ASKED, ALERTS, SAMPLES, HELP, *_MEANS, *_DOORS, *_SITES)
OVERSEEN = (BALANCES[Kind.ZERO], VISITED)
"""What only those above look at, in their digests."""
COUNTED = (*SECTIONS, *OVERSEEN)
