"""Claims what waits in the outbox, has it carried, and records how each message ended.

One dispatcher serves a bot: the platform's limits are counted here. Knows no platform.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import structlog
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Channel, ChannelError, Refused, Sent, TryLater, Unknown, Unreachable
from bot.courier import Blocked, Courier, Keep, Result, Withdrawn, jittered
from bot.rendering import Say, enclosed
from models.accounts import Account
from models.clock import Clock
from models.files import load_files
from models.messages import Outbound
from models.outbox import Delivery, Priority
from models.sending import (
    Claimed,
    claim,
    has_due,
    message_id_of,
    record_end,
    record_part,
    record_retry,
    record_sent,
    release,
)
from models.session import Database, is_outage

LEASE = timedelta(seconds=10)  # longer than a leader believes that it leads
IDLE_S = 0.5
MOST_UNKNOWN = 8
RETRY_CAP_S = 60.0
DATABASE_CAP_S = 5.0
REST_S = 0.05
MOST_CHORES = 200
WORTH_A_CLAIM = 4  # a claim costs about as much as four sends
LAST_WISHES_S = 10.0
OUTAGES_TO_GIVE_UP = 3

OnUnreachable: TypeAlias = Callable[[AsyncSession, int, datetime], Awaitable[None]]

log = structlog.get_logger()


@dataclass(slots=True)
class _Lane:
    """One channel's courier and what is going on with it; `chores` can be dropped, `tasks` not."""

    name: str
    courier: Courier
    claiming: asyncio.Lock = field(default_factory=asyncio.Lock)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    chores: set[asyncio.Task[None]] = field(default_factory=set)


def _always() -> bool:
    return True


class Dispatcher:
    """The only way out. `run` serves until it is told to stop; `drain` sends what waits now.

    While `leads` says no, nothing leaves that another dispatcher might be sending.
    """

    def __init__(
        self,
        db: Database,
        channels: Mapping[str, Channel],
        clock: Clock,
        say: Say,
        monotonic: Callable[[], float],
        on_unreachable: OnUnreachable,
        leads: Callable[[], bool] = _always,
    ) -> None:
        self._db = db
        self._clock = clock
        self._on_unreachable = on_unreachable
        self._leads = leads
        self._lanes = [
            _Lane(name, Courier(channel, say, monotonic, leads))
            for name, channel in channels.items()
        ]
        self._running = False
        self._crash: BaseException | None = None

    def poke(self) -> None:
        """Look into the outbox now: something has been committed."""
        for lane in self._lanes:
            lane.wake.set()

    async def interject(
        self, chat: str, lang: str, message: Outbound, wanted: Callable[[], bool]
    ) -> None:
        """The one way past the outbox: a word to a person while there is no database to put it
        into. Sent once at most, if it is still `wanted` when the pace allows it; not recorded."""
        for lane in self._lanes:
            if chat.startswith(f"{lane.name}:"):
                await lane.courier.interject(chat, lang, message, wanted)

    async def run(self, stop: asyncio.Event) -> None:
        """Serve every channel until `stop`; what is on its way then is finished and recorded."""
        self._running = True
        try:
            async with asyncio.TaskGroup() as services:
                for lane in self._lanes:
                    # Here, not in the task: told to stop at once, it would begin afterwards.
                    lane.courier.stopping = False
                    services.create_task(self._serve(lane))
                await stop.wait()
                for lane in self._lanes:
                    lane.courier.stopping = True
                self.poke()
        finally:
            self._running = False

    async def drain(self) -> None:
        """Send all that may be sent now and return. Raises what a record raised.

        What waits for a retry stays; a channel that is away is given up after a few attempts.
        """
        await asyncio.gather(*(self._empty(lane) for lane in self._lanes))
        crash, self._crash = self._crash, None
        if crash is not None:
            raise crash

    async def record(self, row: Claimed, result: Result) -> None:
        """Write down how a row ended, in one transaction.

        A process killed before this repeats the message; tests override it to be killed there.
        """
        now = self._clock.now()
        async with self._db.write() as session:
            match result:
                case Sent(message_id):
                    await record_sent(session, [(row.id, message_id)], now)
                case Withdrawn():
                    await release(session, row.id)
                case Blocked():
                    await record_end(session, row.id, Delivery.SKIPPED, "blocked")
                case Unreachable():
                    await self._lose(session, row, now)
                case Unknown():
                    await _record_unknown(session, row, now)
                case Refused():
                    await record_end(session, row.id, Delivery.FAILED, result.reason)
                case ChannelError():
                    await record_retry(session, row.id, _retry_at(row, result, now), result.reason)

    async def _record_part(self, row: Claimed, parts: int, message_id: str) -> None:
        async with self._db.write() as session:
            lease = self._clock.now() + LEASE
            await record_part(session, row.id, parts, message_id or None, lease)

    async def _lose(self, session: AsyncSession, row: Claimed, now: datetime) -> None:
        """Nobody is there any more: somebody has to know, and later rows need not try."""
        await record_end(session, row.id, Delivery.FAILED, "unreachable")
        newly = await session.execute(
            update(Account)
            .where(Account.id == row.account_id, Account.blocked_at.is_(None))
            .values(blocked_at=now)
            .returning(Account.id)
            .execution_options(synchronize_session=False)
        )
        if newly.scalar_one_or_none() is not None:
            await self._on_unreachable(session, row.account_id, now)

    # -- the loop ---------------------------------------------------------------------------

    async def _serve(self, lane: _Lane) -> None:
        streak = 0
        while not lane.courier.stopping:
            streak = 0 if await self._start_all(lane, streak) else streak + 1
            nap = jittered(streak, DATABASE_CAP_S) if streak else IDLE_S
            with suppress(TimeoutError):
                async with asyncio.timeout(nap):
                    await lane.wake.wait()
            lane.wake.clear()
        await _finish(lane)

    async def _start_all(self, lane: _Lane, streak: int) -> bool:
        """Start as many as there is room for; False when the database could not be asked."""
        try:
            while await self._start_some(lane):
                pass
        except Exception as error:
            if not is_outage(error):
                log.exception("dispatch.bug", channel=lane.name)
            elif not streak:
                log.warning("database.away", error=type(error).__name__)
            return False
        return True

    async def _empty(self, lane: _Lane) -> None:
        courier = lane.courier
        while courier.outages < OUTAGES_TO_GIVE_UP:
            if await self._start_some(lane):
                continue
            if busy := lane.tasks | lane.chores:
                await asyncio.wait(busy, timeout=IDLE_S, return_when=asyncio.FIRST_COMPLETED)
                continue
            async with self._db.read() as session:
                if not await has_due(session, self._clock.now(), lane.name):
                    return
            await asyncio.sleep(REST_S)
        if not self._running:
            courier.stopping = True
            await _finish(lane)
            courier.stopping, courier.outages = False, 0

    async def _start_some(self, lane: _Lane) -> int:
        """Claim a few rows and send each on its way; returns how many."""
        courier = lane.courier
        async with lane.claiming:
            least = Priority.BROADCAST if courier.room(Priority.BROADCAST) > 0 else Priority.ALERT
            limit = courier.room(least)
            if limit <= 0 or courier.paused() or courier.stopping or not self._leads():
                return 0
            async with self._db.write() as session:
                rows = await claim(
                    session,
                    self._clock.now(),
                    limit,
                    LEASE,
                    channel=lane.name,
                    skip=courier.serving,
                    resting=courier.resting(),
                    least=least,
                )
            for row in rows:
                courier.serving.add(row.account_id)
                self._start(lane, lane.tasks, self._carry(lane, row))
            return len(rows)

    def _start(
        self, lane: _Lane, tasks: set[asyncio.Task[None]], work: Coroutine[Any, Any, None]
    ) -> None:
        task = asyncio.create_task(work)
        tasks.add(task)
        task.add_done_callback(lambda done: self._end(lane, tasks, done))

    def _end(self, lane: _Lane, tasks: set[asyncio.Task[None]], task: asyncio.Task[None]) -> None:
        tasks.discard(task)
        if lane.courier.room(Priority.BROADCAST) >= WORTH_A_CLAIM:
            lane.wake.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            self._crash = error
            log.error("dispatch.crash", channel=lane.name, exc_info=error)

    async def _carry(self, lane: _Lane, row: Claimed) -> None:
        """One row from claim to record; its account is served by nobody else meanwhile."""
        courier = lane.courier

        async def keep(parts: int, message_id: str) -> None:
            try:
                await _surely(courier, row, lambda: self._record_part(row, parts, message_id))
            except Exception as error:
                if not is_outage(error):
                    raise
                raise Withdrawn from error  # told to stop meanwhile: the rest is sent later

        try:
            result = await self._deliver(courier, row, keep)
            await _surely(courier, row, lambda: self.record(row, result))
        finally:
            courier.arrived(row)
            courier.serving.discard(row.account_id)
        worn = row.message.retires or row.message.edits
        if isinstance(result, Sent) and worn and len(lane.chores) < MOST_CHORES:
            self._start(lane, lane.chores, self._retire(courier, row, result))

    async def _deliver(self, courier: Courier, row: Claimed, keep: Keep) -> Result:
        """Send the row with its files; what cannot be looked up now is sent later."""
        keys = enclosed(row.message)
        if not keys:
            return await courier.deliver(row, keep)
        try:
            async with self._db.read() as session:
                files = await load_files(session, keys)
        except Exception as error:
            if not is_outage(error):
                raise
            return Withdrawn()
        return await courier.deliver(row, keep, files)

    async def _retire(self, courier: Courier, row: Claimed, sent: Sent) -> None:
        """Take the buttons off the earlier messages that this one makes obsolete."""
        old = {row.message.edits}
        if row.message.retires:
            async with self._db.read() as session:
                old.add(await message_id_of(session, row.message.retires) or "")
        for message_id in old - {"", sent.message_id}:
            await courier.strip(row.chat, message_id)


async def _surely(courier: Courier, row: Claimed, record: Callable[[], Awaitable[None]]) -> None:
    """Record, however long the database is away: until then the row must not go out again."""
    streak = 0
    while True:
        try:
            await record()
        except Exception as error:
            if not is_outage(error) or courier.stopping:
                raise
            streak += 1
            if streak == 1:
                log.warning("record.waits", row=row.id, error=type(error).__name__)
            await asyncio.sleep(jittered(streak, DATABASE_CAP_S))
        else:
            return


async def _finish(lane: _Lane) -> None:
    """Let what is on its way arrive and be recorded; drop the rest."""
    for chore in lane.chores:
        chore.cancel()
    if lane.tasks:
        _, late = await asyncio.wait(lane.tasks, timeout=LAST_WISHES_S)
        for task in late:
            task.cancel()
    await asyncio.gather(*lane.tasks, *lane.chores, return_exceptions=True)


async def _record_unknown(session: AsyncSession, row: Claimed, now: datetime) -> None:
    """Count it and try again; after many tries we admit that we do not know."""
    at = now + timedelta(seconds=jittered(row.unknown + 1, RETRY_CAP_S))
    await record_retry(session, row.id, at, "unknown", unknown=True)
    if row.unknown + 1 >= MOST_UNKNOWN:
        await record_end(session, row.id, Delivery.FAILED, "unknown")


def _retry_at(row: Claimed, error: ChannelError, now: datetime) -> datetime:
    if isinstance(error, TryLater):
        return now + timedelta(seconds=error.seconds)
    return now + timedelta(seconds=jittered(row.attempts, RETRY_CAP_S))
