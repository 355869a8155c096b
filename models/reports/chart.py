"""What a chart shows: how much was due and how much was done, by unit and by day.

Its figures are those of the daily digests: check-ins and tests, each day as its own digest has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from models.obligations import Kind
from models.reports.days import Days, count_days
from models.reports.figures import Figures
from models.reports.numbers import balance_of
from models.reports.periods import last_days
from models.reports.sections import BALANCES
from models.units import Unit, children

CHART = "chart"  # the kind of job that draws one
DAYS = 14
ASKED = (Kind.CHECKIN, Kind.TEST)
WORST = 12  # rows that a phone can show
_offered = False


def offer(*, drawn: bool) -> None:
    """Whoever wires the program says once whether pictures can be drawn here."""
    global _offered
    _offered = drawn


def offered() -> bool:
    """Can a picture be asked for?"""
    return _offered


@dataclass(frozen=True, slots=True)
class Bar:
    """What was due of a unit or on a day: due = done + missing + excused, where the excused are
    those out of reach and those let off. `units` are summed in it."""

    name: str
    due: int = 0
    done: int = 0
    missing: int = 0
    units: int = 1

    @property
    def excused(self) -> int:
        return self.due - self.done - self.missing


@dataclass(frozen=True, slots=True)
class Chart:
    """`by_unit` are those in which anything was due, the most missing first; what lies in the unit
    itself has its name. `by_day` has every day."""

    unit: str
    days: Sequence[date]
    by_unit: Sequence[Bar]
    by_day: Sequence[Bar]

    @property
    def total(self) -> Bar:
        return _sum(self.unit, self.by_day)

    @property
    def worst(self) -> tuple[Sequence[Bar], Bar | None]:
        """As many rows as can be shown, and all others as one."""
        if len(self.by_unit) <= WORST + 1:
            return self.by_unit, None
        return self.by_unit[:WORST], _sum("", self.by_unit[WORST:])


async def chart_of_last_days(
    session: AsyncSession, unit: Unit, now: datetime, zone: ZoneInfo
) -> Chart:
    """The DAYS that are over."""
    periods = await last_days(session, unit, DAYS, now, zone)
    days = await count_days(session, unit, periods, [BALANCES[kind] for kind in ASKED])
    return chart_of(unit, await children(session, unit), days)


def chart_of(unit: Unit, below: Sequence[Unit], days: Days) -> Chart:
    """The chart of days that were counted, with a bar for each of the units `below`."""
    by_day = [
        _bar(f"{period.on}", [days.on(nth, unit.id)]) for nth, period in enumerate(days.periods)
    ]
    every = range(len(days.periods))
    bars = [_bar(one.name, [days.on(nth, one.id) for nth in every]) for one in below]
    whole, parts = _sum(unit.name, by_day), _sum("", bars)
    itself = Bar(
        unit.name, whole.due - parts.due, whole.done - parts.done, whole.missing - parts.missing
    )
    rows = [bar for bar in (*bars, itself) if bar.due]
    rows.sort(key=lambda bar: (-bar.missing, -bar.due, bar.name))
    return Chart(unit.name, [period.on for period in days.periods], rows, by_day)


def _bar(name: str, figures: Sequence[Figures]) -> Bar:
    balances = [balance_of(one, kind) for one in figures for kind in ASKED]
    due, done = (sum(getattr(one, part) for one in balances) for part in ("due", "reported"))
    return Bar(name, due, done, sum(one.missing for one in balances))


def _sum(name: str, bars: Sequence[Bar]) -> Bar:
    return Bar(
        name,
        sum(bar.due for bar in bars),
        sum(bar.done for bar in bars),
        sum(bar.missing for bar in bars),
        sum(bar.units for bar in bars),
    )
