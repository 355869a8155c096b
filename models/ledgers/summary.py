"""How many rows of a ledger fall on each day and on each unit below: counted while they pass, so
that nobody has to hold them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.ledgers.declaration import Entry, Scope
from models.reports.periods import Period
from models.units import Unit

_DAY = timedelta(days=1)


class Summary:
    """Days go from cut-off to cut-off, as those of the daily sheet. `before` are rows that began
    before the first of them; `own` are those of the unit itself and not of one below."""

    def __init__(self, period: Period, unit: Unit, below: Sequence[tuple[int, str, str]]) -> None:
        """`below`: id, name and path of every unit below."""
        self._period = period
        self._since = period.since_at.astimezone(period.zone)
        depth = unit.path.count("/") + 1
        self._names = {path: name for _, name, path in below if path.count("/") == depth}
        self._head = {unit_id: _first(path, depth) for unit_id, _, path in below}
        self._counts = Counter[str]()
        self.days: dict[date, int] = dict.fromkeys(self._all_days(), 0)
        self.before = self.own = self.rows = 0

    def _all_days(self) -> Iterator[date]:
        day, last = self._since.date() + _DAY, self.day(self._period.until_at)
        while day <= last:
            yield day
            day += _DAY

    def day(self, at: datetime) -> date:
        """The day that an instant belongs to."""
        local = at.astimezone(self._period.zone)
        return local.date() if local.time() <= self._since.time() else local.date() + _DAY

    def add(self, entries: Sequence[Entry]) -> None:
        """Count these as well."""
        for entry in entries:
            self.rows += 1
            if entry.at <= self._period.since_at:
                self.before += 1
            else:
                self.days[self.day(entry.at)] += 1
            if entry.unit_id in self._head:
                self._counts[self._head[entry.unit_id]] += 1
            else:
                self.own += 1

    @property
    def units(self) -> list[tuple[str, int]]:
        """The units directly below by name, in the order of the tree."""
        return [(name, self._counts[path]) for path, name in self._names.items()]


def _first(path: str, depth: int) -> str:
    """The beginning of a path, so many slashes long."""
    return "/".join(path.split("/")[:depth]) + "/"


async def summary_of(session: AsyncSession, scope: Scope) -> Summary:
    """An empty one for a scope."""
    found = await session.execute(
        select(Unit.id, Unit.name, Unit.path)
        .where(Unit.path.startswith(scope.unit.path), Unit.id != scope.unit.id)
        .order_by(Unit.path)
    )
    return Summary(scope.period, scope.unit, [(one, name, path) for one, name, path in found])
