"""Writes the letters of a notice to many, a portion at a time; others take their turns between.

Broken off anywhere, it goes on behind the last account that was written to.
"""

from __future__ import annotations

import asyncio

from handlers.broadcasts import views
from models.broadcasts import Broadcast, spread
from models.clock import Clock
from models.jobs import Claimed, end, keep
from models.messages import Outbound, Text
from models.outbox import Letter, Priority, enqueue
from models.session import Database


class BroadcastWork:
    """Jobs of the kind BROADCAST."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def do(self, job: Claimed) -> None:
        last: int | None = int(job.task.get("after", 0))
        while last is not None:
            last = await self._portion(job, last)
            await asyncio.sleep(0)

    async def _portion(self, job: Claimed, after: int) -> int | None:
        """The next letters; None when there are no more, or when somebody has stopped it."""
        now = self._clock.now()
        async with self._db.write() as session:
            notice = await session.get(Broadcast, int(job.task["notice"]), with_for_update=True)
            last = None
            if notice is not None and notice.stopped_at is None:
                last = await spread(session, notice, after, now, views.letter)
                if last is None:
                    notice.finished_at = now
            if last is None:
                await end(session, job)
            else:
                await keep(session, job, now, {**job.task, "after": last})
        return last

    async def give_up(self, job: Claimed, why: Text) -> None:
        key = f"cast:{job.task.get('notice', 0)}:lost"
        letter = Letter(key, job.account_id, Outbound((why,)), Priority.NOTICE)
        async with self._db.write() as session:
            await end(session, job, well=False)
            await enqueue(session, [letter], self._clock.now())
