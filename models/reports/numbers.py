"""The numbers of a unit for one period, every one from the registers, and the checks that they
balance.

A period runs from one cut-off of the district to the next, so each due thing is counted in exactly
one period, and a village, a township and the district count the same things.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from models.clock import at_local, local_day
from models.episodes import Episode
from models.leads import Lead, LeadOutcome
from models.obligations import GONE, REPORTED, Kind, Obligation, Outcome, volunteered
from models.samples import Result, Sample
from models.units import Unit, district_of

S = TypeVar("S", bound=Select[*tuple[Any, ...]])

CUT_OFF = time(17)
BALANCED = (Kind.CHECKIN, Kind.TEST)


@dataclass(frozen=True, slots=True)
class Period:
    """After `since_at`, up to and including `until_at` (the cut-off)."""

    since_at: datetime
    until_at: datetime


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

    def mismatches(self) -> list[str]:
        """Names of the cross-foot checks that fail; they are shown, never hidden."""
        found = [kind.value for kind, balance in self.balances.items() if not balance.holds()]
        if self.observed != self.observed_before + self.episodes_new - self.episodes_ended:
            found.append("observed")
        return found


def cut_off_of(district: Unit) -> time:
    """The district's cut-off, a setting."""
    stored = district.settings.get("cut_off")
    return time.fromisoformat(stored) if stored else CUT_OFF


async def closed_period(session: AsyncSession, unit: Unit, now: datetime, zone: ZoneInfo) -> Period:
    """The last period that is over at `now`."""
    hour = cut_off_of(await district_of(session, unit))
    day = local_day(now, zone)
    until = at_local(day, hour, zone)
    if until > now:
        day -= timedelta(days=1)
        until = at_local(day, hour, zone)
    return Period(at_local(day - timedelta(days=1), hour, zone), until)


async def running_period(
    session: AsyncSession, unit: Unit, now: datetime, zone: ZoneInfo
) -> Period:
    """From the last cut-off until now."""
    return Period((await closed_period(session, unit, now, zone)).until_at, now)


def within(column: InstrumentedAttribute[datetime], period: Period) -> ColumnElement[bool]:
    return and_(column > period.since_at, column <= period.until_at)


def _n(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _below(query: S, unit: Unit, column: InstrumentedAttribute[int]) -> S:
    return query.join(Unit, Unit.id == column).where(Unit.path.startswith(unit.path))


async def count(session: AsyncSession, unit: Unit, period: Period) -> Numbers:
    """Count everything at the period's cut-off; what happened later does not change it."""
    numbers = Numbers(period)
    await _count_leads(session, unit, numbers)
    await _count_episodes(session, unit, numbers)
    await _count_alerts(session, unit, numbers)
    await _count_balances(session, unit, numbers)
    return numbers


async def _count_leads(session: AsyncSession, unit: Unit, numbers: Numbers) -> None:
    period = numbers.period
    ended = and_(Lead.outcome_at.is_not(None), Lead.outcome_at <= period.until_at)
    counted = or_(Lead.outcome.is_(None), Lead.outcome != LeadOutcome.MERGED)
    closed_now = within(Lead.outcome_at, period)  # type: ignore[arg-type]
    found = await session.execute(
        _below(
            select(
                _n(within(Lead.created_at, period)),
                _n(and_(closed_now, Lead.outcome == LeadOutcome.VERIFIED)),
                _n(and_(closed_now, Lead.outcome != LeadOutcome.VERIFIED)),
                _n(~ended),
                func.count(),
            ).where(Lead.created_at <= period.until_at, counted),
            unit,
            Lead.unit_id,
        )
    )
    (
        numbers.leads_new,
        numbers.leads_verified,
        numbers.leads_dismissed,
        numbers.leads_waiting,
        numbers.leads_total,
    ) = found.one()


async def _count_episodes(session: AsyncSession, unit: Unit, numbers: Numbers) -> None:
    period = numbers.period

    def running(at: datetime) -> ColumnElement[bool]:
        ended = and_(Episode.outcome_at.is_not(None), Episode.outcome_at <= at)
        return and_(Episode.opened_at <= at, ~ended)

    found = await session.execute(
        _below(
            select(
                _n(running(period.since_at)),
                _n(within(Episode.opened_at, period)),
                _n(within(Episode.outcome_at, period)),  # type: ignore[arg-type]
                _n(running(period.until_at)),
                func.count(),
            ).where(Episode.opened_at <= period.until_at),
            unit,
            Episode.unit_id,
        )
    )
    (
        numbers.observed_before,
        numbers.episodes_new,
        numbers.episodes_ended,
        numbers.observed,
        numbers.episodes_total,
    ) = found.one()


async def _count_alerts(session: AsyncSession, unit: Unit, numbers: Numbers) -> None:
    period = numbers.period
    ended = and_(Obligation.outcome_at.is_not(None), Obligation.outcome_at <= period.until_at)
    cancelled = and_(ended, Obligation.outcome.in_(GONE))
    found = await session.execute(
        _below(
            select(_n(and_(within(Obligation.opens_at, period), ~cancelled)), _n(~ended)).where(
                Obligation.kind == Kind.ALERT, Obligation.opens_at <= period.until_at
            ),
            unit,
            Obligation.unit_id,
        )
    )
    numbers.alerts_new, numbers.alerts_open = found.one()
    positive = await session.execute(
        _below(
            select(func.count())
            .select_from(Sample)
            .join(Episode, Episode.id == Sample.episode_id)
            .where(
                Sample.result == Result.POSITIVE,
                within(Sample.resulted_at, period),  # type: ignore[arg-type]
            ),
            unit,
            Episode.unit_id,
        )
    )
    (numbers.positive,) = positive.one()


async def _count_balances(session: AsyncSession, unit: Unit, numbers: Numbers) -> None:
    period = numbers.period
    known = and_(Obligation.outcome_at.is_not(None), Obligation.outcome_at <= period.until_at)
    expected = or_(~known, Obligation.outcome.not_in(GONE))

    def ended_as(*outcomes: Outcome) -> ColumnElement[int]:
        return _n(and_(known, Obligation.outcome.in_(outcomes)))

    found = await session.execute(
        _below(
            select(
                Obligation.kind,
                _n(expected),
                ended_as(*REPORTED),
                _n(~known),
                ended_as(Outcome.UNREACHABLE),
                ended_as(Outcome.WAIVED),
            )
            .where(Obligation.kind.in_(BALANCED), within(Obligation.due_at, period), ~volunteered())
            .group_by(Obligation.kind),
            unit,
            Obligation.unit_id,
        )
    )
    numbers.balances = {kind: Balance() for kind in BALANCED}
    for kind, *figures in found:
        numbers.balances[Kind(kind)] = Balance(*figures)
    numbers.volunteered = await _count_volunteered(session, unit, period)


async def _count_volunteered(session: AsyncSession, unit: Unit, period: Period) -> int:
    query = select(func.count(Obligation.id)).where(
        Obligation.kind == Kind.CHECKIN, within(Obligation.due_at, period), volunteered()
    )
    return await session.scalar(_below(query, unit, Obligation.unit_id)) or 0


def overdue(unit: Unit, now: datetime) -> Select[Obligation]:
    """What is open past its deadline in a unit: behind every missing number stand its names."""
    return (
        select(Obligation)
        .join(Unit, Unit.id == Obligation.unit_id)
        .where(
            Unit.path.startswith(unit.path),
            Obligation.outcome.is_(None),
            Obligation.due_at <= now,
            Obligation.kind.not_in((Kind.DIGEST, Kind.UPKEEP)),
        )
        .order_by(Obligation.due_at, Obligation.id)
    )
