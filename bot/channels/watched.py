"""A channel that is counted: what every call came to, and when the platform last answered a poll.

Changes nothing about the channel behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.channels.base import Batch, Channel, ChannelError, PollingChannel, Rendered, Sent, TryLater
from bot.metrics import Metrics
from bot.pacing import Limits


class WatchedChannel:
    """Counts each call of `send` by how it ended, and the seconds that we are told to wait."""

    def __init__(self, channel: Channel, metrics: Metrics) -> None:
        self._channel = channel
        self._metrics = metrics

    @property
    def name(self) -> str:
        return self._channel.name

    @property
    def limits(self) -> Limits:
        return self._channel.limits

    def is_group(self, chat: str) -> bool:
        return self._channel.is_group(chat)

    def parts(self, message: Rendered) -> Sequence[Rendered]:
        return self._channel.parts(message)

    async def send(self, chat: str, part: Rendered) -> Sent:
        try:
            sent = await self._channel.send(chat, part)
        except ChannelError as error:
            self._count(type(error).__name__.lower())
            if isinstance(error, TryLater):
                self._metrics.told_to_wait.labels(self.name).inc(error.seconds)
            raise
        self._count("sent")
        return sent

    def _count(self, result: str) -> None:
        self._metrics.sends.labels(self.name, result).inc()

    async def strip(self, chat: str, message_id: str) -> None:
        await self._channel.strip(chat, message_id)


class WatchedSource:
    """Counts what arrives, and knows how long the platform has been silent."""

    def __init__(
        self, channel: PollingChannel, metrics: Metrics, monotonic: Callable[[], float]
    ) -> None:
        self._channel = channel
        self._metrics = metrics
        self._monotonic = monotonic
        self._answered = monotonic()

    @property
    def name(self) -> str:
        return self._channel.name

    @property
    def silence(self) -> float:
        """Seconds since a poll was answered, be it by nothing."""
        return self._monotonic() - self._answered

    async def poll(self, position: int) -> Batch:
        batch = await self._channel.poll(position)
        self._answered = self._monotonic()
        self._metrics.updates.labels(self.name).inc(len(batch.received))
        return batch

    def acknowledge(self, receipts: Sequence[str]) -> None:
        self._channel.acknowledge(receipts)
