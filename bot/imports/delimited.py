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
_UNPRINTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_MARKUP = re.compile(r"\s*[<{%]")  # a web page or a document that was given another name
_GUARDED = re.compile(r'="([^"]*)"')  # how a spreadsheet is kept from reading digits as a number


def text_of(content: bytes) -> str:
    """The text that these bytes are in one of the known encodings; empty when they are none."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _decoded(content[len(mark) :], encoding)
    return _decoded(content, "utf-8") or _decoded(content, "gb18030")


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
