"""How many rows are written at a time: as many as somebody else may have to wait behind.

A transaction ends after a portion that somebody waits for, and takes up to MOST rows otherwise:
each page of an index is then written once for more of them.
"""

from __future__ import annotations

from typing import NamedTuple


class Bounds(NamedTuple):
    """How long a portion may take, in seconds, and how few rows are never worth one: half of what
    they take would be spent on the statements, and on committing them."""

    aim_s: float
    fewest: int


AMONG_OTHERS = Bounds(0.018, 100)  # a reply to somebody else takes two turns in the queue
ALONE = Bounds(0.024, 150)  # whoever comes then waits once for so long, and for the commit
LATELY_S = 2.0  # of transactions that nobody has waited for
MOST = 1000
GROWTH = 1.1


class Pace:
    """Learns from each transaction how long a row takes on this machine now: at once that it takes
    longer, little by little that it takes less, since a busy machine is quiet for moments."""

    def __init__(self) -> None:
        self._rows = float(ALONE.fewest)
        self._alone_s = LATELY_S  # since somebody waited

    @property
    def alone(self) -> bool:
        """Has nobody waited lately?"""
        return self._alone_s >= LATELY_S

    def size(self) -> int:
        return int(self._rows)

    def note(self, rows: int, seconds: float, *, others: bool) -> None:
        """A transaction of so many rows was held for so long; did somebody wait for its end?"""
        self._alone_s = 0.0 if others else self._alone_s + seconds
        aim_s, fewest = ALONE if self.alone else AMONG_OTHERS
        wanted = rows * aim_s / max(seconds, 0.001)
        self._rows = min(max(min(wanted, self._rows * GROWTH), fewest), MOST)
