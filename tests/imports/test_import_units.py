"""Units: a tree from rows in any order, refusals that name the row's own fault."""

from __future__ import annotations

import pytest
from sheets import NOW, UNITS, ImportDesk, words
from sqlalchemy import func, select

from models.audit import AuditRow
from models.messages import Text, UserError
from models.obligations import Kind, Obligation
from models.units import Level, Unit, add_unit

HEAD = UNITS[0]


async def tree(desk: ImportDesk) -> dict[str, Unit]:
    async with desk.db.read() as session:
        return {unit.code: unit for unit in await session.scalars(select(Unit))}


def path_of(units: dict[str, Unit], *codes: str) -> str:
    return "/" + "".join(f"{units[code].id}/" for code in codes)


def reasons(desk: ImportDesk) -> dict[str, str]:
    """Code -> what the copy says, for the refused rows."""
    refused = words("result.refused", reasons="")
    return {
        str(row[2]): str(row[0]).removeprefix(refused)
        for row in desk.returned[1:]
        if str(row[0]).startswith(refused)
    }


async def test_a_sheet_becomes_a_tree(desk: ImportDesk) -> None:
    await desk.units()
    units = await tree(desk)
    assert units["51010201"].level == Level.GRID
    assert units["51010201"].path == path_of(units, "51", "5101", "510102", "51010201")
    assert units["51"].parent_id is None


async def test_rows_may_stand_in_any_order_with_parents_by_name(desk: ImportDesk) -> None:
    names = {row[0]: row[1] for row in UNITS}
    rows = [[code, name, level, names.get(above, "")] for code, name, level, above in UNITS[1:]]
    done = await desk.take("units", [HEAD, *reversed(rows)])
    assert (done.landed, done.refused) == (7, 0)
    units = await tree(desk)
    assert units["51010201"].path == path_of(units, "51", "5101", "510102", "51010201")


async def test_a_level_is_inferred_from_the_parent(desk: ImportDesk) -> None:
    rows = [[code, name, above] for code, name, _, above in UNITS[1:]]
    assert (await desk.take("units", [["编码", "名称", "上级"], *rows])).landed == 7
    units = await tree(desk)
    assert [units[c].level for c in ("51", "5101", "510101", "51010101")] == list(Level)


async def test_importing_twice_changes_nothing(desk: ImportDesk) -> None:
    await desk.units()
    before = {code: (u.name, u.path, u.level) for code, u in (await tree(desk)).items()}
    done = await desk.take("units", UNITS)
    assert (done.landed, done.changed, done.refused, done.unchanged) == (0, 0, 0, 7)
    assert before == {code: (u.name, u.path, u.level) for code, u in (await tree(desk)).items()}


async def test_a_known_code_is_renamed_and_moved_with_all_below(desk: ImportDesk) -> None:
    await desk.units()
    done = await desk.take(
        "units",
        [HEAD, ["5102", "河西镇", "镇", "51"], ["510102", "柳树社区", "", "5102"]],
    )
    assert (done.landed, done.changed) == (1, 1)
    units = await tree(desk)
    assert units["510102"].name == "柳树社区"
    assert units["51010201"].path == path_of(units, "51", "5102", "510102", "51010201")
    assert units["51010101"].path == path_of(units, "51", "5101", "510101", "51010101")


async def test_an_empty_parent_leaves_a_known_unit_where_it_is(desk: ImportDesk) -> None:
    await desk.units()
    await desk.take("units", [["编码", "名称"], ["510102", "柳树社区"]])
    units = await tree(desk)
    assert units["510102"].path == path_of(units, "51", "5101", "510102")


@pytest.mark.parametrize(
    ("cells", "key", "params"),
    [
        (["", "新村", "村", "5101"], "empty", {"column": Text("import.field.code")}),
        (["9", "", "村", "5101"], "empty", {"column": Text("import.field.title")}),
        (["9", "新村", "省", "5101"], "level_unknown", {"level": "省"}),
        (["9", "新村", "村", "77"], "unit_unknown", {"unit": "77"}),
        (["9", "新村", "村", ""], "parent_empty", {}),
        (["9", "新村", "镇", "510101"], "level_order", {"unit": "花园社区"}),
        (["9", "小格", "", "51010101"], "level_order", {"unit": "第一网格"}),
        (["9", "小格", "", "第一网格"], "unit_ambiguous", {"unit": "第一网格"}),
        (["9" * 41, "新村", "村", "5101"], "code_long", {"max": 40}),
        (["9", "村" * 121, "村", "5101"], "title_long", {"max": 120}),
        (["9", "青云区", "区", ""], "second_district", {"code": "51"}),
        (["510101", "花园社区", "网格", "5101"], "level_children", {"unit": "第一网格"}),
        ([1e18, "新村", "村", "5101"], "digits_lost", {"column": Text("import.field.code")}),
    ],
)
async def test_a_bad_row_is_refused_with_its_reason(
    desk: ImportDesk, cells: list[object], key: str, params: dict[str, object]
) -> None:
    await desk.units()
    said = await desk.reason("units", HEAD, cells)
    assert said == words("result.refused", reasons=[Text(f"import.{key}", params)])
    assert len(await tree(desk)) == 7


async def test_a_circle_of_parents_is_refused_and_the_rest_lands(desk: ImportDesk) -> None:
    circle = [["a", "甲", "", "b"], ["b", "乙", "", "c"], ["c", "丙", "", "a"]]
    done = await desk.take("units", [*UNITS, *circle])
    assert (done.landed, done.refused) == (7, 3)
    assert set(reasons(desk).values()) == {words("parent_loop")}


async def test_a_known_unit_cannot_move_below_its_own_child(desk: ImportDesk) -> None:
    await desk.units()
    done = await desk.take("units", [HEAD, ["5101", "城关镇", "", "51010101"]])
    assert (done.changed, done.refused) == (0, 1)
    assert (await tree(desk))["5101"].parent_id == (await tree(desk))["51"].id


async def test_what_hangs_on_a_refused_row_is_refused_with_it(desk: ImportDesk) -> None:
    rows = [["9", "新村", "省", "5101"], ["91", "一格", "网格", "9"]]
    done = await desk.take("units", [*UNITS, *rows])
    assert (done.landed, done.refused) == (7, 2)
    assert reasons(desk)["91"] == words("parent_refused", row=9)


async def test_a_second_row_of_a_code_is_refused(desk: ImportDesk) -> None:
    done = await desk.take("units", [*UNITS, ["510102", "别的村", "村", "5101"]])
    assert (done.landed, done.refused) == (7, 1)
    assert reasons(desk)["510102"] == words("duplicate_row", row=7)
    assert (await tree(desk))["510102"].name == "柳树村"


async def test_a_district_that_was_only_set_up_takes_the_sheet_s_code(desk: ImportDesk) -> None:
    async with desk.db.write() as session:
        top = await add_unit(session, "district", "本区", Level.DISTRICT)
    done = await desk.take("units", UNITS)
    assert (done.landed, done.changed, done.refused) == (6, 1, 0)
    units = await tree(desk)
    assert (units["51"].id, units["51"].name) == (top.id, "青山区")
    assert len(units) == 7


async def test_new_units_get_a_digest_ahead_and_one_audit_row(desk: ImportDesk) -> None:
    await desk.units()
    async with desk.db.read() as session:
        digests = await session.scalar(
            select(func.count()).select_from(Obligation).where(Obligation.kind == Kind.DIGEST)
        )
        audit = list(await session.scalars(select(AuditRow)))
    assert digests == 4
    assert [(row.action, row.subject, row.facts) for row in audit] == [
        ("import", "units", {"landed": 7, "changed": 0})
    ]
    assert audit[0].at == NOW


@pytest.mark.parametrize("kind", ["staff", "people"])
async def test_nobody_can_be_put_where_there_is_no_unit(desk: ImportDesk, kind: str) -> None:
    head = ["姓名", "身份证号", "手机号", "角色", "单位"]
    with pytest.raises(UserError) as caught:
        await desk.take(kind, [head, ["王芳", "1", "1", "网格员", "1"]])
    assert caught.value.text.key == "import.no_units"
    assert [path.name for path in desk.folder.glob("*.xlsx")] == ["sheet1.xlsx"]
