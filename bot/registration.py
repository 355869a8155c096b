"""Tells the platform where to deliver, and looks from time to time whether it does.

Only the process that leads does so; every process may receive. Knows no platform.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import structlog

from bot.channels.base import BadToken, ChannelError, PushingChannel
from bot.courier import jittered
from bot.metrics import Metrics
from models.clock import Clock

EVERY_S = 60.0
BACKOFF_CAP_S = 30.0
FRESH = timedelta(seconds=90)  # an older failure has been looked at before

log = structlog.get_logger()


class Registration:
    """One channel's deliveries to `url`. `good` when the platform says that they arrive."""

    def __init__(
        self, channel: PushingChannel, url: str, secret: str, clock: Clock, metrics: Metrics
    ) -> None:
        self.good = False
        self._channel = channel
        self._url = url
        self._secret = secret
        self._clock = clock
        self._metrics = metrics
        self._registered_at: datetime | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`; failures heal by themselves, except BadToken, which is raised."""
        stopped = asyncio.create_task(stop.wait())
        streak = 0
        try:
            while not stop.is_set():
                streak = 0 if await self._try(streak) else streak + 1
                rest = jittered(streak, BACKOFF_CAP_S) if streak else EVERY_S
                await asyncio.wait({stopped}, timeout=rest)
        finally:
            stopped.cancel()
            self._registered_at, self.good = None, False

    async def _try(self, streak: int) -> bool:
        try:
            await self._look()
        except BadToken:
            raise
        except ChannelError as error:
            self.good = False
            if not streak:
                log.warning("webhook.failed", channel=self._channel.name, reason=error.reason)
            return False
        return True

    async def _look(self) -> None:
        """Register at first, and again when somebody has turned the deliveries elsewhere."""
        if self._registered_at is None:
            await self._register()
        found = await self._channel.pushing()
        if found.url != self._url:
            log.warning("webhook.lost", channel=self._channel.name)
            await self._register()
        self._metrics.undelivered.labels(self._channel.name).set(found.waiting)
        self.good = not self._failed_lately(found.failed_at)
        if not self.good:
            log.warning(
                "webhook.unreachable",
                channel=self._channel.name,
                waiting=found.waiting,
                reason=found.reason,
            )

    async def _register(self) -> None:
        # The secret cannot be asked for: who begins to lead sets it, whatever the address is.
        await self._channel.push_to(self._url, self._secret)
        self._registered_at = self._clock.now().replace(microsecond=0)  # the platform's grain

    def _failed_lately(self, at: datetime | None) -> bool:
        """What failed before we came is over: nobody was there, or somebody else."""
        if at is None or self._registered_at is None:
            return False
        return at >= self._registered_at and self._clock.now() - at < FRESH
