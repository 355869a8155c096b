"""Of how many arrivals we knew in time: the hours from the stated arrival until somebody told us.

An arrival that was told ahead was known at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, case, extract, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.leads import Lead, LeadOutcome, LeadSource
from models.reports.checks import Check
from models.reports.figures import Counting, Section
from models.reports.periods import Period, rows
from models.rules import Rules
from models.units import Unit

CAME = (LeadOutcome.VERIFIED, LeadOutcome.NO_RISK)


@dataclass(frozen=True, slots=True)
class Arrivals:
    """`known` of `total` arrivals within so many `hours`; `late` are the leads of the others."""

    hours: int
    total: int
    late: tuple[Lead, ...]

    @property
    def known(self) -> int:
        return self.total - len(self.late)


def _settled(period: Period) -> ColumnElement[bool]:
    """Each on the day when we knew and she was here: an arrival of the day before yesterday that
    came to light today is today's.

    Whoever says that she is here counts at once, a planned return when it was verified.
    """
    she_is_here = Lead.known_at >= Lead.expected_at
    settled_at = case((she_is_here, Lead.known_at), else_=Lead.expected_at)
    return and_(
        Lead.source != LeadSource.SENTINEL,  # a fever is no arrival, and a hotel knows its guests
        settled_at > period.since_at,
        settled_at <= period.until_at,
        or_(Lead.outcome.in_(CAME), and_(Lead.outcome.is_(None), she_is_here)),
    )


def _late(rules: Rules) -> ColumnElement[bool]:
    told, came = (extract("epoch", column) for column in (Lead.known_at, Lead.expected_at))
    return and_(Lead.known_at.is_not(None), told - came > rules.known_hours * 3600)


async def arrivals(session: AsyncSession, unit: Unit, period: Period, rules: Rules) -> Arrivals:
    """Of a unit and all below it, with the leads behind the number."""
    found = await session.scalars(
        select(Lead)
        .join(Unit, Unit.id == Lead.unit_id)
        .where(Unit.path.startswith(unit.path), _settled(period))
        .order_by(Lead.id)
    )
    leads = list(found)
    margin = timedelta(hours=rules.known_hours)
    late = [lead for lead in leads if lead.known_at and lead.known_at - lead.expected_at > margin]
    return Arrivals(rules.known_hours, len(leads), tuple(late))


def _arrivals(period: Period, rules: Rules) -> Counting:
    return select(
        rows(Lead.id.is_not(None)).label("came"),
        rows(~_late(rules)).label("in_time"),
        rows(_late(rules)).label("late"),
    ).where(_settled(period))


def _by_default(period: Period) -> Counting:
    return _arrivals(period, Rules.model_validate({}))


ARRIVALS = Section(
    "arrivals",
    Lead.unit_id,
    _by_default,
    ("came",),
    ruled=_arrivals,
    checks=(Check("arrivals.came", plus=("arrivals.in_time", "arrivals.late")),),
)
