"""Periods: from one cut-off of the district to the next, and the conditions that count in one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, case, func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from models.clock import DEFAULT_ZONE, at_local, local_day
from models.rules import rules_for
from models.units import Unit


@dataclass(frozen=True, slots=True)
class Period:
    """After `since_at`, up to and including `until_at` (the cut-off)."""

    since_at: datetime
    until_at: datetime
    zone: ZoneInfo = field(default=DEFAULT_ZONE, compare=False)

    @property
    def on(self) -> date:
        """The day that it is named after: that of its cut-off."""
        return local_day(self.until_at, self.zone)


async def closed_period(session: AsyncSession, unit: Unit, now: datetime, zone: ZoneInfo) -> Period:
    """The last period that is over at `now`."""
    hour = (await rules_for(session, unit)).cut_off
    day = local_day(now, zone)
    until = at_local(day, hour, zone)
    if until > now:
        day -= timedelta(days=1)
        until = at_local(day, hour, zone)
    return Period(at_local(day - timedelta(days=1), hour, zone), until, zone)


def previous(period: Period) -> Period:
    """The one before, of the same length."""
    span = period.until_at - period.since_at
    return Period(period.since_at - span, period.since_at, period.zone)


async def running_period(
    session: AsyncSession, unit: Unit, now: datetime, zone: ZoneInfo
) -> Period:
    """From the last cut-off until now."""
    return Period((await closed_period(session, unit, now, zone)).until_at, now, zone)


def within(
    column: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None],
    period: Period,
) -> ColumnElement[bool]:
    """It happened in the period."""
    return and_(column > period.since_at, column <= period.until_at)


def happened(
    column: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None], at: datetime
) -> ColumnElement[bool]:
    """It had happened by then."""
    return and_(column.is_not(None), column <= at)


def rows(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """How many rows meet a condition."""
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


async def period_of_days(
    session: AsyncSession, unit: Unit, first: date, last: date, now: datetime, zone: ZoneInfo
) -> Period:
    """The daily periods of these days together; one that still runs ends now."""
    hour = (await rules_for(session, unit)).cut_off
    since = at_local(first - timedelta(days=1), hour, zone)
    return Period(since, min(at_local(last, hour, zone), now), zone)


async def days_of_span(
    session: AsyncSession, unit: Unit, first: date, last: date, now: datetime, zone: ZoneInfo
) -> list[Period]:
    """The daily periods of these days, one by one, until today; one that still runs ends now."""
    hour = (await rules_for(session, unit)).cut_off
    last = min(last, local_day(now, zone))
    ends = [
        at_local(first + timedelta(days=n), hour, zone) for n in range(-1, (last - first).days + 1)
    ]
    return [Period(since, min(until, now), zone) for since, until in pairwise(ends)]


async def last_days(
    session: AsyncSession, unit: Unit, n: int, now: datetime, zone: ZoneInfo
) -> list[Period]:
    """The last so many daily periods that are over."""
    last = (await closed_period(session, unit, now, zone)).on
    return await days_of_span(session, unit, last - timedelta(days=n - 1), last, now, zone)
