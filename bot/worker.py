"""Takes turns: whatever waits in the inbox is handed to the features, in batches.

Knows no platform. A chat is served by one task at a time; waiting chats of different people go
into one transaction together.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from zoneinfo import ZoneInfo

import structlog

from bot.courier import jittered
from bot.metrics import Metrics
from bot.silence import Silence
from handlers.conversation import take
from handlers.registry import Registry
from models.clock import Clock, monotonic
from models.inbox import newest_id, waiting_chats
from models.session import Database, is_outage

BATCH = 24
LOOK_S = 2.0
OVERLAP = 1000  # ids that another process may commit after a later one
DATABASE_CAP_S = 5.0

log = structlog.get_logger()


class Worker:
    """`on_turns` hears that turns were committed: there may be something to send or due.
    `silence` hears whose turn has to wait for the database."""

    def __init__(
        self,
        db: Database,
        registry: Registry,
        clock: Clock,
        zone: ZoneInfo,
        on_turns: Callable[[], None],
        metrics: Metrics,
        silence: Silence,
    ) -> None:
        self._db = db
        self._registry = registry
        self._clock = clock
        self._zone = zone
        self._on_turns = on_turns
        self._metrics = metrics
        self._silence = silence
        self._waiting: dict[str, float] = {}  # since when (monotonic), in order of arrival
        self._serving: set[str] = set()
        self._wake = asyncio.Event()
        self._looked_to = 0

    def poke(self, chats: Sequence[str]) -> None:
        """These chats have something waiting."""
        for chat in chats:
            self._waiting.setdefault(chat, monotonic())
        self._wake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop`; then finish the turns under way."""
        lanes = 1 if self._db.embedded else 4
        async with asyncio.TaskGroup() as group:
            group.create_task(self._look(stop))
            for _ in range(lanes):
                group.create_task(self._serve(stop))
            await stop.wait()
            self._wake.set()

    async def drain(self) -> None:
        """Take every turn that waits now, and those of chats found in the inbox."""
        await self._find()
        while self._waiting:
            await self._take(self._pick())

    async def _serve(self, stop: asyncio.Event) -> None:
        streak = 0
        while not stop.is_set():
            chats = self._pick()
            if not chats:
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_S):
                        await self._wake.wait()
                self._wake.clear()
                continue
            for chat in chats:
                self._silence.begin(chat)
            try:
                await self._take(chats)
                self._silence.end(chats)
                streak = 0
            except Exception as error:
                if not is_outage(error):
                    log.error("turns.bug", error=type(error).__name__)
                streak += 1
                if streak == 1:
                    log.warning("turns.wait", error=type(error).__name__)
                # Back to the front of the queue, since when they have been waiting.
                self._waiting = {**chats, **self._waiting, **chats}
                self._wake.set()
                await asyncio.sleep(jittered(streak, DATABASE_CAP_S))

    def _pick(self) -> dict[str, float]:
        chats = [chat for chat in self._waiting if chat not in self._serving][:BATCH]
        return {chat: self._waiting.pop(chat) for chat in chats}

    async def _take(self, chats: Mapping[str, float]) -> None:
        """Turns of these chats until nothing of theirs waits."""
        self._serving.update(chats)
        names, waiting = list(chats), dict(chats)
        try:
            while n := await take(self._db, self._registry, names, self._clock.now(), self._zone):
                self._metrics.turns.inc(n)
                while waiting:
                    self._metrics.wait.observe(monotonic() - waiting.popitem()[1])
                self._on_turns()
        finally:
            self._serving.difference_update(chats)

    async def _look(self, stop: asyncio.Event) -> None:
        """Find what nobody announced: left by a crash, or received by another process."""
        while not stop.is_set():
            try:
                await self._find()
            except Exception as error:
                if not is_outage(error):
                    raise
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await stop.wait()

    async def _find(self) -> None:
        async with self._db.read() as session:
            newest = await newest_id(session)
            chats = await waiting_chats(session, self._looked_to)
        if chats:
            self.poke(chats)
        else:
            self._looked_to = max(0, newest - OVERLAP)
