"""How many rows go into one transaction: as many as somebody else may have to wait behind."""

from __future__ import annotations

FEWEST, MOST = 50, 1000
AIM_S = 0.03  # a reply to somebody else takes two turns in the queue


class Pace:
    """Learns from each transaction how long a row takes on this machine now."""

    def __init__(self) -> None:
        self._rows = float(FEWEST)

    def size(self) -> int:
        return int(self._rows)

    def note(self, rows: int, seconds: float) -> None:
        """A transaction of so many rows was held for so long."""
        wanted = rows * AIM_S / max(seconds, 0.001)
        self._rows = min(max((self._rows + wanted) / 2, FEWEST), MOST)
