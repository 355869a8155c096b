"""Numbers for whoever watches the program, in the format of Prometheus. No personal data.

What happens is counted where it happens; what stands (a queue, a lag) is looked up when asked.
The names are listed in README.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from models.obligations import next_due_at
from models.outbox import Priority
from models.sending import backlog
from models.session import Database

CONTENT_TYPE = CONTENT_TYPE_LATEST
# When each counter was made: as many lines again, for nobody.
disable_created_metrics()  # type: ignore[no-untyped-call]
_WAITS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the database says now: messages waiting and the age of the oldest (seconds) by
    priority, and by how much the sweep is behind (seconds)."""

    waiting: dict[Priority, int]
    oldest: dict[Priority, float]
    lag: float


async def look(db: Database, now: datetime) -> Standing:
    """Three cheap queries, none of which grows with history."""
    async with db.read() as session:
        found = await backlog(session)
        due = await next_due_at(session)
    return Standing(
        {priority: found[priority].waiting if priority in found else 0 for priority in Priority},
        {
            priority: _age(found[priority].since_at if priority in found else None, now)
            for priority in Priority
        },
        _age(due, now),
    )


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since is not None else 0.0


class Metrics:
    """One process's numbers, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self.updates = Counter(
            "gridbot_updates_received",
            "Events fetched or delivered",
            ["channel"],
            registry=registry,
        )
        self.deliveries = Counter(
            "gridbot_webhook_deliveries",
            "What the platform delivered to us, by what became of it",
            ["channel", "result"],
            registry=registry,
        )
        self.undelivered = Gauge(
            "gridbot_webhook_waiting",
            "Events that the platform has not delivered yet, as it said last",
            ["channel"],
            registry=registry,
        )
        self.turns = Counter(
            "gridbot_turns", "Events taken, with their answers committed", registry=registry
        )
        self.wait = Histogram(
            "gridbot_turn_wait_seconds",
            "From the moment that a chat had something waiting until its turns were committed",
            buckets=_WAITS,
            registry=registry,
        )
        self.sends = Counter(
            "gridbot_sends",
            "Calls that send or edit a message, by how they ended",
            ["channel", "result"],
            registry=registry,
        )
        self.told_to_wait = Counter(
            "gridbot_send_pause_seconds",
            "Seconds that the platform told us to wait (429)",
            ["channel"],
            registry=registry,
        )
        self.ticks = Counter("gridbot_sweep_ticks", "Sweeps that ended well", registry=registry)
        self.swept = Counter(
            "gridbot_sweep_obligations", "Obligations that sweeps looked at", registry=registry
        )
        self.lines = Counter(
            "gridbot_log_lines",
            "Lines logged as warning or worse; turn_failed is a turn that broke",
            ["level", "event"],
            registry=registry,
        )

    def count_line(self, level: str, event: str) -> None:
        """A watcher of the log."""
        self.lines.labels(level, event).inc()


class _Now(Collector):
    """What stands at this moment; nothing about the database while it is away."""

    def __init__(self, db: Database, leading: bool, standing: Standing | None) -> None:
        self._db = db
        self._leading = leading
        self._standing = standing

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily(
            "gridbot_leading", "1 in the process that polls, sweeps and sends", self._leading
        )
        yield CounterMetricFamily(
            "gridbot_database_failures",
            "Transactions that the database was away, locked or full for",
            self._db.failures,
        )
        yield GaugeMetricFamily(
            "gridbot_database_writable", "0 while writing fails", not self._db.doubtful
        )
        if self._standing is not None:
            yield from _standing(self._standing)


def _standing(found: Standing) -> Iterable[Metric]:
    waiting = GaugeMetricFamily(
        "gridbot_outbox_waiting", "Messages that wait to be sent", labels=["priority"]
    )
    oldest = GaugeMetricFamily(
        "gridbot_outbox_oldest_seconds", "Age of the oldest that waits", labels=["priority"]
    )
    for priority in Priority:
        waiting.add_metric([priority.name.lower()], found.waiting[priority])
        oldest.add_metric([priority.name.lower()], found.oldest[priority])
    lag = GaugeMetricFamily(
        "gridbot_sweep_lag_seconds", "For how long the earliest that is due has waited", found.lag
    )
    return waiting, oldest, lag


def render(metrics: Metrics, db: Database, leading: bool, standing: Standing | None) -> bytes:
    """The page that is scraped; `standing` is None while the database is away."""
    now = CollectorRegistry()
    now.register(_Now(db, leading, standing))
    return generate_latest(metrics.registry) + generate_latest(now)
