"""Daily reports: what a unit confirmed for a day.

Silence is a missing report, not a zero: who owes one has an obligation, and only a person's
confirmation ends it. Nothing is counted by hand; what was signed stays as it was signed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Select, UniqueConstraint, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id
from models.obligations import Kind, Obligation, fulfil
from models.reports.figures import Figures, count_below
from models.reports.periods import Period
from models.reports.sections import SECTIONS
from models.reports.sheet import compact, is_zero
from models.units import Unit

OUTAGE = "outage"
"""Among the facts of a report that nobody was asked for at its hour: the program was down."""


class DailyReport(Base):
    """What a unit's day came to when somebody confirmed it; a later version says what it has come
    to since, and nobody signed that."""

    __tablename__ = "daily_reports"
    __table_args__ = (UniqueConstraint("unit_id", "on_day", "version"),)

    id: Mapped[Id]
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    on_day: Mapped[date] = mapped_column(index=True)
    version: Mapped[int]
    since_at: Mapped[datetime]
    until_at: Mapped[datetime]
    figures: Mapped[dict[str, Any]]
    zero: Mapped[bool]
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))


async def compose_again(session: AsyncSession, item: Obligation) -> None:
    """Count the day anew."""
    unit = await session.get(Unit, item.unit_id)
    assert unit is not None, "a report belongs to a unit"
    on, period = day_of(item)
    figures = (await count_below(session, unit, period, SECTIONS))[unit.id]
    item.facts = {**item.facts, **facts_of(period, on, figures)}


async def confirm(session: AsyncSession, item: Obligation, by: int, now: datetime) -> None:
    """She signs what she was shown."""
    on, period = day_of(item)
    session.add(
        DailyReport(
            unit_id=item.unit_id,
            on_day=on,
            version=1,
            since_at=period.since_at,
            until_at=period.until_at,
            figures=item.facts["figures"],
            zero=item.facts["zero"],
            at=now,
            by_id=by,
        )
    )
    await fulfil(session, item, by, now)


def facts_of(period: Period, on: date, figures: Figures) -> dict[str, Any]:
    """What an obligation to report carries: the day, and what it comes to."""
    return {
        "on": on.isoformat(),
        "since": period.since_at.isoformat(),
        "until": period.until_at.isoformat(),
        "figures": compact(figures),
        "zero": is_zero(figures),
    }


def day_of(item: Obligation) -> tuple[date, Period]:
    """The day that a report is about."""
    facts = item.facts
    since, until = (datetime.fromisoformat(facts[name]) for name in ("since", "until"))
    period = Period(since, until)
    return date.fromisoformat(facts["on"]), period


def newest(*where: Any) -> Select[DailyReport]:
    """The newest version of each report."""
    last = (
        select(DailyReport.unit_id, DailyReport.on_day, func.max(DailyReport.version).label("v"))
        .where(*where)
        .group_by(DailyReport.unit_id, DailyReport.on_day)
        .subquery()
    )
    return select(DailyReport).join(
        last,
        (DailyReport.unit_id == last.c.unit_id)
        & (DailyReport.on_day == last.c.on_day)
        & (DailyReport.version == last.c.v),
    )


async def newest_report(session: AsyncSession, unit_id: int) -> DailyReport | None:
    """What a unit last said."""
    return await session.scalar(
        select(DailyReport)
        .where(DailyReport.unit_id == unit_id)
        .order_by(DailyReport.on_day.desc(), DailyReport.version.desc())
        .limit(1)
    )


async def owed_by(session: AsyncSession, unit_ids: Sequence[int]) -> Obligation | None:
    """The report that these units owe: of the newest day that is open."""
    return await session.scalar(
        select(Obligation)
        .where(
            Obligation.kind == Kind.ZERO,
            Obligation.unit_id.in_(unit_ids),
            Obligation.outcome.is_(None),
        )
        .order_by(Obligation.opens_at.desc(), Obligation.id)
        .limit(1)
    )
