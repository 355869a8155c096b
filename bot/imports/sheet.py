"""A sheet with its columns recognised, and its cells as text.

The headings may stand below a title, in two rows, in any order and spelling. It knows which fields
a kind of sheet has, and nothing of what they mean.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeVar

from bot.imports.contents import SEEN, fits, gives_away, guesses
from bot.imports.vocabulary import fold, headings, own_headings, plain_heading
from bot.imports.workbook import Cell, Grid, is_blank
from handlers.engine.parse import clean
from models.messages import Text, UserError

T = TypeVar("T")

HEADING_ROWS = 10  # how far down the headings may begin
DIGITS_KEPT = 10**15  # a spreadsheet keeps 15 digits of a number; the rest become zeros
_ERROR = re.compile(r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!)")  # what a formula came to
_SCIENTIFIC = re.compile(r"[0-9](\.[0-9]+)?[Ee]\+?[0-9]{1,3}")

# A row needs every field of one of the alternatives: people find their unit by address too.
REQUIRED: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "units": (("code",), ("title",)),
    "staff": (("name",), ("phone",), ("role",), ("unit", "village", "township")),
    "people": (("name",), ("id_number", "address"), ("unit", "village", "address")),
    "venues": (("name",), ("kind",), ("address",), ("unit", "township")),
    "duty": (("on",), ("post",), ("since",), ("name", "phone")),
    "supervision": (("on",), ("team",), ("name", "phone")),
    # Without a word of where they come from, they could be anybody's list.
    "leads": (
        ("name",),
        ("id_number", "phone"),
        ("unit", "village", "address"),
        ("batch", "source", "pushed_at", "origin", "sender", "due_at"),
    ),
}


@dataclass(slots=True)
class Row:
    """One row of data; `number` counts from 1 as the spreadsheet does."""

    number: int
    cells: list[Cell]
    columns: Mapping[str, int]
    headings: Sequence[str] = ()

    def cell(self, name: str) -> Cell:
        """The cell of a field as it stands there, empty when there is no such column."""
        at = self.columns.get(name)
        return "" if at is None else self.cells[at]

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
        return self._read(name, read, needed=False) if name in self.row.columns else None

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


@dataclass(frozen=True)
class Sheet:
    """A recognised sheet. Its headings are the rows `first` to `last` of the grid; `added` are the
    columns that an earlier returned copy added."""

    kind: str
    grid: Grid
    first: int
    last: int
    columns: Mapping[str, int]
    added: frozenset[int]
    lent: int = 0  # rows at the top that the file does not have: headings that we gave it

    @property
    def above(self) -> Grid:
        """Title and headings."""
        return self.grid[: self.last + 1]

    @property
    def heads(self) -> Grid:
        return self.grid[self.first : self.last + 1]

    def headings(self) -> list[str]:
        """What stands above each column."""
        rows = [[str(cell).strip() for cell in row] for row in reversed(self.heads)]
        return [next(filter(None, column), "") for column in zip(*rows, strict=True)]

    @cached_property
    def data(self) -> Sequence[int]:
        """Where the rows below the headings lie, without blank ones and headings repeated for
        print."""
        heads, grid = self.heads, self.grid
        return [
            at
            for at in range(self.last + 1, len(grid))
            if not is_blank(grid[at]) and grid[at] not in heads
        ]

    @cached_property
    def rows(self) -> Sequence[Row]:
        named = tuple(
            " ".join(dict.fromkeys(str(c) for c in under if c != ""))
            for under in zip(*self.heads, strict=False)
        )
        lent = self.lent
        return [Row(at + 1 - lent, self.grid[at], self.columns, named) for at in self.data]


def recognise(grids: Sequence[Grid], kind: str, columns: Mapping[str, int] | None = None) -> Sheet:
    """The sheet that knows most of the kind's columns, complete or not; with `columns` (field to
    column) somebody has said what they mean."""
    found = [_recognise(grid, kind) for grid in grids]
    if not found:
        raise UserError("import.no_rows")
    best = max(found, key=lambda sheet: len(sheet.columns))
    if columns is None:
        return best
    return replace(best, columns=columns)


def headless(grids: Sequence[Grid]) -> bool:
    """Does no kind of sheet know a heading in it? A row with somebody's number is no heading."""
    if not grids:
        return False
    found = (recognise(grids, kind) for kind in REQUIRED)
    return all(not one.columns or any(map(gives_away, one.heads)) for one in found)


def without_headings(
    grids: Sequence[Grid], kind: str, columns: Mapping[str, int] | None = None
) -> Sheet:
    """The longest sheet as one of this kind, its columns told by what is in them, or as somebody
    has said. Unless its first row is plainly above the others, it is one of them, and headings
    are lent to it: what goes back is a sheet that is known at once."""
    grid = max(grids, key=len)
    told = guesses(grid[:SEEN])
    if columns is None:
        fields = {heading.field for heading in headings(kind).values()}
        columns = {field: at for at, field in told.items() if field in fields}
    if _stands_above(grid, told):
        return Sheet(kind, grid, 0, 0, columns, frozenset())
    width = max(map(len, grid))
    lent: list[Cell] = [""] * width
    for name, at in columns.items():
        lent[at] = plain_heading(kind, name)
    return Sheet(kind, [lent, *grid], 0, 0, columns, frozenset(), lent=1)


def _stands_above(grid: Grid, told: Mapping[int, str]) -> bool:
    """Are these headings that we do not know? None of them looks like what is below it, and one
    is words where all others are numbers. In doubt it is somebody, who must not be lost."""
    top = grid[0]
    words = [str(top[at]) for at, field in told.items() if field != "name" and top[at] != ""]
    return any(not any(map(str.isdecimal, word)) for word in words) and not any(
        fits(top[at], field) for at, field in told.items()
    )


def missing(kind: str, columns: Collection[str]) -> list[str]:
    """The fields that a sheet of this kind cannot do without and that are not among these."""
    return [choice[0] for choice in REQUIRED[kind] if not any(name in columns for name in choice)]


def complete(sheet: Sheet) -> Sheet:
    """The sheet, if rows and every column that it needs are there; UserError otherwise."""
    if lacks := missing(sheet.kind, sheet.columns):
        raise UserError("import.column_missing", column=[_named(name) for name in lacks])
    if not sheet.data:
        raise UserError("import.no_rows")
    return sheet


def _recognise(grid: Grid, kind: str) -> Sheet:
    first, last, columns = max(
        (_headings_at(grid, at, kind) for at in range(min(HEADING_ROWS, len(grid)))),
        key=lambda candidate: len(candidate[2]),
    )
    own = own_headings()
    added = frozenset(
        at
        for row in grid[first : last + 1]
        for at, cell in enumerate(row)
        if fold(str(cell)) in own
    )
    return Sheet(kind, grid, first, last, columns, added)


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
        words = [word for row in reversed(rows) if (word := known.get(fold(str(row[at]))))]
        if words:
            field = words[0].field
            # Said twice, in two languages, it is as good as the better of the two.
            here = (min(word.rank for word in words if word.field == field), at)
            best[field] = min(here, best.get(field, here))
    return {name: at for name, (_, at) in best.items()}


def _written(cell: Cell, name: str) -> str:
    """A cell as the clerk meant it; UserError when the spreadsheet has spoilt it."""
    if isinstance(cell, str):  # most are plain already; cleaning is what reading costs most
        text = cell.strip() if cell.isascii() and cell.isprintable() else clean(cell)
        if ("E" in text or "e" in text) and _SCIENTIFIC.fullmatch(text):
            raise UserError("import.digits_lost", column=_named(name))
        if text[:1] == "#" and _ERROR.fullmatch(text):
            raise UserError("import.cell_error", column=_named(name), error=text)
        return text
    match cell:
        case bool():
            return str(cell).lower()
        case int() | float():
            if not abs(cell) < DIGITS_KEPT:
                raise UserError("import.digits_lost", column=_named(name))
            return str(int(cell)) if cell == int(cell) else str(cell)
    raise UserError("import.cell_date", column=_named(name))


def _named(name: str) -> Text:
    return Text(f"import.field.{name}")
