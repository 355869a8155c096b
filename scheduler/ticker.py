"""APScheduler's only task here: call `tick` again and again. It holds no state of ours."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from models.clock import monotonic

EVERY_S = 2
GAP_S = 0.25  # from a tick to one that is poked

log = structlog.get_logger()


class Ticker:
    """Ticks every few seconds, and at once when poked; never twice at a time."""

    def __init__(self, tick: Callable[[], Awaitable[None]]) -> None:
        self._tick = tick
        self._lock = asyncio.Lock()
        self._poked: set[asyncio.Task[None]] = set()
        self._waiting = False  # a poked tick that has not begun to look
        self._scheduler: AsyncIOScheduler | None = None
        self._ticked = monotonic()

    def start(self) -> None:
        """Begin to tick, now: something may have become due while nobody did."""
        self._scheduler = AsyncIOScheduler()
        self._scheduler.add_job(
            self._beat,
            IntervalTrigger(seconds=EVERY_S),
            misfire_grace_time=None,
            coalesce=True,
            max_instances=1,
        )
        self._scheduler.start()
        self.poke()

    def poke(self) -> None:
        """Something has become due: tick now, or a moment after the last tick.

        One waiting tick serves all who poke meanwhile: when hundreds write at once, looking what
        is due after each batch of turns would take a tenth of the turns' time.
        """
        if not self._waiting:
            self._waiting = True
            task = asyncio.create_task(self._run_soon())
            self._poked.add(task)
            task.add_done_callback(self._end)

    def watch(self) -> None:
        """Tick if nobody has for a while: the timer waits when the machine's clock is set back."""
        if monotonic() - self._ticked > 3 * EVERY_S:
            self.poke()

    async def _beat(self) -> None:
        """The timer only pokes: it would break off a tick under way when it is shut down."""
        self.poke()

    def _end(self, task: asyncio.Task[None]) -> None:
        self._poked.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("tick.failed", exc_info=error)

    async def _run_soon(self) -> None:
        await asyncio.sleep(max(0.0, GAP_S - (monotonic() - self._ticked)))
        await self._run()

    async def _run(self) -> None:
        async with self._lock:
            self._waiting = False
            await self._tick()
            self._ticked = monotonic()

    async def stop(self) -> None:
        """Stop ticking; a tick under way is finished."""
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
            self._scheduler = None
        await asyncio.gather(*self._poked, return_exceptions=True)
