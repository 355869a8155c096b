"""Text files as sheets: whatever encoding and separator a spreadsheet program wrote."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sheets import read_sheet

from bot.imports.book import Book
from bot.imports.delimited import grid_of, text_of
from models.messages import UserError

TEXT = "姓名,手机号,角色,单位\n王芳,13800138000,网格员,51010101\n"
ENCODED = [
    TEXT.encode("utf-8"),
    TEXT.encode("utf-8-sig"),
    TEXT.encode("gb18030"),
    b"\xff\xfe" + TEXT.encode("utf-16-le"),
    b"\xfe\xff" + TEXT.encode("utf-16-be"),
    TEXT.replace(",", "\t").encode("gb18030"),
    TEXT.replace(",", ";").replace("\n", "\r\n").encode(),
]


@pytest.mark.parametrize("content", ENCODED)
def test_every_encoding_and_separator_gives_the_same_rows(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"  # the name does not count
    path.write_bytes(content)
    (row,) = read_sheet(path, "staff").rows
    assert [row.text(name) for name in ("name", "phone", "role", "unit")] == [
        *("王芳", "13800138000", "网格员", "51010101")
    ]


TRADITIONAL = "姓名,手機號碼,現住址\n陳大文,91234567,九龍彌敦道12號\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (TRADITIONAL, "big5"),
        (TRADITIONAL, "gb18030"),
        ("單位,級別\n", "big5"),
        ("姓名\n啟\n", "big5hkscs"),
        ("编码,名称\n1,囍珺\n", "gb18030"),
        ("name,phone\n", "big5"),
    ],
)
def test_the_encodings_of_either_script_are_told_apart(text: str, encoding: str) -> None:
    assert text_of(text.encode(encoding)) == text


def test_digits_that_were_guarded_against_the_spreadsheet_are_digits() -> None:
    assert grid_of('a,"=""0123"""\n') == [["a", "0123"]]


def test_rows_of_different_lengths_and_cells_of_several_lines_are_kept() -> None:
    assert grid_of('a,b,c\n"1\n2"\n') == [["a", "b", "c"], ["1\n2", "", ""]]


@pytest.mark.parametrize(
    "content",
    [
        b"<html><table><tr><td>x</td></tr></table></html>",
        b"%PDF-1.7\n",
        b'{"a": 1}',
        "姓名,手机".encode("utf-16-le"),  # no mark says so
        b"\x89PNG\r\n\x1a\n\x00\x00",
    ],
)
def test_what_is_no_text_of_cells_is_refused(content: bytes) -> None:
    assert text_of(content) == ""
    with pytest.raises(UserError, match=r"import\.unreadable"):
        Book(content)


CELLS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)


@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), min_size=1, max_size=5))
def test_any_text_is_a_sheet_or_a_refusal(rows: list[list[str]]) -> None:
    content = "\n".join(",".join(row) for row in rows).encode()
    try:
        looks = Book(content).look(["people", "staff", "units"])
    except UserError:
        return
    assert {look.kind for look in looks} == {"people", "staff", "units"}


@given(st.binary(max_size=200))
def test_any_bytes_are_a_sheet_or_a_refusal(content: bytes) -> None:
    try:
        Book(content).look(["people"])
    except UserError as error:
        assert error.text.key.startswith("import.")  # noqa: PT017 -- either end is right
