"""What the district does once a day at an hour of its own rules: when it comes next, and that it
is planned at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.clock import at_local, local_day
from models.obligations import Kind, Obligation, oblige
from models.rules import Rules, rules_of
from models.units import Level, Unit

Hour: TypeAlias = Callable[[Rules], time]


def next_of(kind: Kind, top: Unit, hour_of: Hour, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """The row of the next one; its hour is part of the key, because the district may move it."""
    hour = hour_of(rules_of(top))
    on = local_day(now, zone)
    if at_local(on, hour, zone) <= now:
        on += timedelta(days=1)
    at = at_local(on, hour, zone)
    key = f"{kind}:u{top.id}:{on.isoformat()}T{hour:%H:%M}"
    return {"key": key, "kind": kind, "unit_id": top.id, "opens_at": at, "due_at": at}


async def plan_daily(
    session: AsyncSession, kind: Kind, hour_of: Hour, now: datetime, zone: ZoneInfo
) -> None:
    """Make sure that each district has one ahead."""
    planned = select(Obligation.unit_id).where(
        Obligation.kind == kind, Obligation.outcome.is_(None)
    )
    lacking = await session.scalars(
        select(Unit).where(Unit.level == Level.DISTRICT, Unit.id.not_in(planned))
    )
    await oblige(session, [next_of(kind, top, hour_of, now, zone) for top in lacking])
