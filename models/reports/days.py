"""Figures day by day: what each daily digest of a span has said, with one statement a section.

A sum over days is the sum of those digests by its nature: what was told after a day's cut-off
changes neither.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import CTE, Integer, column, func, select, values
from sqlalchemy.ext.asyncio import AsyncSession

from models.base import Instant
from models.reports.figures import IN_UNIT, Figures, Section, named
from models.reports.periods import Period, within
from models.rules import rules_for
from models.tallies import Tally
from models.units import Unit, ancestor_ids

_NTH = "nth_day"


@dataclass(frozen=True, slots=True)
class Days:
    """The daily figures of a unit and of every unit below it, by its id; a figure that is not
    there is 0."""

    periods: Sequence[Period]
    counted: Sequence[dict[int, dict[str, int]]]

    def on(self, nth: int, unit_id: int) -> Figures:
        return self.counted[nth].get(unit_id, {})

    def total(self, unit_id: int, name: str) -> int:
        """What happened on all days together."""
        return sum(day.get(unit_id, {}).get(name, 0) for day in self.counted)

    def names(self, unit_id: int) -> set[str]:
        """The figures that were not 0 on some day."""
        return {name for day in self.counted for name, n in day.get(unit_id, {}).items() if n}


async def count_days(
    session: AsyncSession, top: Unit, periods: Sequence[Period], sections: Sequence[Section]
) -> Days:
    """The figures of `top` and of every unit below it for each of these days, with what registers
    count. `sections` are such as compare their rows with the ends of a period, and no more."""
    counted: list[dict[int, dict[str, int]]] = [
        defaultdict(lambda: defaultdict(int)) for _ in periods
    ]
    units = await session.execute(select(Unit.id, Unit.path).where(Unit.path.startswith(top.path)))
    paths = {row.id: ancestor_ids(row.path) for row in units}

    def note(nth: int, unit_id: int, figures: Figures) -> None:
        for above in paths[unit_id]:
            if above in paths:
                for name, n in figures.items():
                    counted[nth][above][name] += n

    days, each = _as_rows(periods)
    rules = await rules_for(session, top)
    for section in sections:
        query = section.counting(each, rules).add_columns(
            section.unit.label(IN_UNIT), days.c.nth.label(_NTH)
        )
        query = query.join(Unit, Unit.id == section.unit).where(Unit.path.startswith(top.path))
        for row in (await session.execute(query.group_by(section.unit, days.c.nth))).mappings():
            told = {name: row[name] for name in row if name != _NTH}
            note(row[_NTH], row[IN_UNIT], section.figures(told, periods[row[_NTH]]))
    tallied = (
        select(days.c.nth, Tally.unit_id, Tally.register, Tally.figure, func.sum(Tally.n))
        .join(Unit, Unit.id == Tally.unit_id)
        .where(Unit.path.startswith(top.path), within(Tally.at, each))
        .group_by(days.c.nth, Tally.unit_id, Tally.register, Tally.figure)
    )
    for nth, unit_id, register, figure, n in await session.execute(tallied):
        note(nth, unit_id, named(register, figure, n))
    return Days(periods, counted)


def _as_rows(periods: Sequence[Period]) -> tuple[CTE, Period]:
    """The days as rows of a query, and the period that one of those rows is."""
    days = (
        values(
            column("nth", Integer),
            column("since_at", Instant()),
            column("until_at", Instant()),
            name="days",
        )
        .data([(nth, one.since_at, one.until_at) for nth, one in enumerate(periods)])
        .cte("days")
    )
    # A section compares columns with the ends, whether they are values or columns themselves.
    return days, Period(cast(Any, days.c.since_at), cast(Any, days.c.until_at))
