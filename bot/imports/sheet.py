"""A sheet with its columns recognised, and its cells as text.

The headings may stand below a title, in two rows, in any order and spelling. It knows which fields
a kind of sheet has, and nothing of what they mean.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TypeVar

from bot.imports.vocabulary import fold, headings, own_headings
from bot.imports.workbook import Cell, Grid, is_blank, open_grids
from handlers.engine.parse import clean
from models.messages import Text, UserError

T = TypeVar("T")

HEADING_ROWS = 10  # how far down the headings may begin
DIGITS_KEPT = 10**15  # a spreadsheet keeps 15 digits of a number; the rest become zeros
_SCIENTIFIC = re.compile(r"[0-9](\.[0-9]+)?[Ee]\+?[0-9]{1,3}")

# A row needs every field of one of the alternatives: people find their unit by address too.
REQUIRED: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "units": (("code",), ("title",)),
    "staff": (("name",), ("phone",), ("role",), ("unit", "village", "township")),
    "people": (("name",), ("id_number",), ("unit", "village", "address")),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of data; `number` counts from 1 as the spreadsheet does."""

    number: int
    cells: list[Cell]
    columns: Mapping[str, int]

    def text(self, name: str) -> str:
        """The cleaned text of a field, empty when there is no such column."""
        at = self.columns.get(name)
        return "" if at is None else _written(self.cells[at], name)


@dataclass(slots=True)
class Reading:
    """A row as it is read field by field, with everything that is wrong about it."""

    row: Row
    reasons: list[Text] = field(default_factory=list)

    def take(self, name: str, read: Callable[[str], T]) -> T | None:
        """The field's value; None with a reason when it is empty or cannot be read."""
        return self._read(name, read, needed=True)

    def take_any(self, name: str, read: Callable[[str], T]) -> T | None:
        """The field's value; None without a reason when it is empty."""
        return self._read(name, read, needed=False)

    def text(self, name: str) -> str:
        return self.take_any(name, str) or ""

    def _read(self, name: str, read: Callable[[str], T], needed: bool) -> T | None:
        try:
            text = self.row.text(name)
            if text:
                return read(text)
            if needed:
                self.reasons.append(Text("import.empty", {"column": _named(name)}))
        except UserError as error:
            self.reasons.append(error.text)
        return None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A recognised sheet: what stands above the data, and the data."""

    kind: str
    above: Grid  # title and headings
    columns: Mapping[str, int]
    added: frozenset[int]  # columns that an earlier returned copy added
    rows: Sequence[Row]


def read_sheet(path: Path, kind: str) -> Sheet:
    """The sheet of the file that knows most of the kind's columns."""
    found = [_recognise(grid, kind) for grid in open_grids(path)]
    if not found:
        raise UserError("import.no_rows")
    best = max(found, key=lambda sheet: len(sheet.columns))
    missing = [
        _named(choice[0])
        for choice in REQUIRED[kind]
        if not any(name in best.columns for name in choice)
    ]
    if missing:
        raise UserError("import.column_missing", column=missing)
    if not best.rows:
        raise UserError("import.no_rows")
    return best


def _recognise(grid: Grid, kind: str) -> Sheet:
    first, last, columns = max(
        (_headings_at(grid, at, kind) for at in range(min(HEADING_ROWS, len(grid)))),
        key=lambda candidate: len(candidate[2]),
    )
    heads = grid[first : last + 1]
    own = own_headings()
    return Sheet(
        kind=kind,
        above=grid[: last + 1],
        columns=columns,
        added=frozenset(
            at for row in heads for at, cell in enumerate(row) if fold(str(cell)) in own
        ),
        rows=list(_data(grid, first, last, columns)),
    )


def _data(grid: Grid, first: int, last: int, columns: Mapping[str, int]) -> Iterator[Row]:
    """The rows below the headings without blank ones and headings repeated for print."""
    heads = grid[first : last + 1]
    for at, cells in enumerate(grid[last + 1 :], start=last + 2):
        if not is_blank(cells) and cells not in heads:
            yield Row(at, cells, columns)


def _headings_at(grid: Grid, at: int, kind: str) -> tuple[int, int, Mapping[str, int]]:
    """First and last row of the headings that begin at a row, and the columns they name."""
    top = grid[at]
    below = grid[at + 1] if at + 1 < len(grid) else []
    known = {*headings(kind), *own_headings()}
    filled = [fold(cell) if isinstance(cell, str) else "?" for cell in below if cell != ""]
    if not filled or not known.issuperset(filled) or not _columns([top], kind):
        return at, at, _columns([top], kind)
    return at, at + 1, _columns([top, below], kind)


def _columns(rows: Sequence[Sequence[Cell]], kind: str) -> Mapping[str, int]:
    """Field -> column. A lower heading stands for the one above it."""
    known = headings(kind)
    best: dict[str, tuple[int, int]] = {}
    for at in range(len(rows[0])):
        words = [known.get(fold(str(row[at]))) for row in reversed(rows)]
        heading = next((word for word in words if word), None)
        if heading:
            here = (heading.rank, at)
            best[heading.field] = min(here, best.get(heading.field, here))
    return {name: at for name, (_, at) in best.items()}


def _written(cell: Cell, name: str) -> str:
    """A cell as the clerk meant it; UserError when the spreadsheet has spoilt it."""
    match cell:
        case bool():
            return str(cell).lower()
        case int() | float():
            if not abs(cell) < DIGITS_KEPT:
                raise UserError("import.digits_lost", column=_named(name))
            return str(int(cell)) if cell == int(cell) else str(cell)
        case date() | datetime() | time() | timedelta():
            raise UserError("import.cell_date", column=_named(name))
    # Most cells are plain already; cleaning is what reading costs most.
    text = cell.strip() if cell.isascii() and cell.isprintable() else clean(cell)
    if _SCIENTIFIC.fullmatch(text):
        raise UserError("import.digits_lost", column=_named(name))
    return text


def _named(name: str) -> Text:
    return Text(f"import.field.{name}")
