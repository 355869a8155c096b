"""Finds the headings of a ledger of ours in a workbook that somebody sent, by the names that its
cells have. Runs where files of others are read (process.py); knows no ledger."""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from xml.parsers import expat

from python_calamine import CalamineError, CalamineWorkbook

from bot.imports.formulas import column_number
from models.ledgers.headings import MARK, Cell
from models.messages import UserError

_BOOK = "xl/workbook.xml"
_LARGEST_BOOK = 4 * 1024 * 1024  # bytes; ours has a few thousand
_PLACE = re.compile(r"^'?((?:[^'!]|'')+)'?!\$?([A-Z]{1,3})\$?(\d{1,7})$")
_MOST = 200  # columns that are looked at


@dataclass(frozen=True, slots=True)
class Headed:
    """The line of the headings from left to right, and the names that cells of it have. `rows`:
    is there anything below it?"""

    cells: tuple[Cell, ...]
    rows: bool


@dataclass(frozen=True, slots=True)
class _Named:
    mark: str
    page: str
    line: int  # from 0
    column: int


def headed(content: bytes) -> Headed | None:
    """The headings; None where no cell has a name of ours. Raises UserError where one has, and
    there is no line to be read."""
    named = list(_named(content))
    if not named:
        return None
    (page, line), _ = Counter((one.page, one.line) for one in named).most_common(1)[0]
    marks = {one.column: one.mark for one in named if (one.page, one.line) == (page, line)}
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            every = book.get_sheet_by_name(page).to_python(skip_empty_area=False, nrows=line + 2)
    except (CalamineError, KeyError):
        raise UserError("headings.unreadable") from None
    if len(every) <= line:
        raise UserError("headings.unreadable")
    cells = list(every[line])
    while cells and cells[-1] == "":
        cells.pop()
    if len(cells) > _MOST:
        raise UserError("headings.unreadable")
    if odd := [at for at, cell in enumerate(cells, 1) if not isinstance(cell, str)]:
        raise UserError("headings.not_text", n=odd[0])
    told = tuple((marks.get(at, ""), str(cell)) for at, cell in enumerate(cells))
    return Headed(told, len(every) > line + 1)


def _named(content: bytes) -> Iterator[_Named]:
    """The cells that have a name of ours. A name whose column is gone says so, and is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if _BOOK not in archive.namelist() or archive.getinfo(_BOOK).file_size > _LARGEST_BOOK:
                return
            names = _Names(archive.read(_BOOK)).found
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
        return
    for name, place in names:
        if name.lower().startswith(MARK) and (found := _PLACE.match(place.strip())):
            page = found[1].replace("''", "'")
            column = column_number(found[2].encode()) - 1
            yield _Named(name.lower(), page, int(found[3]) - 1, column)


class _Names:
    """The names of a workbook and what they stand for."""

    def __init__(self, xml: bytes) -> None:
        self.found: list[tuple[str, str]] = []
        self._name: str | None = None
        self._text: list[str] = []
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.CharacterDataHandler = self._said
        parser.EndElementHandler = self._end
        parser.EntityDeclHandler = self._entity
        try:
            parser.Parse(xml, True)
        except expat.ExpatError:
            self.found = []  # it is read, or refused, as any other sheet

    def _start(self, tag: str, told: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == "definedName":
            self._name, self._text = told.get("name", ""), []

    def _said(self, text: str) -> None:
        if self._name is not None:
            self._text.append(text)

    def _end(self, tag: str) -> None:
        if self._name is not None and tag.rpartition(":")[2] == "definedName":
            self.found.append((self._name, "".join(self._text)))
            self._name = None

    def _entity(self, *_: object) -> None:
        """No office writes any; a few of them can fill the memory."""
        raise expat.ExpatError("entities are not read")
