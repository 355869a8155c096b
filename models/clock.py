"""The only place that asks what time it is.

Everything else is handed a `now`, so tests and the demo can travel in time.
Instants are aware UTC; calendar days are local to the deployment's time zone.
"""

from __future__ import annotations

import time as _time
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

DEFAULT_ZONE = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    def now(self) -> datetime:
        """The current instant, aware UTC."""
        ...


class SystemClock:
    """Wall-clock time."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class ShiftedClock:
    """Wall-clock time plus an offset that the demo can move forward."""

    def __init__(self, start: datetime | None = None) -> None:
        self._offset = timedelta() if start is None else start - datetime.now(UTC)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._offset

    def move_to(self, instant: datetime) -> None:
        """Make it `instant` now; a clock never runs backwards."""
        self._offset += max(instant - self.now(), timedelta())


class StoppedClock:
    """Time that passes only when told to: tests and `gridbot tick --at`."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at

    def move_to(self, instant: datetime) -> None:
        self._at = max(instant, self._at)


def monotonic() -> float:
    """Seconds for pacing and leases; never goes back."""
    return _time.monotonic()


def local_day(instant: datetime, zone: ZoneInfo) -> date:
    """The calendar day on which `instant` falls."""
    return instant.astimezone(zone).date()


def at_local(day: date, clock_time: time, zone: ZoneInfo) -> datetime:
    """The instant (UTC) of a local day and time."""
    return datetime.combine(day, clock_time, zone).astimezone(UTC)
