"""A record changes after a day was reported: what was signed stays, and a new version, which
nobody signed, says what the day has come to. Its unit and the one above are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.daily import DailyReport, newest
from models.messages import Outbound, Text
from models.outbox import Letter, Priority, enqueue
from models.reports.figures import Figures, count_below
from models.reports.periods import Period
from models.reports.sections import SECTIONS
from models.reports.sheet import compact, differences, figure_text, is_zero
from models.standing import staff_of
from models.units import Unit, ancestor_ids


async def reconsider(session: AsyncSession, unit: Unit, at: datetime, now: datetime) -> None:
    """A figure of `at` was mended in a unit: reports that hold it are corrected, at once."""
    where = (
        DailyReport.unit_id.in_(ancestor_ids(unit.path)),
        DailyReport.since_at < at,
        DailyReport.until_at >= at,
    )
    for report in list(await session.scalars(newest(*where))):
        there = await session.get(Unit, report.unit_id)
        assert there is not None, "a report belongs to a unit"
        period = Period(report.since_at, report.until_at)
        figures = await count_below(session, there, period, SECTIONS)
        await _correct(session, {there.id: there}, [report], figures, now)


async def reconsider_day(session: AsyncSession, top: Unit, on: date, now: datetime) -> None:
    """The whole district's reports of a day, counted once more."""
    units = {
        unit.id: unit
        for unit in await session.scalars(select(Unit).where(Unit.path.startswith(top.path)))
    }
    reports = list(await session.scalars(newest(DailyReport.on_day == on)))
    here = [report for report in reports if report.unit_id in units]
    for period in {Period(report.since_at, report.until_at) for report in here}:
        figures = await count_below(session, top, period, SECTIONS)
        same = [r for r in here if Period(r.since_at, r.until_at) == period]
        await _correct(session, units, same, figures, now)


async def _correct(
    session: AsyncSession,
    units: Mapping[int, Unit],
    reports: Sequence[DailyReport],
    figures: Mapping[int, Figures],
    now: datetime,
) -> None:
    """A new version where the figures have moved, and word of it to the unit and the one above."""
    letters: list[Letter] = []
    for report in reports:
        changed = differences(report.figures, figures[report.unit_id])
        if not changed:
            continue
        version = report.version + 1
        session.add(
            DailyReport(
                unit_id=report.unit_id,
                on_day=report.on_day,
                version=version,
                since_at=report.since_at,
                until_at=report.until_at,
                figures=compact(figures[report.unit_id]),
                zero=is_zero(figures[report.unit_id]),
                at=now,
            )
        )
        unit = units[report.unit_id]
        message = _correction(unit, report.on_day, changed)
        told = await staff_of(session, [i for i in (unit.id, unit.parent_id) if i], now)
        key = f"corrected:u{unit.id}:{report.on_day.isoformat()}:v{version}"
        for account in dict.fromkeys(a for accounts in told.values() for a in accounts):
            letters.append(Letter(f"{key}:a{account}", account, message, Priority.NOTICE))
    await session.flush()
    await enqueue(session, letters, now)


def _correction(unit: Unit, on: date, changed: Mapping[str, tuple[int, int]]) -> Outbound:
    lines = [Text("zero.corrected", {"unit": unit.name, "on": on})]
    lines += [
        Text("zero.change", {"was": figure_text(name, was), "now": figure_text(name, n)})
        for name, (was, n) in changed.items()
    ]
    return Outbound(tuple(lines))
