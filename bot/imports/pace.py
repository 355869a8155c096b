"""How many rows go into one transaction: as many as somebody else may have to wait behind."""

from __future__ import annotations

FEWEST, MOST = 50, 300
GROWTH = 1.1
AIM_S = 0.018  # a reply to somebody else takes two turns in the queue


class Pace:
    """Learns from each transaction how long a row takes on this machine now: at once that it takes
    longer, little by little that it takes less, since a busy machine is quiet for moments."""

    def __init__(self) -> None:
        self._rows = float(FEWEST)

    def size(self) -> int:
        return int(self._rows)

    def note(self, rows: int, seconds: float) -> None:
        """A transaction of so many rows was held for so long."""
        wanted = rows * AIM_S / max(seconds, 0.001)
        self._rows = min(max(min(wanted, self._rows * GROWTH), FEWEST), MOST)
