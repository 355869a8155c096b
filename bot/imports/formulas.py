"""Formulas that came to an error, which the reader of workbooks gives as empty cells: a number that
is not there would pass for one that was never asked.

It looks into xlsx and ods files here; an old xls is binary.
"""

from __future__ import annotations

import contextlib
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from html import unescape
from xml.parsers import expat

from bot.imports import binary

_PIECE = 1 << 20  # bytes
_CELL_SIZE = 1 << 12  # no cell with an error is longer
_SHEET = re.compile(r"<(?:\w+:)?sheet\b[^>]*>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\b[^>]*>")
_ATTRIBUTE = re.compile(r"([\w:]+)=\"([^\"]*)\"")
_CONTENT = "content.xml"
_MARK = b'value-type="error"'
_CELLS = ("table:table-cell", "table:covered-table-cell")
_LONGEST_ERROR, _MOST_REPEATS = 20, 256
_ERROR = re.compile(
    rb"<(?:\w+:)?c\b(?=[^>]*\bt=\"e\")[^>]*\br=\"([A-Z]{1,3})(\d{1,7})\"[^>]*>"
    rb"(?:<(?:\w+:)?f\b[^>]*(?:/>|>[^<]*</(?:\w+:)?f>))?<(?:\w+:)?v>([^<]{1,20})<"
)


def errors(content: bytes, sheet: str, at: int) -> Iterator[tuple[int, int, str]]:
    """Row, column (from 0) and error, like "#N/A", of such cells of a worksheet: its name, and its
    place among all of them."""
    if content.startswith(binary.MARK):
        yield from binary.errors(content, at)
        return
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if _CONTENT in archive.namelist():
            yield from _open_document(archive, sheet)
            return
        part = _part(archive, sheet)
        if part not in archive.namelist():
            return
        with archive.open(part) as file:
            before = b""
            while piece := file.read(_PIECE):
                text = before + piece
                for cell in _ERROR.finditer(text):
                    yield int(cell[2]) - 1, column_number(cell[1]) - 1, cell[3].decode()
                before = text[-_CELL_SIZE:]


def _open_document(archive: zipfile.ZipFile, sheet: str) -> Sequence[tuple[int, int, str]]:
    """The same of an ods file, which is read as a whole only where it has an error at all."""
    with archive.open(_CONTENT) as file:
        before = b""
        while (piece := file.read(_PIECE)) and _MARK not in before + piece:
            before = piece[-len(_MARK) :]
        if not piece:
            return ()
    found = _OpenDocument(sheet)
    with archive.open(_CONTENT) as file, contextlib.suppress(expat.ExpatError):
        found.parser.ParseFile(file)  # what is broken has no more errors that could be told
    return found.errors


class _OpenDocument:
    """Walks the cells of one sheet: rows and cells stand once for all that repeat them."""

    def __init__(self, sheet: str) -> None:
        self.errors: list[tuple[int, int, str]] = []
        self._sheet, self._inside = sheet, False
        self._row = self._column = self._rows = self._columns = 0
        self._said: list[str] | None = None
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.EntityDeclHandler = self._entity

    def _start(self, name: str, told: dict[str, str]) -> None:
        if name == "table:table":
            self._inside, self._row = told.get("table:name") == self._sheet, 0
        elif name == "table:table-row":
            self._column, self._rows = 0, _count(told, "rows")
        elif name in _CELLS:
            self._columns = _count(told, "columns")
            wrong = self._inside and told.get("calcext:value-type") == "error"
            self._said = [] if wrong else None

    def _text(self, text: str) -> None:
        if self._said is not None:
            self._said.append(text)

    def _end(self, name: str) -> None:
        if name in _CELLS:
            if self._said is not None:
                said = "".join(self._said).strip()[:_LONGEST_ERROR]
                places = range(self._column, self._column + min(self._columns, _MOST_REPEATS))
                self.errors += [(self._row, column, said) for column in places]
                self._said = None
            self._column += self._columns
        elif name == "table:table-row":
            self._row += self._rows
        elif name == "table:table":
            self._inside = False

    def _entity(self, *_: object) -> None:
        """No office writes any; a few of them can fill the memory."""
        raise expat.ExpatError("entities are not read")


def _count(told: dict[str, str], what: str) -> int:
    said = told.get(f"table:number-{what}-repeated", "1")
    return int(said) if said.isdecimal() else 1


def _part(archive: zipfile.ZipFile, sheet: str) -> str:
    """The file of a worksheet within the archive; empty when it cannot be told."""
    names = archive.namelist()
    if "xl/workbook.xml" not in names or "xl/_rels/workbook.xml.rels" not in names:
        return ""
    for found in _tags(archive, "xl/workbook.xml", _SHEET):
        if found.get("name") == sheet:
            for relation in _tags(archive, "xl/_rels/workbook.xml.rels", _RELATION):
                if relation.get("Id") == found.get("r:id"):
                    target = relation.get("Target", "")
                    return target[1:] if target.startswith("/") else f"xl/{target}"
    return ""


def _tags(archive: zipfile.ZipFile, name: str, tag: re.Pattern[str]) -> Iterator[dict[str, str]]:
    text = archive.read(name).decode(errors="replace")
    for found in tag.finditer(text):
        yield {key: unescape(value) for key, value in _ATTRIBUTE.findall(found[0])}


def column_number(letters: bytes) -> int:
    """1 of A, 27 of AA."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number
