"""How the daily reports below a unit stand: who has reported, who has not, who can be asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import STAFF_OF, Account, Assignment
from models.daily import DailyReport, newest
from models.obligations import GONE, REPORTED, Kind, Obligation, Outcome
from models.reports.figures import Figures, count_below
from models.reports.periods import Period
from models.reports.sections import SECTIONS
from models.reports.sheet import differences
from models.units import Level, Unit


async def staff_of(
    session: AsyncSession, unit_ids: Sequence[int], now: datetime
) -> Mapping[int, list[int]]:
    """The accounts that speak for each unit."""
    found = await session.execute(
        select(Unit.id, Unit.level, Assignment.role, Assignment.account_id)
        .join(Assignment, Assignment.unit_id == Unit.id)
        .join(Account, Account.id == Assignment.account_id)
        .where(
            Unit.id.in_(unit_ids),
            or_(Assignment.until_at.is_(None), Assignment.until_at > now),
            Account.blocked_at.is_(None),
        )
        .order_by(Assignment.id)
    )
    staff: dict[int, list[int]] = {unit_id: [] for unit_id in unit_ids}
    for unit_id, level, role, account_id in found:
        if account_id is not None and role == STAFF_OF[Level(level)]:
            staff[unit_id].append(account_id)
    return staff


@dataclass(frozen=True, slots=True)
class Standing:
    """How the reports of a day stand below a unit: due = reported + missing + waived."""

    due: int
    reported: int
    zeros: int
    late: int
    waived: int
    missing: Sequence[tuple[Obligation, Unit]]
    earlier: Sequence[tuple[Obligation, Unit]]
    """What is owed of days before, the newest first."""
    moved: Sequence[str]
    """Units whose figures are not what they last said: shown, never hidden."""
    figures: Figures
    """The sheet of the unit itself: the sum of all below it."""


async def standing(session: AsyncSession, unit: Unit, period: Period) -> Standing:
    """Who below a unit has reported the closed day, and who has not."""
    below = await _owed(session, unit, Obligation.opens_at == period.until_at)
    owed = [one for one in below if one[0].outcome not in GONE]
    before = Obligation.opens_at < period.until_at, Obligation.outcome.is_(None)
    reports = {
        report.unit_id: report
        for report in await session.scalars(newest(DailyReport.until_at == period.until_at))
    }
    figures = await count_below(session, unit, period, SECTIONS)
    done = [one for one in owed if one[0].outcome in REPORTED]
    signed = [(reports[there.id], there) for _, there in done if there.id in reports]
    return Standing(
        due=len(owed),
        reported=len(done),
        zeros=sum(report.zero for report, _ in signed),
        late=sum(item.outcome == Outcome.LATE for item, _ in owed),
        waived=sum(item.outcome in (Outcome.WAIVED, Outcome.UNREACHABLE) for item, _ in owed),
        missing=[one for one in owed if one[0].is_open()],
        earlier=await _owed(session, unit, *before),
        moved=[there.name for r, there in signed if differences(r.figures, figures[there.id])],
        figures=figures[unit.id],
    )


async def _owed(
    session: AsyncSession, unit: Unit, *which: ColumnElement[bool]
) -> list[tuple[Obligation, Unit]]:
    """Reports of units below one."""
    found = await session.execute(
        select(Obligation, Unit)
        .join(Unit, Unit.id == Obligation.unit_id)
        .where(
            Obligation.kind == Kind.ZERO,
            Unit.path.startswith(unit.path),
            Unit.id != unit.id,
            *which,
        )
        .order_by(Obligation.opens_at.desc(), Unit.path)
    )
    return [(row[0], row[1]) for row in found]
