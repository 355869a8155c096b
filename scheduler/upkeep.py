"""The night's work: forget what is past its day, look for likely twins, see who has tonight's duty,
seal the audit, plan the next night."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import audit, retention, twins
from models.clock import at_local, local_day
from models.obligations import Kind, Obligation, Outcome, oblige, settle
from models.rota import mind_nights
from models.units import Level, Unit
from scheduler.closings import plan_closing
from scheduler.digests import next_digest
from scheduler.logdays import plan_log_day

AT = time(3, 30)


async def run(session: AsyncSession, item: Obligation, now: datetime, zone: ZoneInfo) -> None:
    """One night's upkeep. While there is more to do than one transaction takes it stays due, and
    the sweep comes back at once."""
    today = local_day(now, zone)
    if not await retention.purge(session, now, today) or not await twins.listen(session, now):
        return
    await settle(session, [item], Outcome.DONE, None, now)
    await audit.seal(session, now)
    await mind_nights(session, today, now, zone)
    await plan_upkeep(session, today + timedelta(days=1), zone)


async def plan_upkeep(session: AsyncSession, on: date, zone: ZoneInfo) -> None:
    """The upkeep of one night; it hangs on the district."""
    top = await session.scalar(select(Unit).where(Unit.level == Level.DISTRICT).order_by(Unit.id))
    if top is None:
        return
    at = at_local(on, AT, zone)
    row = {"key": f"upkeep:{on.isoformat()}", "kind": Kind.UPKEEP, "unit_id": top.id}
    await oblige(session, [{**row, "opens_at": at, "due_at": at}])


async def plan_recurring(session: AsyncSession, now: datetime, zone: ZoneInfo) -> None:
    """Make sure that every unit has a digest ahead and the district its upkeep: at start, and
    when units were added. What is planned already stays."""
    planned = select(Obligation.unit_id).where(
        Obligation.kind == Kind.DIGEST, Obligation.outcome.is_(None)
    )
    lacking = await session.scalars(
        select(Unit).where(Unit.level != Level.GRID, Unit.id.not_in(planned))
    )
    await oblige(session, [next_digest(unit, now, zone) for unit in lacking])
    await plan_upkeep(session, local_day(now, zone) + timedelta(days=1), zone)
    await plan_closing(session, now, zone)
    await plan_log_day(session, now, zone)
