"""The numbers of a unit for one period, every one from the registers, and the checks that they
balance.

Each due thing is counted in exactly one period, and a village, a township and the district count
the same things.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.obligations import UNATTENDED, Kind, Obligation
from models.reports.figures import Figures, count_figures
from models.reports.periods import Period
from models.reports.sections import ALERTS, BALANCES, LEADS, OBSERVED, SAMPLES
from models.reports.venues import DIGESTED, balances, kinds_add_up
from models.units import Unit

BALANCED: Sequence[Kind] = tuple(BALANCES)
_SECTIONS = (LEADS, OBSERVED, ALERTS, SAMPLES, *BALANCES.values(), *DIGESTED)
# Where each number stands among the figures of the daily sheet.
_FIGURES = {
    "leads_new": "leads.new",
    "leads_verified": "leads.verified",
    "leads_dismissed": "leads.dismissed",
    "leads_waiting": "leads.waiting",
    "leads_total": "leads.total",
    "observed_before": "observed.before",
    "episodes_new": "observed.new",
    "episodes_ended": "observed.ended",
    "observed": "observed.now",
    "episodes_total": "observed.total",
    "alerts_new": "alerts.new",
    "alerts_open": "alerts.open",
    "positive": "samples.positive",
    "volunteered": "checkin.volunteered",
}


# What is said first when it is not as it was a period ago.
COMPARED = (
    *("leads.new", "leads.waiting", "observed.now", "checkin.missing", "test.missing"),
    *("alerts.new", "alerts.open", "samples.positive", "fixing.open", "fixing.overdue"),
)


@dataclass(slots=True)
class Balance:
    """What was due, and what became of each: due = reported + missing + unreachable + waived."""

    due: int = 0
    reported: int = 0
    missing: int = 0
    unreachable: int = 0
    waived: int = 0

    def holds(self) -> bool:
        return self.due == self.reported + self.missing + self.unreachable + self.waived


@dataclass(slots=True)
class Numbers:
    """A unit's period."""

    period: Period
    leads_new: int = 0
    leads_verified: int = 0
    leads_dismissed: int = 0
    leads_waiting: int = 0
    leads_total: int = 0
    observed_before: int = 0
    episodes_new: int = 0
    episodes_ended: int = 0
    observed: int = 0
    episodes_total: int = 0
    alerts_new: int = 0
    alerts_open: int = 0
    positive: int = 0
    volunteered: int = 0  # check-ins that nobody asked for: beside the sum, not in it
    balances: dict[Kind, Balance] = field(default_factory=dict)
    venues: Figures = field(default_factory=dict)  # of DIGESTED, by their whole names

    def figures(self) -> dict[str, int]:
        """All of it, by the names that the daily sheet has."""
        found = {figure: getattr(self, name) for name, figure in _FIGURES.items()}
        for kind, balance in self.balances.items():
            found |= {f"{kind}.{part}": n for part, n in asdict(balance).items()}
        return {**dict.fromkeys(COMPARED, 0), **found, **self.venues}

    def mismatches(self) -> list[str]:
        """Names of the cross-foot checks that fail; they are shown, never hidden."""
        found = [kind.value for kind, balance in self.balances.items() if not balance.holds()]
        if self.observed != self.observed_before + self.episodes_new - self.episodes_ended:
            found.append("observed")
        if self.venues and not balances(self.venues):
            found.append("problems")
        if self.venues and not kinds_add_up(self.venues):
            found.append("visited")
        return found


async def count(session: AsyncSession, unit: Unit, period: Period) -> Numbers:
    """Count everything at the period's cut-off; what happened later does not change it."""
    figures = await count_figures(session, unit, period, _SECTIONS)
    numbers = Numbers(period)
    for name, figure in _FIGURES.items():
        setattr(numbers, name, figures[figure])
    numbers.balances = {kind: balance_of(figures, kind) for kind in BALANCED}
    codes = {section.code for section in DIGESTED}
    numbers.venues = {n: count for n, count in figures.items() if n.partition(".")[0] in codes}
    return numbers


def balance_of(figures: Figures, kind: Kind) -> Balance:
    """What was due of a kind, among the figures of a sheet."""
    parts = ("due", "reported", "missing", "unreachable", "waived")
    return Balance(*(figures.get(f"{kind}.{part}", 0) for part in parts))


def overdue(unit: Unit, now: datetime) -> Select[Obligation]:
    """What is open past its deadline in a unit: behind every missing number stand its names."""
    return (
        select(Obligation)
        .join(Unit, Unit.id == Obligation.unit_id)
        .where(
            Unit.path.startswith(unit.path),
            Obligation.outcome.is_(None),
            Obligation.due_at <= now,
            # A verification stands for its retries; the gaps of venues have a list of their own.
            Obligation.kind.not_in((*UNATTENDED, Kind.RETRY, Kind.LOG)),
        )
        .order_by(Obligation.due_at, Obligation.id)
    )
