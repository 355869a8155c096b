"""A leave is over: what she handed over comes back by itself."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from models.handover import end
from models.leave import Leave
from models.obligations import Obligation, fulfil
from models.outbox import enqueue


async def run(session: AsyncSession, item: Obligation, now: datetime, _zone: ZoneInfo) -> None:
    """One of RECURRING, though it comes once: it does something instead of telling somebody."""
    leave = await session.get(Leave, item.facts["leave"], with_for_update=True)
    await fulfil(session, item, None, now)
    if leave is not None and leave.ended_at is None:
        await enqueue(session, await end(session, leave, now), now)
