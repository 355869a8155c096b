"""A formula that came to an error is said to be one, and is no empty cell and no nought."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oldsheets import Wrong, xls
from sheets import ImportDesk, resident_id, words

from bot.imports import binary
from bot.imports.formulas import errors
from bot.imports.workbook import open_grids
from models.messages import Text

_ROOT = (
    '<office:document-content office:version="1.3"'
    ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0">'
    "<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
    "</office:document-content>"
)

_MANIFEST = (
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
)


def _text(said: str, more: str = "") -> str:
    cell = f'<table:table-cell office:value-type="string"{more}>'
    return f"{cell}<text:p>{said}</text:p></table:table-cell>"


def _error(said: str, value: str, more: str = "") -> str:
    return (
        f'<table:table-cell table:formula="of:=1/0" office:value-type="{value}"'
        f' calcext:value-type="error"{more}><text:p>{said}</text:p></table:table-cell>'
    )


def _row(*cells: str, more: str = "") -> str:
    return f"<table:table-row{more}>{''.join(cells)}</table:table-row>"


def _ods(*tables: tuple[str, str], before: str = "") -> bytes:
    inner = "".join(f'<table:table table:name="{n}">{rows}</table:table>' for n, rows in tables)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", _MANIFEST)
        archive.writestr("content.xml", before + _ROOT.format(tables=inner))
    return file.getvalue()


def test_errors_of_an_ods_file_stand_where_they_are() -> None:
    gap = '<table:table-cell table:number-columns-repeated="2"/>'
    nought = ' office:value="0"'
    first = (
        _row(_text("姓名"), _text("户号"), _text("备注"), _text("手机"))
        + _row(_text("甲"), more=' table:number-rows-repeated="2"')
        + _row(_text("乙"), gap, _error("#REF!", "string", ' office:string-value=""'))
        + _row(_text("丙"), _error("#DIV/0!", "float", nought), _text("空"), _text("1"))
    )
    second = _row(_text("x"), _error("#N/A", "string", ' office:string-value=""'), _text("y"))
    found = open_grids(_ods(("一", first), ("二", second)))
    assert found[0][3] == ["乙", "", "", "#REF!"]
    assert found[0][4] == ["丙", "#DIV/0!", "空", "1"]
    assert [row[0] for row in found[0]] == ["姓名", "甲", "甲", "乙", "丙"]
    assert found[1][0] == ["x", "#N/A", "y"]


def test_a_file_that_would_unfold_for_ever_is_not_unfolded() -> None:
    rows = _row(_text("姓名"), _error("#N/A", "string", ' office:string-value=""'))
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
    assert list(errors(_ods(("一", rows)), "一", 0)) == [(0, 1, "#N/A")]
    assert list(errors(_ods(("一", rows), before=bomb), "一", 0)) == []


HEAD = ["姓名", "手机号", "户号"]


@pytest.mark.parametrize("filler", [0, 300], ids=["in small sectors", "in large sectors"])
def test_errors_of_an_xls_file_stand_where_they_are(filler: int) -> None:
    first = [HEAD, *[["甲", "1", "2"]] * filler, ["乙", "", Wrong(0x17)], ["丙", Wrong(0x2A), "3"]]
    second = [["x", Wrong(0x07, formula=False), "y"]]
    found = open_grids(xls(("一", first), ("二", second)))
    assert found[0][-2:] == [["乙", "", "#REF!"], ["丙", "#N/A", "3"]]
    assert found[0][0] == HEAD
    assert len(found[0]) == filler + 3
    assert found[1] == [["x", "#DIV/0!", "y"]]


def test_a_chart_within_an_xls_sheet_has_errors_of_its_own() -> None:
    found = open_grids(xls(("一", [["", "b"], ["a", Wrong(0x1D)]]), chart=True))
    assert found == [[["", "b"], ["a", "#NAME?"]]]


@pytest.mark.parametrize("name", ["a.xls", "a.xlsx"])
async def test_a_row_with_an_error_in_an_xls_comes_back_with_its_reason(
    desk: ImportDesk, name: str
) -> None:
    path = desk.folder / name
    heads = ["姓名", "身份证号", "手机号", "网格编码"]
    good = ["王芳", resident_id(1), "13812345678", "51010101"]
    bad = ["李明", resident_id(2), Wrong(0x2A), "51010101"]
    path.write_bytes(xls(("名册", [heads, good, bad])))
    await desk.units()
    done = await desk.take_file("people", path)
    assert (done.landed, done.refused) == (1, 1)
    reason = words("cell_error", column=Text("import.field.phone"), error="#N/A")
    assert desk.returned[1][0] == words("result.refused", reasons=reason)
    assert desk.returned[1][4] == "#N/A"


@given(st.data())
def test_any_broken_xls_is_looked_through(data: st.DataObject) -> None:
    content = bytearray(xls(("一", [["a", Wrong(0x2A)]])))
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(0, len(content))) :]
    assert len(list(binary.errors(bytes(content), 0))) <= len(content)
