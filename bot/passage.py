"""The narrow door to a platform: as few messages on their way as its distance makes necessary.

A message is on its way from its call until its record is committed. A process that is killed in
between cannot know whether it arrived and sends it again, so whatever is on its way may come
twice. One at a time is fast enough for a platform that answers within a few hundredths of a
second; for one that is far away the door widens until the pace can be kept.

Pure: no clock, no sleeping, no platform. Moments are monotonic seconds.
"""

from __future__ import annotations

import math
from collections import deque

OVERTAKE_S = 1.0
LOOK_BACK = 256
ENOUGH = 64
RESERVE = 1.25


class Passage:
    """`most` is the widest the door gets; `per_second` is the pace that it should allow."""

    def __init__(self, per_second: float, most: int) -> None:
        self._per_second = per_second
        self._most = most
        self._since: dict[int, float] = {}  # key -> when it went in
        self._answered: set[int] = set()  # the platform has it, the record not yet
        self._took: deque[float] = deque(maxlen=LOOK_BACK)

    @property
    def width(self) -> int:
        """How many may be on their way at once.

        The quickest of the last few tells the distance: a busy machine makes some of them slow,
        a far platform all.
        """
        if len(self._took) < ENOUGH:
            return 1
        needed = min(self._took) * min(self._per_second, 1000.0) * RESERVE
        return max(1, min(self._most, math.ceil(needed)))

    def is_open(self, now: float) -> bool:
        """May one more go in? A call that hangs is overtaken, a record that waits is not."""
        walking = sum(
            1
            for key, since in self._since.items()
            if now - since < OVERTAKE_S or key in self._answered
        )
        return walking < self.width

    def enter(self, key: int, now: float) -> None:
        self._since[key] = now

    def answered(self, key: int) -> None:
        """The platform has answered: what is missing is our own record."""
        self._answered.add(key)

    def leave(self, key: int, now: float) -> None:
        """It is recorded, or was never sent; a key that is not inside is no error.

        Only what was answered tells the distance: a connection that is refused is quick.
        """
        since = self._since.pop(key, None)
        if since is not None and key in self._answered:
            self._took.append(now - since)
        self._answered.discard(key)
