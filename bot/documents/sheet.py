"""A ledger as a workbook, written while its rows come: frozen headings, filters, days as days, and
a page that counts them, with charts. What somebody typed never turns into a formula or a link.

What is written lies in a folder of the program's own until the workbook is closed, so that memory
does not grow with it.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import gettempdir, mkdtemp
from typing import Any
from zoneinfo import ZoneInfo

from bot.documents.words import clean, say, word
from models.ledgers.declaration import Column, Entry
from models.ledgers.summary import Summary
from models.messages import Text, UserError
from models.sheets import put_mark

LARGEST = 50 * 1000 * 1000  # bytes: no platform of ours sends a larger file
MOST_ROWS = 1_048_000  # what a page of the format holds
_LONGEST = 32767  # characters of a cell; the format's own limit
_LONGEST_HEADER = 240  # of a page's header
_LONGEST_TITLE = 31
_NO_TITLE = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))
_OURS = "gridbot-ledger-"
_LEFT_S = 3600  # nobody writes one workbook that long


@dataclass(frozen=True, slots=True)
class Cover:
    """What a workbook says of itself: `lines` on the page that counts, `mark` on every page that
    is printed. `marked`: the mark stands above the headings as well, on every printed page.
    `names` are the workbook's own for its headings, by the codes of their columns."""

    title: str
    lines: Sequence[str]
    mark: str
    marked: bool
    names: Mapping[str, str] = field(default_factory=dict)


class Book:
    """One workbook. Not for the event loop: each call computes for some milliseconds."""

    def __init__(
        self, cover: Cover, columns: Sequence[Column], now: datetime, zone: ZoneInfo
    ) -> None:
        import xlsxwriter

        _sweep(now)
        self._folder = Path(mkdtemp(prefix=_OURS))
        self._path = self._folder / "ledger.xlsx"
        self._cover, self._columns, self._zone = cover, columns, zone
        told = {"constant_memory": True, "tmpdir": str(self._folder)}
        self._book = xlsxwriter.Workbook(str(self._path), told)
        self._head = self._book.add_format(
            {"bold": True, "bg_color": "#E8EEF4", "border": 1, "text_wrap": True}
        )
        self._bold = self._book.add_format({"bold": True})
        self._warning = self._book.add_format({"bold": True, "font_color": "#C00000"})
        self._instant = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._page = self._book.add_worksheet(_page_name(cover.title))
        self._top = 1 if cover.marked else 0  # the line of the headings
        self._line = self._top
        self._words: dict[str, str] = {}
        self._begin()

    def _begin(self) -> None:
        page, width = self._page, len(self._columns)
        _dress(page, self._cover.mark)
        page.freeze_panes(self._top + 1, 2)
        page.repeat_rows(0, self._top)
        for at, column in enumerate(self._columns):
            page.set_column(at, at, column.width)
        if self._cover.marked:
            page.write_string(0, 0, self._cover.mark, self._warning)
        for at, column in enumerate(self._columns):
            page.write_string(self._top, at, say(column.head), self._head)
            put_mark(self._book, page, self._top, at, self._cover.names.get(column.code, ""))
        page.autofilter(self._top, 0, self._top + 1, width - 1)

    def add(self, entries: Sequence[Entry]) -> None:
        """Write these rows below the others. Raises UserError when a page holds no more."""
        if self._line + len(entries) > MOST_ROWS:
            raise UserError("ledger.too_large")
        for entry in entries:
            self._line += 1
            for at, column in enumerate(self._columns):
                if column.code:  # else it is one that people write into
                    self._put(self._page, self._line, at, entry.cells[column.code])

    def close(self, summary: Summary) -> Path:
        """The whole workbook, until it is discarded. Raises UserError when nobody could be sent
        it."""
        last = max(self._line, self._top + 1)
        self._page.autofilter(self._top, 0, last, len(self._columns) - 1)
        self._summarise(summary)
        self._book.close()
        if self._path.stat().st_size > LARGEST:
            raise UserError("ledger.too_large")
        return self._path

    def discard(self) -> None:
        """Leave nothing behind; also of one that was never closed."""
        page_files = (page.row_data_fh for page in self._book.worksheets())
        for file in page_files:
            if file is not None:
                file.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _put(self, page: Any, line: int, at: int, value: Any) -> None:
        """A cell as its own type; text always as text."""
        match value:
            case None:
                pass  # an empty cell, which a filter can find
            case str():  # most of them
                page.write_string(line, at, clean(value)[:_LONGEST])
            case int() | Decimal():
                page.write_number(line, at, value)
            case datetime():
                local = value.astimezone(self._zone).replace(tzinfo=None)
                page.write_datetime(line, at, local, self._instant)
            case date():
                page.write_datetime(line, at, value, self._day)
            case _:
                page.write_string(line, at, self._word(value)[:_LONGEST])

    def _word(self, value: Any) -> str:
        """In words; those without a fact in them are the same in thousands of rows."""
        if not isinstance(value, Text) or value.params:
            return word(value, self._zone)
        if value.key not in self._words:
            self._words[value.key] = word(value, self._zone)
        return self._words[value.key]

    # -- the page that counts ---------------------------------------------------------------------

    def _summarise(self, summary: Summary) -> None:
        name = say(Text("ledger.summary"))
        page = self._book.add_worksheet(_page_name(name))
        _dress(page, self._cover.mark)
        page.set_column(0, 0, 28)
        page.set_column(1, 1, 12)
        line = 0
        for at, said in enumerate(self._cover.lines):
            page.write_string(line, 0, clean(said), self._bold if at == 0 else None)
            line += 1
        days: list[tuple[Any, int]] = list(summary.days.items())
        if summary.before:
            days.insert(0, (say(Text("ledger.before")), summary.before))
        units: list[tuple[Any, int]] = list(summary.units)
        if summary.own and units:
            units.append((say(Text("ledger.own")), summary.own))
        skip = 1 if summary.before else 0
        line = self._count(page, line + 1, Text("ledger.per_day"), days, "column", skip)
        if units:
            self._count(page, line + 1, Text("ledger.per_unit"), units, "bar")

    def _count(
        self,
        page: Any,
        line: int,
        title: Text,
        counts: Sequence[tuple[Any, int]],
        kind: str,
        skip: int = 0,
    ) -> int:
        """A table and its chart beside it; the first free line below both. The chart leaves the
        first `skip` counts out."""
        head, first = say(title), line + 1
        page.write_string(line, 0, head, self._head)
        page.write_string(line, 1, say(Text("ledger.rows")), self._head)
        for at, (label, n) in enumerate(counts, first):
            self._put(page, at, 0, label)
            page.write_number(at, 1, n)
        last = first + len(counts) - 1
        chart = self._book.add_chart({"type": kind})
        where = page.get_name()
        chart.add_series(
            {
                "name": say(Text("ledger.rows")),
                "categories": [where, first + skip, 0, last, 0],
                "values": [where, first + skip, 1, last, 1],
            }
        )
        chart.set_title({"name": head})
        chart.set_legend({"none": True})
        chart.set_size({"width": 560, "height": 300})
        if kind == "bar":
            chart.set_y_axis({"reverse": True})  # the first unit on top, as in the table
        page.insert_chart(line, 3, chart)
        return max(last + 1, line + 16)


def _dress(page: Any, mark: str) -> None:
    """As it is printed: who has it and how stands on every sheet of paper."""
    page.set_landscape()
    page.fit_to_pages(1, 0)
    shown = clean(mark).replace("&", "&&")[:_LONGEST_HEADER]
    page.set_header(f"&C{shown}")
    page.set_footer(f"&L{shown}&R&P / &N")


def _page_name(title: str) -> str:
    return title.translate(_NO_TITLE)[:_LONGEST_TITLE]


def _sweep(now: datetime) -> None:
    """Forget what a process left that was killed while it wrote."""
    for folder in Path(gettempdir()).glob(f"{_OURS}*"):
        try:
            old = now.timestamp() - folder.stat().st_mtime > _LEFT_S
        except OSError:
            continue  # another process was faster
        if old:
            shutil.rmtree(folder, ignore_errors=True)
