"""Sheets that are text: one line a row, cells between commas, tabs or semicolons, any encoding that
a spreadsheet program writes. Pure."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_SEPARATORS = "\t,;"
_LOOKED_AT = 20  # lines
_WEIGHED = 20_000  # characters
# The standard that an encoding extends, and the first byte of the last common character in it.
_COMMON = {"gb18030": ("gb2312", 0xD7), "big5hkscs": ("big5", 0xC6)}
_UNPRINTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_MARKUP = re.compile(r"\s*[<{%]")  # a web page or a document that was given another name
_GUARDED = re.compile(r'="([^"]*)"')  # how a spreadsheet is kept from reading digits as a number


def text_of(content: bytes) -> str:
    """The text that these bytes are in one of the known encodings; empty when they are none."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _decoded(content[len(mark) :], encoding)
    if text := _decoded(content, "utf-8"):
        return text
    readings = {encoding: _decoded(content, encoding) for encoding in _COMMON}
    return readings[max(readings, key=lambda encoding: _likelihood(readings[encoding], encoding))]


def _likelihood(text: str, encoding: str) -> float:
    """The share of common characters: what was written in the other encoding is read as rare ones.
    Below zero when it is no text in this one."""
    standard, last = _COMMON[encoding]
    wide = [char for char in text[:_WEIGHED] if not char.isascii()]
    common = sum(char.encode(standard, "replace")[0] <= last for char in wide)
    # A character that the standard lacks is replaced by a question mark.
    lacking = sum(char.encode(standard, "replace") == b"?" for char in wide)
    return (common - lacking) / len(wide) if wide else float(bool(text)) - 1


def _decoded(content: bytes, encoding: str) -> str:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return ""
    return "" if _UNPRINTED.search(text) or _MARKUP.match(text) else text


def grid_of(text: str) -> list[list[Any]]:
    """The rows, all equally long; a cell of several lines stays one cell."""
    # The reader refuses cells of more than 128 kB, and nobody types those.
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text)))
    except csv.Error:
        return []
    width = max((len(row) for row in rows), default=0)
    return [[_GUARDED.sub(r"\1", cell) for cell in row] + [""] * (width - len(row)) for row in rows]


def _separator(text: str) -> str:
    """What stands most often in the first lines."""
    head = "\n".join(text.split("\n", _LOOKED_AT)[:_LOOKED_AT])
    return max(_SEPARATORS, key=head.count)
