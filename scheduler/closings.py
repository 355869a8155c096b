"""The cut-off of the district's day: every unit that owes a report is asked for it, and what was
confirmed for the day before is counted once more."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from models.clock import local_day
from models.corrections import reconsider_day
from models.obligations import Kind, Obligation, Outcome, oblige, settle
from models.opening import open_reports
from models.rules import Rules
from models.units import Unit
from models.venues.coldstores import owe_totals
from scheduler.daily import next_of, plan_daily


async def run(session: AsyncSession, item: Obligation, now: datetime, zone: ZoneInfo) -> None:
    """Close every day that is over since this was planned, and plan the next closing. After an
    outage of days the last is asked for; the others wait behind it, so nobody gets a pile."""
    top = await session.get(Unit, item.unit_id)
    assert top is not None, "a closing belongs to the district"
    await settle(session, [item], Outcome.DONE, None, now)
    first = local_day(item.due_at, zone)
    await open_reports(session, top, first, now, zone)
    await reconsider_day(session, top, first - timedelta(days=1), now, zone)
    coming = next_of(Kind.CLOSING, top, _hour, now, zone)
    await oblige(session, [coming])
    await owe_totals(session, top, local_day(coming["due_at"], zone), zone)


async def plan_closing(session: AsyncSession, now: datetime, zone: ZoneInfo) -> None:
    """Make sure that the district has a closing ahead."""
    await plan_daily(session, Kind.CLOSING, _hour, now, zone)


def _hour(rules: Rules) -> time:
    return rules.cut_off
