"""How fast we may speak on a channel: arithmetic over moments that the caller passes in.

Pure: no clock, no sleeping, no platform. Moments are monotonic seconds.
"""

from __future__ import annotations

import math
from bisect import insort
from collections import deque
from dataclasses import dataclass

# A little more than the platform says: what we space here arrives there with jitter, and of a
# call that has not been answered yet we cannot know how much.
WINDOW_S = 1.015
MINUTE_S = 61.0
LEAST_WAIT_S = 0.001
LATE_S = 0.002  # timers wake a little late; so much is caught up with
LOOK_BACK = 256


@dataclass(frozen=True, slots=True)
class Limits:
    """What a platform allows."""

    per_second: float = 30
    chat_gap: float = 1.05
    group_per_minute: float = 20


UNLIMITED = Limits(math.inf, 0.0, math.inf)


class Pace:
    """Remembers what was sent and tells how long the next send has to wait."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._sent: deque[float] = deque()  # when each may have arrived, oldest first
        self._took: deque[float] = deque(maxlen=LOOK_BACK)
        self._last_sent = self._last_bulk = -math.inf
        self._spoken: dict[str, float] = {}  # private chat -> last send, oldest first
        self._groups: dict[str, deque[float]] = {}
        self._paused_until = -math.inf

    def take(
        self, chat: str, now: float, *, urgent: bool, answer: bool = False, group: bool = False
    ) -> float:
        """Take a slot and return 0.0, or return the seconds after which to ask again.

        `answer` is an edit of a tapped message: it counts overall, not against the chat's gap.
        """
        free = answer and not group
        wait = max(
            self.paused(now),
            self._overall_wait(now, urgent),
            0.0 if free else self.rest(chat, now, group=group),
        )
        if wait > 0:
            return max(wait, LEAST_WAIT_S)
        self._count(chat, now, urgent, free, group)
        return 0.0

    def answered(self, chat: str, taken_at: float, now: float) -> None:
        """The call to this chat that took its slot then has its answer.

        By so much as it was slower than the quickest it may have arrived late, and closer to
        those behind it than they were spaced here: it counts from then on.
        """
        self._took.append(now - taken_at)
        late = now - taken_at - min(self._took)
        if late > 0 and taken_at in self._sent:
            self._sent.remove(taken_at)
            insort(self._sent, taken_at + late)
        if self._spoken.get(chat) == taken_at:
            self._spoken[chat] = taken_at + late

    def rest(self, chat: str, now: float, *, group: bool = False) -> float:
        """Seconds until this chat may get another message."""
        if group:
            return _window_wait(
                self._groups.get(chat, deque()), self._limits.group_per_minute, MINUTE_S, now
            )
        last = self._spoken.get(chat, -math.inf)
        return max(0.0, self._limits.chat_gap - (now - last))

    def resting(self, now: float) -> list[str]:
        """The chats that have to wait before they may get another message."""
        self._forget(now)
        full = [chat for chat in self._groups if self.rest(chat, now, group=True) > 0]
        return [*self._spoken, *full]

    def pause(self, now: float, seconds: float) -> None:
        """Send nothing at all for so long; a shorter pause never ends a longer one."""
        self._paused_until = max(self._paused_until, now + seconds)

    def paused(self, now: float) -> float:
        """Seconds until the pause is over."""
        return max(0.0, self._paused_until - now)

    def _overall_wait(self, now: float, urgent: bool) -> float:
        allowed = self._limits.per_second
        # A broadcast goes in step. So does, after a pause, whoever piled up in it.
        in_step = not urgent or now - self._paused_until < WINDOW_S
        last = self._last_sent if urgent else self._last_bulk
        gap = WINDOW_S / allowed - (now - last) if in_step else 0.0
        return max(gap, _window_wait(self._sent, allowed, WINDOW_S, now))

    def _count(self, chat: str, now: float, urgent: bool, free: bool, group: bool) -> None:
        self._sent.append(now)
        self._last_sent = now
        if not urgent:
            planned = self._last_bulk + WINDOW_S / self._limits.per_second
            self._last_bulk = planned if now - planned < LATE_S else now
        if group:
            self._groups.setdefault(chat, deque()).append(now)
        elif not free:
            self._spoken.pop(chat, None)
            self._spoken[chat] = now
        self._forget(now)

    def _forget(self, now: float) -> None:
        """Drop what no limit looks at any more."""
        _drop(self._sent, WINDOW_S, now)
        while self._spoken:
            chat = next(iter(self._spoken))
            if now - self._spoken[chat] < self._limits.chat_gap:
                break
            del self._spoken[chat]
        for chat, sent in list(self._groups.items()):
            _drop(sent, MINUTE_S, now)
            if not sent:
                del self._groups[chat]


def _window_wait(sent: deque[float], allowed: float, window: float, now: float) -> float:
    """Seconds until fewer than `allowed` of these moments lie within the window."""
    if len(sent) < allowed:
        return 0.0
    return max(0.0, window - (now - sent[-int(allowed)]))


def _drop(sent: deque[float], window: float, now: float) -> None:
    while sent and now - sent[0] >= window:
        sent.popleft()


def backoff(streak: int, spread: float, cap: float = 60.0) -> float:
    """Seconds to wait after `streak` failures in a row; `spread` (0-1) keeps crowds apart."""
    return float(min(cap, 2.0 ** min(streak, 10)) * (0.5 + spread / 2))
