"""Sheets as clerks make them, and a desk that imports them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from python_calamine import load_workbook
from sqlalchemy import select

import locales
from bot.imports.landing import Imported, import_sheet
from bot.imports.sheet import Sheet, complete, recognise
from bot.imports.workbook import content_of, open_grids
from models.clock import DEFAULT_ZONE
from models.messages import Text
from models.people import Person
from models.session import Database

NOW = datetime(2022, 7, 4, 8, 0, tzinfo=DEFAULT_ZONE)

UNITS = [
    ["单位编码", "单位名称", "级别", "上级编码"],
    ["51", "青山区", "区县", ""],
    ["5101", "城关镇", "乡镇", "51"],
    ["510101", "花园社区", "社区", "5101"],
    ["51010101", "第一网格", "网格", "510101"],
    ["51010102", "第二网格", "网格", "510101"],
    ["510102", "柳树村", "村", "5101"],
    ["51010201", "第一网格", "网格", "510102"],
]


def resident_id(serial: int, born: str = "19900307") -> str:
    """A number with a good checksum."""
    body = f"110101{born}{serial:03}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


def write_sheet(path: Path, rows: Sequence[Sequence[Any]], merges: Sequence[str] = ()) -> Path:
    """A workbook with one sheet; `merges` like "A2:A4" keep the first cell's value."""
    book = xlsxwriter.Workbook(str(path))
    page = book.add_worksheet()
    day = book.add_format({"num_format": "m-d"})
    for at, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            if isinstance(cell, date):
                page.write_datetime(at, column, cell, day)
            elif isinstance(cell, str):
                page.write_string(at, column, cell)
            else:
                page.write(at, column, cell)
    for cells in merges:
        page.merge_range(cells, "")
        at, column = xlsxwriter.utility.xl_cell_to_rowcol(cells.split(":")[0])
        page.write(at, column, rows[at][column])
    book.close()
    return path


def read_sheet(path: Path, kind: str) -> Sheet:
    """The sheet of a file, as the operator's command finds it."""
    return complete(recognise(open_grids(content_of(path)), kind))


class ImportDesk:
    """Imports rows and remembers the copy that came back."""

    def __init__(self, db: Database, folder: Path) -> None:
        self.db = db
        self.folder = folder
        self.returned: list[list[Any]] = []
        self._sheets = 0

    async def units(self) -> None:
        assert (await self.take("units", UNITS)).landed == len(UNITS) - 1

    async def take(
        self,
        kind: str,
        rows: Sequence[Sequence[Any]],
        merges: Sequence[str] = (),
        now: datetime = NOW,
    ) -> Imported:
        self._sheets += 1
        path = write_sheet(self.folder / f"sheet{self._sheets}.xlsx", rows, merges)
        return await self.take_file(kind, path, now)

    async def take_file(self, kind: str, path: Path, now: datetime = NOW) -> Imported:
        done = await import_sheet(self.db, kind, path, now, DEFAULT_ZONE)
        self.returned = self.cells(done.returned)
        return done

    def cells(self, path: Path) -> list[list[Any]]:
        return load_workbook(path).get_sheet_by_index(0).to_python()

    async def reason(self, kind: str, headings: Sequence[str], cells: Sequence[Any]) -> str:
        """What the sheet says about its one row, which must be refused."""
        done = await self.take(kind, [headings, cells])
        assert (done.landed, done.changed, done.refused) == (0, 0, 1)
        return str(self.returned[1][0])

    async def people(self) -> list[Person]:
        async with self.db.read() as session:
            return list(await session.scalars(select(Person).order_by(Person.id)))


def say(text: Text) -> str:
    return locales.render("zh_Hans", text)


def words(key: str, **params: Any) -> str:
    return say(Text(f"import.{key}", params))
