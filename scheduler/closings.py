"""The cut-off of the district's day: every unit that owes a report is asked for it, and what was
confirmed for the day before is counted once more."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.clock import at_local, local_day
from models.corrections import reconsider_day
from models.obligations import Kind, Obligation, Outcome, oblige, settle
from models.opening import open_reports
from models.rules import rules_of
from models.units import Level, Unit


async def run(session: AsyncSession, item: Obligation, now: datetime, zone: ZoneInfo) -> None:
    """Close every day that is over since this was planned, and plan the next closing. After an
    outage of days the last is asked for; the others wait behind it, so nobody gets a pile."""
    top = await session.get(Unit, item.unit_id)
    assert top is not None, "a closing belongs to the district"
    await settle(session, [item], Outcome.DONE, None, now)
    first = local_day(item.due_at, zone)
    await open_reports(session, top, first, now, zone)
    await reconsider_day(session, top, first - timedelta(days=1), now)
    await oblige(session, [_next(top, now, zone)])


async def plan_closing(session: AsyncSession, now: datetime, zone: ZoneInfo) -> None:
    """Make sure that the district has a closing ahead."""
    planned = select(Obligation.unit_id).where(
        Obligation.kind == Kind.CLOSING, Obligation.outcome.is_(None)
    )
    lacking = await session.scalars(
        select(Unit).where(Unit.level == Level.DISTRICT, Unit.id.not_in(planned))
    )
    await oblige(session, [_next(top, now, zone) for top in lacking])


def _next(top: Unit, now: datetime, zone: ZoneInfo) -> dict[str, object]:
    """The next cut-off; its hour is part of the key, because the district may move it."""
    hour = rules_of(top).cut_off
    on = local_day(now, zone)
    if at_local(on, hour, zone) <= now:
        on += timedelta(days=1)
    at = at_local(on, hour, zone)
    return {
        "key": f"closing:u{top.id}:{on.isoformat()}T{hour:%H:%M}",
        "kind": Kind.CLOSING,
        "unit_id": top.id,
        "opens_at": at,
        "due_at": at,
    }
