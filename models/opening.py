"""The cut-off: every unit that owes a daily report is asked for it, with its figures composed, and
the figures of every unit are kept for its digest.

Days whose cut-off passed while the program was down are opened too, each of them: that nobody was
asked is the cause of what is missing, and it can still be confirmed. Nobody is sent a pile.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.clock import at_local
from models.closed import keep_closed
from models.daily import OUTAGE, facts_of
from models.obligations import Kind, oblige
from models.reports.figures import count_below
from models.reports.periods import Period, closed_period
from models.reports.sections import COUNTED
from models.reports.sheet import of_sheet
from models.rules import rules_of
from models.units import Level, Unit

MOST_DAYS = 31
MADE_GOOD_WITHIN = timedelta(hours=24)  # that nobody was asked makes nobody late
_CLIMBED = 1  # past its first rung, so no ladder begins


async def open_reports(
    session: AsyncSession, top: Unit, since_on: date, now: datetime, zone: ZoneInfo
) -> Period:
    """The last closed day is asked for. Those since `since_on`, which nobody closed, wait behind
    it without a reminder of their own. The last period."""
    last = await closed_period(session, top, now, zone)
    await oblige(session, await _owed(session, top, last, now))
    day = max(since_on, last.on - timedelta(days=MOST_DAYS))
    while day < last.on:
        period = _period(top, day, zone)
        rows = await _owed(session, top, period, now)
        for row in rows:
            facts = {**row["facts"], OUTAGE: True}
            row |= {"rung": _CLIMBED, "facts": facts, "due_at": now + MADE_GOOD_WITHIN}
        await oblige(session, rows)
        day += timedelta(days=1)
    return last


def _period(top: Unit, on: date, zone: ZoneInfo) -> Period:
    hour = rules_of(top).cut_off
    return Period(at_local(on - timedelta(days=1), hour, zone), at_local(on, hour, zone), zone)


async def _owed(
    session: AsyncSession, top: Unit, period: Period, now: datetime
) -> list[dict[str, Any]]:
    rules = rules_of(top)
    levels = (Level.VILLAGE, Level.GRID) if rules.grids_report else (Level.VILLAGE,)
    owing = await session.scalars(
        select(Unit).where(Unit.path.startswith(top.path), Unit.level.in_(levels))
    )
    sheets = await count_below(session, top, period, COUNTED)
    await keep_closed(session, top, sheets, period, now)
    due_at = max(now, period.until_at) + timedelta(minutes=rules.report_minutes)
    return [
        {
            "key": f"zero:u{unit.id}:{period.on.isoformat()}",
            "kind": Kind.ZERO,
            "unit_id": unit.id,
            "opens_at": period.until_at,
            "due_at": due_at,
            "facts": facts_of(period, period.on, of_sheet(sheets[unit.id])),
        }
        for unit in owing
    ]
