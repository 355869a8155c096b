"""The numbers of a unit for one period, every one from the registers, and the checks that they
balance.

Each due thing is counted in exactly one period, and a village, a township and the district count
the same things.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.obligations import UNATTENDED, Kind, Obligation
from models.reports.checks import Mismatch, mismatches
from models.reports.figures import Figures, checks_of, count_figures
from models.reports.periods import Period
from models.reports.sections import ALERTS, BALANCES, LEADS, OBSERVED, PARTS, SAMPLES
from models.reports.venues import DIGESTED
from models.tallies import ADDED
from models.units import Unit

BALANCED: Sequence[Kind] = tuple(BALANCES)
_SECTIONS = (LEADS, OBSERVED, ALERTS, SAMPLES, *BALANCES.values(), *DIGESTED)
CHECKS = checks_of(_SECTIONS)

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


@dataclass(frozen=True, slots=True)
class Numbers:
    """A unit's period; figures by the names that the daily sheet has."""

    period: Period
    figures: Figures = field(default_factory=dict)

    def __getitem__(self, name: str) -> int:
        """A figure; what is not there is 0."""
        return self.figures.get(name, 0)

    @property
    def balances(self) -> Mapping[Kind, Balance]:
        return {kind: balance_of(self.figures, kind) for kind in BALANCED}

    def mismatches(self, before: Numbers | None = None) -> Sequence[Mismatch]:
        """The cross-foot checks that fail; they are shown, never hidden. With the period before,
        what is carried over is checked, too."""
        return mismatches(CHECKS, self.figures, None if before is None else before.figures)


async def count(session: AsyncSession, unit: Unit, period: Period) -> Numbers:
    """Count everything at the period's cut-off; what happened later does not change it."""
    return Numbers(period, await count_figures(session, unit, period, _SECTIONS))


def digested(figures: Figures) -> Figures:
    """Those that a digest tells, and what was added to them by hand."""
    codes = {section.code for section in _SECTIONS} | {ADDED}
    return {name: n for name, n in figures.items() if name.partition(".")[0] in codes}


def balance_of(figures: Figures, kind: Kind) -> Balance:
    """What was due of a kind, among the figures of a sheet."""
    return Balance(*(figures.get(f"{kind}.{part}", 0) for part in ("due", *PARTS)))


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
