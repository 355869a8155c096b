"""Writes the copy of a sheet that goes back to the clerk: every row with what became of it.

Refused rows stand on top, highlighted, with all their reasons, so that they can be mended right
there and the copy imported again. A typed cell never turns into a formula or a link.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from math import isfinite
from pathlib import Path
from typing import Any, TypeAlias

import xlsxwriter

from bot.imports.result import Outcome, Result, Results
from bot.imports.sheet import Row, Sheet
from bot.imports.workbook import Cell
from models.messages import Text, UserError

Say: TypeAlias = Callable[[Text], str]

_WIDTHS = {"result": 46, "code": 26, "source_row": 8}
_SHOWN_WIDTH = 18
_LONGEST_CELL = 32767  # characters; the format's own limit
_STYLES: dict[str, dict[str, Any]] = {
    "head": {"bold": True, "bg_color": "#E8EEF4", "border": 1, "text_wrap": True},
    "plain": {},
    "refused": {"bg_color": "#FDE9E7", "text_wrap": True, "valign": "top"},
    "day": {"num_format": "yyyy-mm-dd"},
    "instant": {"num_format": "yyyy-mm-dd hh:mm:ss"},
    "hour": {"num_format": "hh:mm:ss"},
    "whole": {"num_format": "0"},
}


def reserve(source: Path) -> Path:
    """A new empty file beside the input, for the owner's eyes only.

    An earlier copy stays as it is: it may hold codes that are written nowhere else.
    """
    copy = source.with_name(f"{source.stem}.returned.xlsx")
    number = 1
    while True:
        try:
            copy.touch(mode=0o600, exist_ok=False)
        except FileExistsError:
            number += 1
            copy = source.with_name(f"{source.stem}.returned-{number}.xlsx")
        except OSError:
            raise UserError("import.unwritable", path=str(copy)) from None
        else:
            return copy


def put(copy: Path, content: bytes) -> None:
    """Fill the reserved file."""
    try:
        copy.write_bytes(content)
    except OSError:
        raise UserError("import.unwritable", path=str(copy)) from None


def write(sheet: Sheet, results: Results, say: Say) -> bytes:
    """The copy as a workbook, with the rows that have a result."""
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"constant_memory": True})
    _Page(book, sheet, say).fill(results)
    book.close()
    return content.getvalue()


class _Page:
    """The one worksheet of a copy, written from top to bottom."""

    def __init__(self, book: Any, sheet: Sheet, say: Say) -> None:
        self._page = book.add_worksheet()
        self._formats = {name: book.add_format(style) for name, style in _STYLES.items()}
        self._sheet = sheet
        self._say = say
        self._added = ["result", *(["code"] if sheet.kind == "staff" else []), "source_row"]
        self._row = 0
        self._said = {
            outcome: say(Text(f"import.result.{outcome}"))
            for outcome in Outcome
            if outcome is not Outcome.REFUSED
        }

    def fill(self, results: Results) -> None:
        heads = self._sheet.above
        for at, name in enumerate(self._added):
            self._page.set_column(at, at, _WIDTHS[name])
        columns = len(self._added) + len(heads[-1]) - len(self._sheet.added)
        self._page.set_column(len(self._added), columns - 1, _SHOWN_WIDTH)
        for cells in heads[:-1]:
            self._write_row([""] * len(self._added), cells, "plain")
        names = [self._say(Text(f"import.column.{name}")) for name in self._added]
        self._write_row(names, heads[-1], "head")
        self._page.freeze_panes(self._row, 0)
        self._page.autofilter(self._row - 1, 0, self._row + len(results) - 1, columns - 1)
        for row in self._refused_first(results):
            self._write_result(row, results[row.number])

    def _refused_first(self, results: Results) -> Iterator[Row]:
        refused = {n for n, result in results.items() if result.outcome is Outcome.REFUSED}
        yield from (row for row in self._sheet.rows if row.number in refused)
        others = results.keys() - refused
        yield from (row for row in self._sheet.rows if row.number in others)

    def _write_result(self, row: Row, result: Result) -> None:
        if result.outcome is Outcome.REFUSED:
            said = self._say(Text("import.result.refused", {"reasons": result.reasons}))
        else:
            said = self._said[result.outcome]
        values: dict[str, Cell] = {
            "result": said,
            "code": f"/start {result.code}" if result.code else "",
            "source_row": row.number,
        }
        style = "refused" if result.outcome is Outcome.REFUSED else "plain"
        self._write_row([values[name] for name in self._added], row.cells, style)

    def _write_row(self, added: Sequence[Cell], cells: Sequence[Cell], style: str) -> None:
        own = [cell for at, cell in enumerate(cells) if at not in self._sheet.added]
        for at, cell in enumerate([*added, *own]):
            self._write(at, cell, style)
        self._row += 1

    def _write(self, at: int, cell: Cell, style: str) -> None:
        """A cell as its own type; text always as text."""
        page, row = self._page, self._row
        match cell:
            case str():
                page.write_string(row, at, cell[:_LONGEST_CELL], self._formats[style])
            case bool():
                page.write_boolean(row, at, cell, self._formats[style])
            case int() | float() if isfinite(cell):
                whole = style == "plain" and cell == int(cell)
                page.write_number(row, at, cell, self._formats["whole" if whole else style])
            case datetime():
                page.write_datetime(row, at, cell, self._formats["instant"])
            case date():
                page.write_datetime(row, at, cell, self._formats["day"])
            case time() | timedelta():
                page.write_datetime(row, at, cell, self._formats["hour"])
            case _:
                page.write_string(row, at, str(cell), self._formats[style])
