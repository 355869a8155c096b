"""A sheet without headings: what its columns are is told by their cells, and nobody is lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sheets import resident_id

from bot.imports.book import Book
from bot.imports.contents import guesses
from bot.imports.sheet import headless, without_headings

DOOR = "花园小区3栋2单元501"
ROWS = [
    [1, "王芳", resident_id(1), "13812345678", DOOR, "老师"],
    [2, "欧阳明", resident_id(2), "13812345679", "柳林村2组15号", "医生"],
    [3, "David", "C12345678", "", "花园小区5栋1单元302", ""],
]


def grid(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    return [list(row) for row in rows]


def test_numbers_mobiles_doors_and_names_are_told_apart() -> None:
    assert guesses(ROWS) == {2: "id_number", 3: "phone", 4: "address", 1: "name"}


@pytest.mark.parametrize(
    "cells",
    [
        ["口罩", "酒精"],
        ["200", "30"],
        ["老师", "医生"],
        ["5", "501"],
        ["110101199003070012", "1"],
        [""],
    ],
)
def test_what_is_not_evident_is_not_guessed(cells: list[str]) -> None:
    assert guesses([[cell] for cell in cells]) == {}


def test_numbers_that_a_spreadsheet_keeps_as_such_are_seen() -> None:
    assert guesses([[13812345678.0], [13912345678.0]]) == {0: "phone"}


def test_of_two_columns_of_names_one_is_the_name() -> None:
    assert guesses([["王芳", ""], ["李明", "张华"]]) == {0: "name"}


def test_a_row_with_somebodys_number_is_no_heading() -> None:
    assert headless([grid(ROWS)])
    # A cell that happens to be spelt like a heading does not make one of her row.
    assert headless([grid([["村", *ROWS[0]], ["村", *ROWS[1]]])])
    assert not headless([grid([["姓名", "电话"], ["王芳", "13812345678"]])])


def test_every_row_counts_where_there_are_no_headings() -> None:
    sheet = without_headings([grid(ROWS)], "people")
    assert [row.number for row in sheet.rows] == [1, 2, 3]
    assert sheet.rows[0].text("name") == "王芳"
    assert sheet.above == [["", "姓名", "身份证号码", "手机号码", "现住址", ""]]


def test_headings_that_nobody_knows_are_not_taken_for_somebody() -> None:
    strange = [["公民", "公民号", "家在哪"], *[[row[1], row[2], row[4]] for row in ROWS]]
    sheet = without_headings([grid(strange)], "people")
    assert [row.number for row in sheet.rows] == [2, 3, 4]
    assert sheet.headings() == strange[0]


@given(st.permutations(range(1, 5)), st.integers(0, 2))
def test_nobody_is_lost_whatever_stands_first(order: list[int], first: int) -> None:
    rows = [[row[at] for at in order] for row in (ROWS[first], *ROWS)]
    assert len(without_headings([grid(rows)], "people").rows) == len(rows)


def test_what_somebody_says_of_the_columns_is_what_counts() -> None:
    text = "\n".join(",".join(map(str, row)) for row in ROWS)
    book = Book(text.encode())
    (look,) = book.look(["people"])
    assert look.bare
    assert look.headings == [""] * 6
    assert look.columns == {"id_number": 2, "phone": 3, "address": 4, "name": 1}
    assert look.with_meaning(1, "household").lacks == ["name"]
