"""A record changes after a day was reported: what was signed stays, and a new version, which
nobody signed, says what the day has come to. Its unit and the one above are told; whoever was sent
a digest of the day is told what has changed in it, once, at the next cut-off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.clock import at_local, local_day
from models.closed import ClosedSheet, kept
from models.daily import DailyReport, newest
from models.messages import Button, Outbound, Rows, Text
from models.outbox import Letter, Priority, enqueue
from models.reports.figures import Figures, count_below, mended
from models.reports.periods import Period
from models.reports.sections import COUNTED, SECTIONS
from models.reports.sheet import compact, differences, figure_text, is_zero, of_sheet
from models.standing import staff_of
from models.units import Unit, ancestor_ids


async def reconsider(session: AsyncSession, unit: Unit, at: datetime, now: datetime) -> None:
    """A record of `at` was mended in a unit: reports that hold it are corrected, at once. Only
    what records count is counted anew, nothing else has changed in this turn."""
    above = ancestor_ids(unit.path)
    where = (
        DailyReport.unit_id.in_(above),
        DailyReport.since_at < at,
        DailyReport.until_at >= at,
    )
    for report in list(await session.scalars(newest(*where))):
        there = await session.get(Unit, report.unit_id)
        assert there is not None, "a report belongs to a unit"
        period = Period(report.since_at, report.until_at)
        figures = {there.id: await mended(session, there, period, report.figures, SECTIONS)}
        await _correct(session, {there.id: there}, [report], figures, now)
    await session.execute(
        update(ClosedSheet)
        .where(
            ClosedSheet.unit_id.in_(above), ClosedSheet.since_at < at, ClosedSheet.until_at >= at
        )
        .values(stale=True)
    )


async def reconsider_day(
    session: AsyncSession, top: Unit, on: date, now: datetime, zone: ZoneInfo
) -> None:
    """What the whole district reported and was told of a day, counted once more; of other days
    what was mended since."""
    units = {
        unit.id: unit
        for unit in await session.scalars(select(Unit).where(Unit.path.startswith(top.path)))
    }
    reports = list(await session.scalars(newest(DailyReport.on_day == on)))
    reports = [report for report in reports if report.unit_id in units]
    sheets = [sheet for sheet in await _told(session, on, zone) if sheet.unit_id in units]
    spans = {(r.since_at, r.until_at) for r in reports} | {(s.since_at, s.until_at) for s in sheets}
    for since, until in sorted(spans):
        figures = await count_below(session, top, Period(since, until, zone), COUNTED)
        theirs = [r for r in reports if (r.since_at, r.until_at) == (since, until)]
        daily = {unit_id: of_sheet(found) for unit_id, found in figures.items()}
        await _correct(session, units, theirs, daily, now)
        ours = [s for s in sheets if (s.since_at, s.until_at) == (since, until)]
        await _correct_sheets(session, units, ours, figures, now, zone)


async def _told(session: AsyncSession, on: date, zone: ZoneInfo) -> Sequence[ClosedSheet]:
    """What is kept of a day, and what else has become stale."""
    begins = at_local(on, time.min, zone)
    that_day = and_(
        ClosedSheet.until_at >= begins, ClosedSheet.until_at < begins + timedelta(days=1)
    )
    found = await session.scalars(
        select(ClosedSheet).where(or_(that_day, ClosedSheet.stale)).order_by(ClosedSheet.id)
    )
    return list(found)


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
        head = Text("zero.corrected", {"unit": unit.name, "on": report.on_day})
        message = _correction(head, changed)
        told = await staff_of(session, [i for i in (unit.id, unit.parent_id) if i], now)
        key = f"corrected:u{unit.id}:{report.on_day.isoformat()}:v{version}"
        for account in dict.fromkeys(a for accounts in told.values() for a in accounts):
            letters.append(Letter(f"{key}:a{account}", account, message, Priority.NOTICE))
    await session.flush()
    await enqueue(session, letters, now)


async def _correct_sheets(
    session: AsyncSession,
    units: Mapping[int, Unit],
    sheets: Sequence[ClosedSheet],
    figures: Mapping[int, Figures],
    now: datetime,
    zone: ZoneInfo,
) -> None:
    """What has moved is kept as it is now; who was sent the digest, and still speaks for the
    unit, hears what was and what is."""
    changes = {}
    for sheet in sheets:
        fresh = kept(figures[sheet.unit_id])
        changed = differences(sheet.figures, fresh)
        if changed and sheet.told:
            changes[sheet.unit_id] = (sheet, changed)
        sheet.figures, sheet.stale = fresh, False
    if not changes:
        return
    speaking = await staff_of(session, list(changes), now)
    letters = []
    for unit_id, (sheet, changed) in changes.items():
        on = local_day(sheet.until_at, zone)
        head = Text("digest.corrected", {"unit": units[unit_id].name, "on": on})
        whole: Rows = ((Button(Text("digest.whole"), f"a:digest:{sheet.id}"),),)
        message = _correction(head, changed, whole)
        key = f"digestfixed:u{unit_id}:{on.isoformat()}:{local_day(now, zone).isoformat()}"
        letters += [
            Letter(f"{key}:a{account}", account, message, Priority.DIGEST)
            for account in speaking[unit_id]
            if account in sheet.told
        ]
    await enqueue(session, letters, now)


def _correction(head: Text, changed: Mapping[str, tuple[int, int]], rows: Rows = ()) -> Outbound:
    lines = [head]
    lines += [
        Text("zero.change", {"was": figure_text(name, was), "now": figure_text(name, n)})
        for name, (was, n) in changed.items()
    ]
    return Outbound(tuple(lines), rows)
