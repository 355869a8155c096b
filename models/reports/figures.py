"""Figures of the daily sheet: each section is declared by whoever knows the rows, and counted for
one unit or for a whole branch at once.

A unit's figure is the sum of the rows in it and below it, so a village, its township and the
district count the same things.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from models.messages import Text
from models.reports.checks import Check
from models.reports.periods import Period, within
from models.rules import Rules, rules_for
from models.tallies import ADDED, Tally
from models.units import Unit, ancestor_ids

_ANY = datetime(2022, 1, 1, tzinfo=UTC)
IN_UNIT = "in_unit"
Counting: TypeAlias = Select[*tuple[Any, ...]]
Figures: TypeAlias = Mapping[str, int]
"""By "section.figure"; a register's section is its form's code."""


@dataclass(frozen=True, slots=True)
class Section:
    """A paragraph of the daily sheet, `daily.<code>` in words.

    `query` counts a period: one column a figure, labelled with its name, and no grouping; `unit`
    says where a row belongs. What is also counted since the beginning is a figure of its own.
    """

    code: str
    unit: InstrumentedAttribute[int]
    query: Callable[[Period], Counting]
    news: tuple[str, ...] = ()
    """Figures that say that something happened: is any of them not 0, it is no zero report."""
    addable: tuple[str, ...] = ()
    """Figures to which a unit may add what is in no record, with a reason."""
    standing: tuple[str, ...] = ()
    """Figures that say how things are while nothing happens: by themselves they are not listed,
    and what they come to later is no correction of a report."""
    ruled: Callable[[Period, Rules], Counting] | None = None
    """Counts in the place of `query` where a rule of the district decides what is counted."""
    fold: Callable[[Mapping[str, Any], Period], Figures] | None = None
    """What a row of a query that groups by itself comes to; its figures are `folded`."""
    folded: tuple[str, ...] = ()
    line: Callable[[Figures], Text] | None = None
    """Its paragraph, where that says more than its figures; they come without the code."""
    said: Callable[[str, int], Text] | None = None
    """One of its figures in words, where they follow from the name."""
    checks: tuple[Check, ...] = ()
    """What must add up, among its own figures and with those of others."""

    @property
    def names(self) -> Sequence[str]:
        """Its figures, in the order of the query."""
        return self.folded or _names(self)

    def counting(self, period: Period, rules: Rules) -> Counting:
        return self.query(period) if self.ruled is None else self.ruled(period, rules)

    def figures(self, row: Mapping[str, Any], period: Period) -> Figures:
        """A row of its query, by whole names."""
        found = row if self.fold is None else self.fold(row, period)
        return {f"{self.code}.{name}": int(found[name]) for name in found if name != IN_UNIT}


@cache
def _names(section: Section) -> Sequence[str]:
    return tuple(section.query(Period(_ANY, _ANY)).selected_columns.keys())


async def count_figures(
    session: AsyncSession, unit: Unit, period: Period, sections: Sequence[Section]
) -> dict[str, int]:
    """A unit's figures: of these sections, with what was added to them by hand, which is also told
    apart."""
    found = {f"{one.code}.{name}": 0 for one in sections for name in one.names}
    rules = await rules_for(session, unit)
    for section in sections:
        rows = await session.execute(section.counting(period, rules).where(_in(section.unit, unit)))
        for row in rows.mappings():
            for name, n in section.figures(dict(row), period).items():
                found[name] += n
    added = _tallied(period).where(Tally.register == ADDED, _in(Tally.unit_id, unit))
    for _, register, figure, n, total in await session.execute(added):
        if figure in found:
            for name, more in _named(register, figure, n, total).items():
                if name in found or name.startswith(ADDED):
                    found[name] = found.get(name, 0) + more
    return found


def checks_of(sections: Sequence[Section]) -> Sequence[Check]:
    """Those of these sections that ask for no other's figures."""
    known = {section.code for section in sections} | {ADDED}
    return [
        check
        for section in sections
        for check in section.checks
        if all(name.partition(".")[0] in known for name in check.names)
    ]


async def count_below(
    session: AsyncSession, top: Unit, period: Period, sections: Sequence[Section]
) -> dict[int, dict[str, int]]:
    """The whole sheet of `top` and of every unit below it, by id: a statement a section.

    With what registers count (`drugsale.fever`, and `drugsale.fever_total` since the beginning),
    and what was added by hand, which is also told apart: `added.leads.new`.
    """
    units = await session.execute(select(Unit.id, Unit.path).where(Unit.path.startswith(top.path)))
    own = {row.id: ancestor_ids(row.path) for row in units}
    counted: dict[int, dict[str, int]] = {unit_id: defaultdict(int) for unit_id in own}
    for unit_id, figures in await _count_each(session, top, period, sections):
        for above in own[unit_id]:
            if above in counted:
                for name, n in figures.items():
                    counted[above][name] += n
    known = {f"{section.code}.{name}" for section in sections for name in section.names}
    return {unit_id: _sound(figures, known) for unit_id, figures in counted.items()}


async def mended(
    session: AsyncSession,
    unit: Unit,
    period: Period,
    figures: Figures,
    sections: Sequence[Section],
) -> dict[str, int]:
    """A unit's figures of a period in which somebody mended a record: what records count is
    counted anew, the sections keep what they had but for what was added to them by hand."""
    fresh = (await count_below(session, unit, period, ()))[unit.id]
    known = {section.code: section.names for section in sections}
    found = {name: n for name, n in figures.items() if name.partition(".")[0] in known}
    for name in {name for name in (*figures, *fresh) if name.startswith(f"{ADDED}.")}:
        more = fresh.get(name, 0) - figures.get(name, 0)
        figure = name.removeprefix(f"{ADDED}.")
        code, _, part = figure.partition(".")
        found[figure] = found.get(figure, 0) + more
        if part == "new" and "total" in known[code]:
            found[f"{code}.total"] = found.get(f"{code}.total", 0) + more
    others = {name: n for name, n in fresh.items() if name.partition(".")[0] not in known}
    return {**found, **others}


def _sound(figures: Figures, known: Collection[str]) -> dict[str, int]:
    """Without the total of a section that has none."""
    codes = {name.partition(".")[0] for name in known}
    return {
        name: n
        for name, n in figures.items()
        if name in known or name.partition(".")[0] not in codes
    }


async def _count_each(
    session: AsyncSession, top: Unit, period: Period, sections: Sequence[Section]
) -> Iterable[tuple[int, Figures]]:
    """What lies in each unit itself; units without a row are left out."""
    found: list[tuple[int, Figures]] = []
    rules = await rules_for(session, top)
    for section in sections:
        query = section.counting(period, rules).add_columns(section.unit.label(IN_UNIT))
        query = query.where(_in(section.unit, top)).group_by(section.unit)
        for row in (await session.execute(query)).mappings():
            found.append((row[IN_UNIT], section.figures(dict(row), period)))
    tallied = await session.execute(_tallied(period).where(_in(Tally.unit_id, top)))
    for unit_id, register, figure, n, total in tallied:
        found.append((unit_id, _named(register, figure, n, total)))
    return found


def _in(column: InstrumentedAttribute[int], top: Unit) -> ColumnElement[bool]:
    """It lies in a unit or below it. Not a join: SQLite, which keeps no statistics, would read the
    whole district for a village, and then look up the unit of each row."""
    return column.in_(select(Unit.id).where(Unit.path.startswith(top.path)))


def _tallied(period: Period) -> Select[int, str, str, int, int]:
    """What registers count, by unit, register and figure: in the period, and until its end."""
    now = func.sum(Tally.n).filter(within(Tally.at, period))
    return (
        select(
            Tally.unit_id,
            Tally.register,
            Tally.figure,
            func.coalesce(now, 0),
            func.sum(Tally.n),
        )
        .where(Tally.at <= period.until_at)
        .group_by(Tally.unit_id, Tally.register, Tally.figure)
    )


def _named(register: str, figure: str, n: int, total: int) -> Figures:
    # PostgreSQL adds big integers up to a decimal, which no report can keep.
    total = int(total)
    if register == ADDED:
        code, _, name = figure.partition(".")
        # What is new adds to the total as well.
        since = {f"{code}.total": total} if name == "new" else {}
        return {**named(register, figure, n), **since}
    return {**named(register, figure, n), f"{register}.{figure}_total": total}


def named(register: str, figure: str, n: int) -> dict[str, int]:
    """What was counted beside the rows, by its whole name; what was added by hand to a section's
    figure is in it, and told apart."""
    n = int(n)
    if register == ADDED:
        return {figure: n, f"{ADDED}.{figure}": n}
    return {f"{register}.{figure}": n}
