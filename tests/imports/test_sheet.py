"""What is recognised as a sheet, and what is sent away with a reason."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from sheets import read_sheet, write_sheet

from bot.imports.sheet import REQUIRED
from bot.imports.vocabulary import headings, meaning, own_headings
from bot.imports.workbook import LARGEST_FILE
from models.accounts import Role
from models.identity import IdKind
from models.messages import Text, UserError
from models.units import Level

HEAD = ["姓名", "手机号", "角色", "单位"]
ROW = ["王芳", "13800138000", "网格员", "51010101"]


def refusal(path: Path, kind: str = "staff") -> Text:
    with pytest.raises(UserError) as caught:
        read_sheet(path, kind)
    return caught.value.text


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"", "import.empty_file"),
        (b"name,phone\n", "import.column_missing"),
        (b"<html><table><tr><td>x</td></tr></table></html>", "import.unreadable"),
        (b"PK\x03\x04 cut off", "import.unreadable"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "import.unreadable"),
        (
            bytes.fromhex("d0cf11e0a1b11ae1") + "EncryptedPackage".encode("utf-16-le"),
            "import.encrypted",
        ),
    ],
)
def test_a_file_that_is_no_sheet_is_refused(tmp_path: Path, content: bytes, key: str) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    assert refusal(path).key == key


def test_a_zip_that_is_no_sheet_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("hello.txt", "hello")
    assert refusal(tmp_path / "a.xlsx").key == "import.unreadable"


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "nothing.xlsx").key == "import.no_file"
    assert refusal(tmp_path).key == "import.no_file"


def test_a_file_over_thirty_megabytes_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with path.open("wb") as file:
        file.truncate(LARGEST_FILE + 1)
    assert refusal(path) == Text("import.too_large", {"max": 30})


def test_a_stray_cell_in_the_last_corner_is_refused_before_it_fills_memory(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"))
    page = book.add_worksheet()
    page.write_row(0, 0, HEAD)
    page.write(1048575, 16383, "x")
    book.close()
    assert refusal(tmp_path / "a.xlsx").key == "import.too_wide"


def test_a_sheet_without_rows_is_refused(tmp_path: Path) -> None:
    assert refusal(write_sheet(tmp_path / "a.xlsx", [])).key == "import.no_rows"
    assert refusal(write_sheet(tmp_path / "b.xlsx", [HEAD, ["", " "]])).key == "import.no_rows"


def test_missing_columns_are_named(tmp_path: Path) -> None:
    found = refusal(write_sheet(tmp_path / "a.xlsx", [["姓名", "单位"], ["王芳", "1"]]))
    assert found.key == "import.column_missing"
    assert found.params["column"] == [Text("import.field.phone"), Text("import.field.role")]


@pytest.mark.parametrize(
    "spelling",
    [
        "手机号",
        " 手 机 号 ",
        "手机\n号码",
        "*手机号（必填）",
        "＊手机【11位】",
        "聯絡電話",
        "Mobile Phone",
    ],
)
def test_a_heading_is_known_however_it_is_spelt(tmp_path: Path, spelling: str) -> None:
    head = [HEAD[0], spelling, *HEAD[2:]]
    assert read_sheet(write_sheet(tmp_path / "a.xlsx", [head, ROW]), "staff").columns["phone"] == 1


def test_headings_may_stand_below_a_merged_title(tmp_path: Path) -> None:
    rows = [["青山区网格员名单", "", "", ""], ["填表日期：7月4日", "", "", ""], HEAD, ROW]
    sheet = read_sheet(write_sheet(tmp_path / "a.xlsx", rows, ["A1:D1"]), "staff")
    assert [row.number for row in sheet.rows] == [4]
    assert sheet.rows[0].text("name") == "王芳"


def test_two_rows_of_headings_are_read_as_one(tmp_path: Path) -> None:
    rows = [
        ["姓名", "身份证号", "地址", "", "", ""],
        ["", "", "小区", "楼栋", "单元", "室"],
        ["王芳", "1", "花园小区", "3", "2", "501"],
    ]
    sheet = read_sheet(
        write_sheet(tmp_path / "a.xlsx", rows, ["A1:A2", "B1:B2", "C1:F1"]), "people"
    )
    assert sheet.columns == {
        "name": 0, "id_number": 1, "address": 2, "building": 3, "entrance": 4, "room": 5
    }  # fmt: skip
    assert [row.number for row in sheet.rows] == [3]


def test_headings_in_two_languages_and_repeated_for_print_are_no_data(tmp_path: Path) -> None:
    rows = [HEAD, ["Name", "Phone", "Role", "Unit"], ROW, HEAD, ROW]
    sheet = read_sheet(write_sheet(tmp_path / "a.xlsx", rows), "staff")
    assert [row.number for row in sheet.rows] == [3, 5]


def test_the_sheet_with_the_columns_is_taken_and_hidden_ones_are_not(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"))
    book.add_worksheet("说明").write(0, 0, "请在第二张表填写姓名")
    page = book.add_worksheet("名单")
    page.write_row(0, 0, HEAD)
    page.write_row(1, 0, ROW)
    hidden = book.add_worksheet("旧名单")
    hidden.write_row(0, 0, [*HEAD, "村"])
    hidden.write_row(1, 0, ["旧", *ROW[1:], "x"])
    hidden.hide()
    book.close()
    assert read_sheet(tmp_path / "a.xlsx", "staff").rows[0].text("name") == "王芳"


def test_the_column_with_the_code_wins_over_that_with_the_name(tmp_path: Path) -> None:
    head = ["姓名", "手机号", "角色", "单位名称", "单位编码"]
    sheet = read_sheet(
        write_sheet(tmp_path / "a.xlsx", [head, [*ROW[:3], "第一网格", "5"]]), "staff"
    )
    assert sheet.rows[0].text("unit") == "5"


def test_vertically_merged_cells_count_for_every_row(tmp_path: Path) -> None:
    rows = [HEAD, ROW, ["李强", "13800138001", "网格员", ""]]
    sheet = read_sheet(write_sheet(tmp_path / "a.xlsx", rows, ["D2:D3"]), "staff")
    assert [row.text("unit") for row in sheet.rows] == ["51010101", "51010101"]


def test_cells_are_read_as_they_were_meant(tmp_path: Path) -> None:
    rows = [HEAD, ["　王芳\u200b ", 13800138000, "网格员", "５１０１"]]
    row = read_sheet(write_sheet(tmp_path / "a.xlsx", rows), "staff").rows[0]
    assert [row.text(name) for name in ("name", "phone", "unit")] == ["王芳", "13800138000", "5101"]


@pytest.mark.parametrize(
    ("cell", "key"),
    [
        (date(2022, 3, 15), "import.cell_date"),
        (1.10101199003070e17, "import.digits_lost"),
        ("1.10101199003070E+17", "import.digits_lost"),
    ],
)
def test_what_the_spreadsheet_spoilt_is_refused(tmp_path: Path, cell: object, key: str) -> None:
    row = read_sheet(write_sheet(tmp_path / "a.xlsx", [HEAD, [*ROW[:3], cell]]), "staff").rows[0]
    with pytest.raises(UserError) as caught:
        row.text("unit")
    assert caught.value.text == Text(key, {"column": Text("import.field.unit")})


def test_an_old_workbook_may_have_any_ending(tmp_path: Path) -> None:
    write_sheet(tmp_path / "a.xlsx", [HEAD, ROW]).rename(tmp_path / "a.xls")
    assert len(read_sheet(tmp_path / "a.xls", "staff").rows) == 1


def test_an_open_document_is_read(tmp_path: Path) -> None:
    def cells(row: list[str]) -> str:
        return "".join(
            '<table:table-cell office:value-type="string">'
            f"<text:p>{cell}</text:p></table:table-cell>"
            for cell in row
        )

    rows = "".join(f"<table:table-row>{cells(row)}</table:table-row>" for row in (HEAD, ROW))
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml",
            '<?xml version="1.0"?><manifest:manifest '
            'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
        archive.writestr(
            "content.xml",
            f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces}>'
            "<office:body><office:spreadsheet>"
            f'<table:table table:name="a">{rows}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    (tmp_path / "a.ods").write_bytes(buffer.getvalue())
    assert read_sheet(tmp_path / "a.ods", "staff").rows[0].text("name") == "王芳"


def test_every_required_field_has_headings_of_its_own() -> None:
    for kind, fields in REQUIRED.items():
        known = {heading.field for heading in headings(kind).values()}
        assert {name for choice in fields for name in choice} <= known
        assert not own_headings() & set(headings(kind))


@pytest.mark.parametrize(
    ("topic", "word", "value"),
    [
        ("level", "村（社区）", Level.VILLAGE),
        ("level", "街道办事处", Level.TOWNSHIP),
        ("level", "區縣", Level.DISTRICT),
        ("level", " 网 格 ", Level.GRID),
        ("role", "專職網格員", Role.GRID_WORKER),
        ("role", "村干部", Role.COMMUNITY),
        ("role", "县级", Role.DISTRICT),
        ("id_kind", "护照", IdKind.PASSPORT),
        ("id_kind", "台湾居民来往大陆通行证", IdKind.PERMIT),
    ],
)
def test_values_are_known_in_the_field_s_words(topic: str, word: str, value: str) -> None:
    assert meaning(topic, word) == value
