"""Opens a spreadsheet file: every visible sheet as rows of cells, or a UserError that says why not.

It knows no columns and no database.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TypeAlias

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetVisibleEnum,
)

from bot.imports import binary, delimited, formulas
from models.messages import UserError

Cell: TypeAlias = int | float | str | bool | time | date | datetime | timedelta
Grid: TypeAlias = list[list[Cell]]

LARGEST_FILE = 30 * 1024 * 1024
LARGEST_CONTENT = 1024 * 1024 * 1024  # a zip of 30 MB may hold a thousand times as much
LARGEST_AREA = 50_000_000  # cells; one stray cell in the last corner makes it 17 thousand million
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # the stream of a protected xlsx
_ZIP = b"PK"
_DIMENSION = re.compile(rb'<(?:\w+:)?dimension ref="[A-Z]+\d+:([A-Z]+)(\d+)"')


def open_grids(content: bytes) -> list[Grid]:
    """The visible sheets that have anything in them. Vertically merged cells are filled down.

    What the file is called does not count; a text with separators is a sheet as well.
    """
    _refuse_unreadable(content)
    text = "" if content.startswith((_ZIP, binary.MARK)) else delimited.text_of(content)
    grids = [delimited.grid_of(text)] if text else _grids(content)
    for grid in grids:
        while grid and is_blank(grid[-1]):
            grid.pop()
    return [grid for grid in grids if grid]


def _grids(content: bytes) -> list[Grid]:
    _refuse_bombs(content)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            shown = [
                (at, sheet.name)
                for at, sheet in enumerate(book.sheets_metadata)
                if sheet.visible == SheetVisibleEnum.Visible
            ]
            grids = [_grid(book.get_sheet_by_name(name)) for _, name in shown]
    except PasswordError:
        raise UserError("import.encrypted") from None
    except CalamineError:
        raise UserError("import.unreadable") from None
    for (at, name), grid in zip(shown, grids, strict=True):
        for row, column, error in formulas.errors(content, name, at):
            # An ods file keeps a 0 where the error is.
            if row < len(grid) and column < len(grid[row]) and grid[row][column] in ("", 0):
                grid[row][column] = error
    return grids


def content_of(path: Path) -> bytes:
    """The bytes of a file of the operator's."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise UserError("import.too_large", max=LARGEST_FILE // (1024 * 1024))
        return path.read_bytes()
    except OSError:
        raise UserError("import.no_file", path=str(path)) from None


def _refuse_unreadable(content: bytes) -> None:
    if len(content) > LARGEST_FILE:
        raise UserError("import.too_large", max=LARGEST_FILE // (1024 * 1024))
    if not content:
        raise UserError("import.empty_file")
    if content.startswith(binary.MARK) and _ENCRYPTED in content:
        raise UserError("import.encrypted")


def _refuse_bombs(content: bytes) -> None:
    """Refuse what would not fit in memory once it is unpacked; the reader would take us along."""
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(item.file_size for item in archive.infolist()) > LARGEST_CONTENT:
                raise UserError("import.too_wide")
            if any(area > LARGEST_AREA for area in _areas(archive)):
                raise UserError("import.too_wide")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError):
        raise UserError("import.unreadable") from None


def _areas(archive: zipfile.ZipFile) -> Iterator[int]:
    """The area of each worksheet from A1 to its last cell, as the file itself says."""
    for name in archive.namelist():
        if not name.startswith("xl/worksheets/"):
            continue
        with archive.open(name) as file:
            said = _DIMENSION.search(file.read(4096))
        if said:
            yield formulas.column_number(said[1]) * int(said[2])


def _grid(sheet: CalamineSheet) -> Grid:
    """All rows from the first one on."""
    grid: Grid = sheet.to_python(skip_empty_area=False)
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if left == right and top < len(grid) and left < len(grid[top]):
            for row in grid[top + 1 : bottom + 1]:
                row[left] = grid[top][left]
    return grid


def is_blank(row: list[Cell]) -> bool:
    # A loop ends at the first cell with something in it, and costs nothing before it.
    for cell in row:  # noqa: SIM110
        if not isinstance(cell, str) or (cell and not cell.isspace()):
            return False
    return True
