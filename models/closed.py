"""The figures of days that are over: counted once at the cut-off for the whole district, kept, and
counted once more a day later. A digest reads them; nobody counts a year to say what yesterday was.

What is kept is what was said. It moves when the day is counted again, not before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, UniqueConstraint, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id
from models.reports.figures import Figures
from models.reports.numbers import Numbers, count, digested
from models.reports.periods import Period
from models.reports.sheet import compact
from models.statements import insert_new
from models.units import Level, Unit

KEPT = timedelta(days=40)
"""How long they are at hand; an older day is counted where somebody asks."""


class ClosedSheet(Base):
    """A unit's figures of a period that is over, as they were counted last; `told` are the
    accounts that were sent them. A `stale` one has been corrected by somebody since."""

    __tablename__ = "closed_sheets"
    __table_args__ = (UniqueConstraint("unit_id", "until_at", "since_at"),)

    id: Mapped[Id]
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    since_at: Mapped[datetime]
    until_at: Mapped[datetime] = mapped_column(index=True)
    figures: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    told: Mapped[list[int]] = mapped_column(default=list)
    stale: Mapped[bool] = mapped_column(default=False)


async def keep_closed(
    session: AsyncSession, top: Unit, sheets: Mapping[int, Figures], period: Period, now: datetime
) -> None:
    """What `count_below` found for a period that is over is kept for every unit that has a
    digest; what is there already stays. Old ones go."""
    with_digest = await session.scalars(
        select(Unit.id).where(Unit.path.startswith(top.path), Unit.level != Level.GRID)
    )
    await _keep(session, {unit_id: sheets[unit_id] for unit_id in with_digest}, period, now)
    await session.execute(delete(ClosedSheet).where(ClosedSheet.until_at < now - KEPT))


async def closed_numbers(
    session: AsyncSession, unit: Unit, periods: Sequence[Period], now: datetime
) -> list[Numbers]:
    """A unit's figures of each of these periods, which are over."""
    sheets = await closed_sheets(session, unit, periods, now)
    return [Numbers(period, sheet.figures) for period, sheet in zip(periods, sheets, strict=True)]


async def closed_sheets(
    session: AsyncSession, unit: Unit, periods: Sequence[Period], now: datetime
) -> list[ClosedSheet]:
    """What is kept of these periods; what nobody has counted yet is counted now."""
    found = await _kept(session, unit, periods)
    lacking = [period for period in periods if _span(period) not in found]
    for period in lacking:
        counted = await count(session, unit, period)
        await _keep(session, {unit.id: counted.figures}, period, now)
    if lacking:
        found = await _kept(session, unit, periods)
    return [found[_span(period)] for period in periods]


async def closed_of(
    session: AsyncSession, sheet_id: int, zone: ZoneInfo
) -> tuple[Unit, Period] | None:
    """Whose kept sheet this is and of which period; None when there is no such sheet any more."""
    sheet = await session.get(ClosedSheet, sheet_id)
    if sheet is None:
        return None
    unit = await session.get_one(Unit, sheet.unit_id)
    return unit, Period(sheet.since_at, sheet.until_at, zone)


async def _kept(
    session: AsyncSession, unit: Unit, periods: Iterable[Period]
) -> dict[tuple[datetime, datetime], ClosedSheet]:
    found = await session.scalars(
        select(ClosedSheet).where(
            ClosedSheet.unit_id == unit.id,
            ClosedSheet.until_at.in_([period.until_at for period in periods]),
        )
    )
    return {(sheet.since_at, sheet.until_at): sheet for sheet in found}


async def _keep(
    session: AsyncSession, sheets: Mapping[int, Figures], period: Period, now: datetime
) -> None:
    span = {"since_at": period.since_at, "until_at": period.until_at, "at": now}
    rows = [
        {**span, "unit_id": unit_id, "figures": kept(figures), "told": [], "stale": False}
        for unit_id, figures in sheets.items()
    ]
    await insert_new(session, ClosedSheet, rows)


def kept(figures: Figures) -> dict[str, int]:
    """What is kept of a sheet: what a digest tells."""
    return compact(digested(figures))


def _span(period: Period) -> tuple[datetime, datetime]:
    return period.since_at, period.until_at
