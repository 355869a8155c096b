"""The copy that goes back: every row, its result, nothing that could do harm."""

from __future__ import annotations

import zipfile
from datetime import date

import pytest
from sheets import NOW, ImportDesk, resident_id, words, write_sheet
from sqlalchemy import func, select

from bot.imports.landing import import_sheet
from models.accounts import Assignment
from models.clock import DEFAULT_ZONE
from models.messages import UserError
from models.people import Person

HEAD = ["姓名", "身份证号", "网格", "备注"]
TITLE = ["花园社区人员表", "", "", ""]
GOOD = ["王芳", resident_id(1), "51010101", "老师"]
BAD = ["李强", "123", "51010101", "医生"]


@pytest.fixture(autouse=True)
async def units(desk: ImportDesk) -> None:
    await desk.units()


async def test_the_copy_has_every_row_and_column_with_the_refused_on_top(desk: ImportDesk) -> None:
    done = await desk.take("people", [TITLE, HEAD, GOOD, BAD])
    assert done.returned.name == "sheet2.returned.xlsx"
    assert desk.returned[0][2:] == TITLE
    assert desk.returned[1] == [words("column.result"), words("column.source_row"), *HEAD]
    refusal = words("result.refused", reasons=words("id_length", got=3))
    assert desk.returned[2] == [refusal, 4.0, *BAD]
    assert desk.returned[3] == [words("result.new"), 3.0, *GOOD]


async def test_a_mended_copy_can_be_imported_again(desk: ImportDesk) -> None:
    await desk.take("people", [TITLE, HEAD, GOOD, BAD])
    desk.returned[2][3] = resident_id(2)
    done = await desk.take("people", desk.returned)
    assert (done.landed, done.unchanged, done.refused) == (1, 1, 0)
    assert desk.returned[1] == [words("column.result"), words("column.source_row"), *HEAD]


async def test_a_typed_formula_stays_text(desk: ImportDesk) -> None:
    evil = ["=1+1", "http://example.com", "@SUM(A1)", '=HYPERLINK("http://example.com")']
    done = await desk.take("people", [HEAD, evil])
    assert desk.returned[1][2:] == evil
    with zipfile.ZipFile(done.returned) as archive:
        page = archive.read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in page
    assert b"hyperlink" not in page.lower().replace(b"=hyperlink(", b"")


async def test_numbers_days_and_ticks_come_back_as_they_were(desk: ImportDesk) -> None:
    cells = ["王芳", 110101900307001, 51010101, date(2022, 3, 15)]
    await desk.take("people", [[*HEAD, "党员", "比例"], [*cells, True, 0.5]])
    assert desk.returned[1][2:] == [*cells, True, 0.5]


async def test_no_earlier_file_is_overwritten(desk: ImportDesk) -> None:
    path = write_sheet(desk.folder / "a.xlsx", [HEAD, GOOD])
    before = path.read_bytes()
    first = await desk.take_file("people", path)
    kept = first.returned.read_bytes()
    second = await desk.take_file("people", path)
    assert [first.returned.name, second.returned.name] == [
        "a.returned.xlsx",
        "a.returned-2.xlsx",
    ]
    assert (path.read_bytes(), first.returned.read_bytes()) == (before, kept)


async def test_the_copy_is_for_its_owner_s_eyes(desk: ImportDesk) -> None:
    done = await desk.take("people", [HEAD, GOOD])
    assert done.returned.stat().st_mode & 0o077 == 0


async def test_nothing_lands_where_no_copy_can_be_written(desk: ImportDesk) -> None:
    name = "x" * 249 + ".xlsx"  # the file may be so called; with ".returned" it may not
    path = write_sheet(desk.folder / "a.xlsx", [HEAD, GOOD]).rename(desk.folder / name)
    with pytest.raises(UserError) as caught:
        await import_sheet(desk.db, "people", path, NOW, DEFAULT_ZONE)
    assert caught.value.text.key == "import.unwritable"
    async with desk.db.read() as session:
        assert await session.scalar(select(func.count()).select_from(Person)) == 0


async def test_no_post_is_kept_whose_code_could_not_be_written(
    desk: ImportDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise UserError("import.unwritable", path="")

    monkeypatch.setattr("bot.imports.returned.put", full)
    path = write_sheet(
        desk.folder / "a.xlsx",
        [["姓名", "手机号", "角色", "单位"], ["王芳", "13800138000", "网格员", "51010101"]],
    )
    with pytest.raises(UserError):
        await import_sheet(desk.db, "staff", path, NOW, DEFAULT_ZONE)
    async with desk.db.read() as session:
        assert await session.scalar(select(func.count()).select_from(Assignment)) == 0
    assert sorted(p.name for p in desk.folder.glob("a*")) == ["a.xlsx"]


async def test_an_unreadable_file_leaves_no_copy(desk: ImportDesk) -> None:
    (desk.folder / "a.xlsx").write_text("no sheet")
    with pytest.raises(UserError):
        await desk.take_file("people", desk.folder / "a.xlsx")
    assert sorted(p.name for p in desk.folder.glob("a*")) == ["a.xlsx"]
