"""A ledger as a workbook: frozen headings, filters, days as days. What somebody typed never turns
into a formula or a link."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.documents.words import clean, say, word
from models.documents.kinds import Row
from models.messages import Text

_LONGEST = 32767  # characters of a cell; the format's own limit
_WIDTHS = {"venue": 20, "item": 28, "fact": 32, "unit": 16}
_WIDTH = 12
_INSTANT_WIDTH = 17


def write(title: str, columns: Sequence[str], rows: Sequence[Row], zone: ZoneInfo) -> bytes:
    """The workbook; `columns` are codes of the rows, headed `ledger.column.<code>`."""
    import xlsxwriter

    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"constant_memory": True})
    head = book.add_format({"bold": True, "bg_color": "#E8EEF4", "border": 1, "text_wrap": True})
    instant = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    page = book.add_worksheet(title[:31])
    page.freeze_panes(1, 2)
    page.set_landscape()
    page.repeat_rows(0)
    page.autofilter(0, 0, max(len(rows), 1), len(columns) - 1)
    instants = {code for row in rows for code in columns if isinstance(row[code], datetime)}
    for at, code in enumerate(columns):
        width = _INSTANT_WIDTH if code in instants else _WIDTHS.get(code, _WIDTH)
        page.set_column(at, at, width)
        page.write_string(0, at, say(Text(f"ledger.column.{code}")), head)
    for line, row in enumerate(rows, 1):
        for at, code in enumerate(columns):
            _put(page, line, at, row[code], instant, zone)
    book.close()
    return content.getvalue()


def _put(page: Any, line: int, at: int, value: Any, instant: Any, zone: ZoneInfo) -> None:
    """A cell as its own type; text always as text.."""
    match value:
        case None:
            pass  # an empty cell, which a filter can find
        case int():
            page.write_number(line, at, value)
        case datetime():
            page.write_datetime(line, at, value.astimezone(zone).replace(tzinfo=None), instant)
        case _:
            page.write_string(line, at, clean(word(value, zone))[:_LONGEST])
