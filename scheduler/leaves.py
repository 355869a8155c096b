"""A leave that was promised begins, or one is over: what she hands over goes and comes back by
itself."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from models.handover import end, start
from models.leave import Leave
from models.obligations import Obligation, fulfil
from models.outbox import enqueue


async def run(session: AsyncSession, item: Obligation, now: datetime, _zone: ZoneInfo) -> None:
    """One of RECURRING, though it comes once: it does something instead of telling somebody."""
    leave = await session.get(Leave, item.facts["leave"], with_for_update=True)
    await fulfil(session, item, None, now)
    if leave is None or leave.ended_at is not None:
        return
    if item.due_at < leave.until_at:
        # After an outage longer than the leave nothing has to move: the end follows at once.
        letters = await start(session, leave, now) if leave.stands(now) else []
    else:
        letters = await end(session, leave, now)
    await enqueue(session, letters, now)
