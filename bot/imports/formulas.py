"""Formulas that came to an error, which the reader of workbooks gives as empty cells: a number that
is not there would pass for one that was never asked.

It looks into xlsx files alone; the other formats are rare by now.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from html import unescape

_PIECE = 1 << 20  # bytes
_CELL_SIZE = 1 << 12  # no cell with an error is longer
_SHEET = re.compile(r"<(?:\w+:)?sheet\b[^>]*>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\b[^>]*>")
_ATTRIBUTE = re.compile(r"([\w:]+)=\"([^\"]*)\"")
_ERROR = re.compile(
    rb"<(?:\w+:)?c\b(?=[^>]*\bt=\"e\")[^>]*\br=\"([A-Z]{1,3})(\d{1,7})\"[^>]*>"
    rb"(?:<(?:\w+:)?f\b[^>]*(?:/>|>[^<]*</(?:\w+:)?f>))?<(?:\w+:)?v>([^<]{1,20})<"
)


def errors(content: bytes, sheet: str) -> Iterator[tuple[int, int, str]]:
    """Row, column (from 0) and error, like "#N/A", of such cells of a worksheet."""
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
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
