"""Of how many arrivals we knew in time: the hours from the stated arrival until somebody told us.

An arrival that was told ahead was known at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import and_, case, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.leads import Lead, LeadOutcome
from models.reports.periods import Period
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


async def arrivals(session: AsyncSession, unit: Unit, period: Period, rules: Rules) -> Arrivals:
    """Of a unit and all below it, each on the day when we knew and she was here: an arrival of
    the day before yesterday that came to light today is today's.

    Whoever says that she is here counts at once, a planned return when it was verified.
    """
    she_is_here = Lead.known_at >= Lead.expected_at
    settled_at = case((she_is_here, Lead.known_at), else_=Lead.expected_at)
    found = await session.scalars(
        select(Lead)
        .join(Unit, Unit.id == Lead.unit_id)
        .where(
            Unit.path.startswith(unit.path),
            settled_at > period.since_at,
            settled_at <= period.until_at,
            or_(Lead.outcome.in_(CAME), and_(Lead.outcome.is_(None), she_is_here)),
        )
        .order_by(Lead.id)
    )
    leads = list(found)
    margin = timedelta(hours=rules.known_hours)
    late = [lead for lead in leads if lead.known_at and lead.known_at - lead.expected_at > margin]
    return Arrivals(rules.known_hours, len(leads), tuple(late))
