"""A batch or a letter that is answered, or was not in time: whoever brought it hears so once.

Each lead has a ladder of its own; this is about the whole, and not by night.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from models.batchcards import notice
from models.batches import Standing, bringers, standings
from models.obligations import Obligation, Outcome, advance, settle
from models.outbox import Letter, Priority, enqueue
from models.sources import Batch, after_night
from scheduler.digests import readers


async def run(session: AsyncSession, item: Obligation, now: datetime, zone: ZoneInfo) -> None:
    """Look at a batch: when its last row was answered, and when it is due."""
    morning = after_night(now, zone)
    if morning != now:
        await advance(session, [(item.id, item.rung, morning)])
        return
    batch = await session.get_one(Batch, item.facts["batch"])
    (standing,) = await standings(session, [batch], now)
    if standing.rows == standing.answered:
        whole = Outcome.DONE if standing.rows else Outcome.CANCELLED
        await settle(session, [item], whole, None, now)
        if standing.is_whole:
            say = "changed" if item.facts.get("taken") else "answered"
            await _tell(session, item, standing, say, now)
        return
    overdue = batch.due_at <= now
    if overdue:
        await _tell(session, item, standing, "overdue", now)
    await advance(session, [(item.id, item.rung, None if overdue else batch.due_at)])


async def _tell(
    session: AsyncSession, item: Obligation, standing: Standing, say: str, now: datetime
) -> None:
    """Whoever brought it; of a list that the operator brought, the staff of its unit. Once for so
    many rows: a finding that is taken back and given again is news to who has the answer only."""
    batch = standing.batch
    told = await bringers(session, batch, now) or await readers(session, batch.unit_id, now)
    message, key = (
        notice(standing, say),
        f"{item.key}:{say}:{standing.rows}:{item.facts.get('taken', 0)}",
    )
    letters = [Letter(f"{key}:a{one}", one, message, Priority.NOTICE) for one in told]
    await enqueue(session, letters, now)
