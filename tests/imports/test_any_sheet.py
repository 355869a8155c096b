"""Sheets as badly made as clerks make them: every row lands exactly as it was meant or comes back
with its reason."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from sheets import NOW, resident_id

from bot.imports.book import Book
from bot.imports.directory import Directory, Entry
from bot.imports.result import Result
from models.identity import eighteen_digits
from models.listed import Resident

REFUSED = object()  # what nobody can know any more
DIRECTORY = Directory([Entry(7, "51010101", "第一网格", ()), Entry(8, "51010102", "第二网格", ())])
HEAD = ("姓名", "身份证号", "手机号", "现住址", "网格")
WIDE = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
DAY = date(2022, 3, 15)


@dataclass(frozen=True)
class Error:
    """A formula that came to nothing."""

    text: str


Cell = tuple[Any, Any]  # as it stands there, and what it means


def spelt(text: str) -> st.SearchStrategy[Cell]:
    """The same in other spellings, none of which is another fact."""
    wide = text.translate(WIDE)
    return st.sampled_from([text, f"{text}  ", f" {text}", wide, f"\u3000{text}\u200b"]).map(
        lambda cell: (cell, text)
    )


def spoilt(*others: Any) -> st.SearchStrategy[Cell]:
    cells = [Error("#N/A"), Error("#REF!"), "1.10101E+17", *others]
    return st.sampled_from(cells).map(lambda cell: (cell, REFUSED))


def papers(serial: int) -> st.SearchStrategy[Cell]:
    number = resident_id(serial)
    old = f"110101900307{serial:03}"
    return st.one_of(
        spelt(number),
        st.just((old, eighteen_digits(old))),
        st.just((int(old), eighteen_digits(old))),  # a number of 15 digits loses none
        st.just((float(number[:17] + "1"), REFUSED)),  # one of 18 does
        st.sampled_from(["12", number[:17]]).map(lambda cell: (cell, REFUSED)),
        st.just(("", "")),
        spoilt(DAY),
    )


def phones(serial: int) -> st.SearchStrategy[Cell]:
    phone = f"138001{serial:05}"
    return st.one_of(spelt(phone), st.just((int(phone), phone)), st.just(("", None)), spoilt(DAY))


def people(serial: int) -> st.SearchStrategy[tuple[Cell, ...]]:
    name = st.sampled_from([("王芳", "王芳"), (" 王 芳 ", "王芳"), ("", REFUSED), ("王3", REFUSED)])
    door = f"花园小区{serial}栋501"
    doors = st.one_of(st.just((door, door)), st.just(("", "")), spoilt())
    unit = st.one_of(spelt("51010101"), st.just((51010101, "51010101")), st.just(("?", REFUSED)))
    return st.tuples(name, papers(serial), phones(serial), doors, unit)


@st.composite
def sheets(draw: st.DrawFn) -> tuple[list[list[Any]], dict[int, tuple[Any, ...]], bool]:
    """The lines of a sheet, what its rows mean by their number, and whether its columns are
    hidden and its title merged."""
    lines: list[list[Any]] = [["花园社区居民登记表"]] * draw(st.integers(0, 2))
    head = [*HEAD, draw(st.sampled_from(["备注", "姓名", "手机号", ""]))]
    lines = [*lines, head]
    if draw(st.booleans()):
        lines.append(["Name", "ID number", "Phone", "Address", "Grid", ""])
    meant: dict[int, tuple[Any, ...]] = {}
    for serial in draw(st.lists(st.integers(1, 9), min_size=1, max_size=8)):
        if draw(st.integers(0, 4)) == 0:
            lines.append(draw(st.sampled_from([[], ["", " "], head])))
        cells = draw(people(serial))
        lines.append([cell for cell, _ in cells] + ["别的"])
        meant[len(lines)] = tuple(meaning for _, meaning in cells)
    return lines, meant, draw(st.booleans())


def workbook(lines: list[list[Any]], hidden: bool) -> bytes:
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content)
    page = book.add_worksheet()
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for at, line in enumerate(lines):
        for column, cell in enumerate(line):
            if isinstance(cell, Error):
                page.write_formula(at, column, "=NA()", None, cell.text)
            elif isinstance(cell, date):
                page.write_datetime(at, column, cell, day)
            elif isinstance(cell, str):
                page.write_string(at, column, cell)
            else:
                page.write_number(at, column, cell)
        if len(line) == 1:
            page.merge_range(at, 0, at, 5, line[0])
    if hidden:
        page.set_column(1, 2, None, None, {"hidden": True})
    book.close()
    return content.getvalue()


def text_in(encoding: str) -> Callable[[list[list[Any]], bool], bytes]:
    def written(lines: list[list[Any]], _hidden: bool) -> bytes:
        out = io.StringIO()
        csv.writer(out).writerows(
            [cell.text if isinstance(cell, Error) else cell for cell in line] for line in lines
        )
        return out.getvalue().encode(encoding)

    return written


FORMATS = [workbook, *map(text_in, ("utf-8", "utf-8-sig", "gb18030", "utf-16"))]


def expected(meant: dict[int, tuple[Any, ...]]) -> dict[int, Any]:
    """The person of each row, or REFUSED."""
    found: dict[int, Any] = {}
    seen: set[Any] = set()
    for number, (name, paper, phone, address, unit) in meant.items():
        refused = REFUSED in (name, paper, phone, address, unit) or not (paper or address)
        if refused:
            found[number] = REFUSED
            continue
        who = paper or (name, address)
        found[number] = REFUSED if who in seen else (name, paper, phone, address, 7)
        seen.add(who)
    return found


def told(resident: Any) -> tuple[Any, ...]:
    assert isinstance(resident, Resident)
    return (
        resident.name,
        resident.id_number,
        resident.phone,
        resident.address,
        resident.unit_id,
    )


@settings(max_examples=50)
@given(sheets(), st.sampled_from(FORMATS))
def test_every_row_lands_as_it_was_meant_or_comes_back_with_its_reason(
    drawn: tuple[list[list[Any]], dict[int, tuple[Any, ...]], bool],
    written: Callable[[list[list[Any]], bool], bytes],
) -> None:
    lines, meant, hidden = drawn
    book = Book(written(lines, hidden))
    (look,) = book.look(["people"])
    assert (look.lacks, look.rows) == ([], len(meant))
    assert book.read("people", None, DIRECTORY, NOW.date()) == len(meant)
    landing: dict[int, Any] = {}
    while batch := book.take(3):
        landing |= batch
    refusals = book.refusals()
    right = expected(meant)
    assert {number: told(one) for number, one in landing.items()} == {
        number: who for number, who in right.items() if who is not REFUSED
    }
    assert refusals.keys() == right.keys() - landing.keys()
    assert all(isinstance(one, Result) and one.reasons for one in refusals.values())
    again = Book(book.copy({}, "zh_Hans"))
    assert [look.rows for look in again.look(["people"])] == [len(refusals)]
