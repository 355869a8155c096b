"""How fast a bot may speak: Telegram's flood limits as sliding windows and a bucket a chat.

Counts messages and edits; knows neither what they say nor what time it is.
"""

from __future__ import annotations

import math
from collections import defaultdict, deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Messages that pass; a private chat may be `chat_burst` ahead of `chat_per_s`."""

    overall_per_s: int = 30
    chat_per_s: float = 1.0
    chat_burst: int = 3
    group_per_min: int = 20


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class Meter:
    """Counts what passes and says how long to wait for what does not."""

    def __init__(self, limits: Limits | None) -> None:
        self._limits = limits
        self._overall: deque[float] = deque()
        self._groups: defaultdict[int, deque[float]] = defaultdict(deque)
        self._chats: dict[int, _Bucket] = {}

    def take(self, chat_id: int, now: float) -> int:
        """Seconds until the message may be tried again; 0 lets it pass and counts it."""
        if self._limits is None:
            return 0
        waits = [_window_wait(self._overall, self._limits.overall_per_s, 1.0, now)]
        if chat_id < 0:
            waits.append(_window_wait(self._groups[chat_id], self._limits.group_per_min, 60.0, now))
        else:
            waits.append(self._bucket_wait(self._bucket(chat_id, now), self._limits.chat_per_s))
        if wait := math.ceil(max(waits)):
            return wait
        self._count(chat_id, now)
        return 0

    def _bucket(self, chat_id: int, now: float) -> _Bucket:
        assert self._limits is not None
        full = float(self._limits.chat_burst)
        bucket = self._chats.setdefault(chat_id, _Bucket(full, now))
        bucket.tokens = min(full, bucket.tokens + (now - bucket.at) * self._limits.chat_per_s)
        bucket.at = now
        return bucket

    @staticmethod
    def _bucket_wait(bucket: _Bucket, per_s: float) -> float:
        # A hair of tolerance: whole seconds of refill must make a whole token.
        missing = 1.0 - bucket.tokens
        return missing / per_s if missing > 1e-9 else 0.0

    def _count(self, chat_id: int, now: float) -> None:
        self._overall.append(now)
        if chat_id < 0:
            self._groups[chat_id].append(now)
        else:
            self._chats[chat_id].tokens -= 1.0


def _window_wait(window: deque[float], allowed: int, length_s: float, now: float) -> float:
    while window and window[0] <= now - length_s:
        window.popleft()
    return window[0] + length_s - now if len(window) >= allowed else 0.0
