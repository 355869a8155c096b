"""Fetches what people said and keeps it: poll, commit to the inbox, only then move on.

The position is committed with the events, and the next poll confirms them; a crash in between
brings them again, and the inbox knows them already. Knows no platform and no feature.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import BadToken, Batch, ChannelError, PollingChannel, Received, Rivalled
from bot.courier import jittered
from bot.silence import Silence
from models.clock import Clock
from models.inbox import Cursor, receive
from models.session import Database, is_outage

BACKOFF_CAP_S = 30.0
DATABASE_CAP_S = 5.0
LOOK_S = 1.0
# Who did not say anything to us does not wait for an answer.
NOT_SAID = ("blocked", "unblocked", "joined", "left", "moved", "disclosure")

log = structlog.get_logger()


class Intake:
    """One polling channel. `on_new` hears the chats that have something waiting, `silence` those
    whose words cannot be kept yet: without a database we go on listening.

    When we are not sure to lead, somebody else may have begun to fetch; then we leave it to them.
    """

    def __init__(
        self,
        db: Database,
        channel: PollingChannel,
        clock: Clock,
        on_new: Callable[[Sequence[str]], None],
        silence: Silence,
        leads: Callable[[], bool],
    ) -> None:
        self._db = db
        self._channel = channel
        self._clock = clock
        self._on_new = on_new
        self._silence = silence
        self._leads = leads
        self._rivalled = False
        self._position: int | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Fetch until `stop`; failures heal by themselves, except BadToken, which is raised."""
        stopped = asyncio.create_task(stop.wait())
        streak = 0
        try:
            while not stop.is_set():
                if self._rivalled and not self._leads():
                    await asyncio.wait({stopped}, timeout=LOOK_S)
                    continue
                cap = await self._try_fetch(stopped, streak)
                streak = streak + 1 if cap else 0
                if streak:
                    await asyncio.wait({stopped}, timeout=jittered(streak, cap))
        finally:
            stopped.cancel()

    async def fetch(self, stopped: asyncio.Task[bool] | None = None) -> int:
        """One poll, kept and announced; returns the number of events."""
        position = await self._load_position()
        batch = await self._poll(position, stopped)
        for item in batch.received:
            if item.event.kind not in NOT_SAID:
                self._silence.begin(item.event.chat, item.event.lang)
        kept = await self._keep(batch, position)
        self._silence.end(item.event.chat for item in batch.received)
        if chats := list(dict.fromkeys(item.event.chat for item in kept)):
            self._on_new(chats)
        self._channel.acknowledge([item.receipt for item in kept if item.receipt])
        return len(kept)

    async def _poll(self, position: int, stopped: asyncio.Task[bool] | None) -> Batch:
        """Poll until something comes or we are stopped: what it would have brought is not lost."""
        polling = asyncio.create_task(self._channel.poll(position))
        try:
            await asyncio.wait(
                {polling, stopped} if stopped else {polling},
                return_when=asyncio.FIRST_COMPLETED,
            )
            return polling.result() if polling.done() else Batch((), position)
        finally:
            polling.cancel()
            await asyncio.gather(polling, return_exceptions=True)

    async def _try_fetch(self, stopped: asyncio.Task[bool], streak: int) -> float:
        """Fetch; when that failed in a way that will pass, the longest to wait before the next."""
        try:
            await self.fetch(stopped)
        except BadToken:
            raise
        except ChannelError as error:
            self._rivalled = isinstance(error, Rivalled)
            if self._rivalled and not self._leads():
                self._silence.end_all()
            if not streak:
                log.warning("poll.failed", channel=self._channel.name, reason=error.reason)
            return BACKOFF_CAP_S
        except Exception as error:
            if not is_outage(error):
                log.exception("poll.bug", channel=self._channel.name)
                return BACKOFF_CAP_S
            if not streak:
                log.warning("database.away", error=type(error).__name__)
            return DATABASE_CAP_S
        if streak:
            log.info("poll.recovered", channel=self._channel.name, failures=streak)
        return 0.0

    async def _load_position(self) -> int:
        if self._position is None:
            async with self._db.read() as session:
                cursor = await session.get(Cursor, self._channel.name)
                self._position = cursor.position if cursor is not None else 0
        return self._position

    async def _keep(self, batch: Batch, position: int) -> Sequence[Received]:
        """Commit events and position together; an event that cannot be stored is left out."""
        if not batch.received and batch.position == position:
            return ()
        try:
            await self._commit(batch.received, batch.position)
            kept: Sequence[Received] = batch.received
        except Exception as error:
            if is_outage(error):
                raise
            kept = [item for item in batch.received if await self._can_keep(item, position)]
            await self._commit((), batch.position)
        self._position = batch.position
        return kept

    async def _can_keep(self, item: Received, position: int) -> bool:
        try:
            await self._commit([item], position)
        except Exception as error:
            if is_outage(error):
                raise
            log.exception("update.lost", update=item.event.update_id)
            return False
        return True

    async def _commit(self, received: Sequence[Received], position: int) -> None:
        async with self._db.write() as session:
            await receive(session, [item.event for item in received], self._clock.now())
            await _move(session, self._channel.name, position)


async def _move(session: AsyncSession, channel: str, position: int) -> None:
    await session.merge(Cursor(channel=channel, position=position))
