"""People: documents merge, doors are households, bad cells are named."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from counting import counted
from sheets import NOW, ImportDesk, resident_id, words
from sqlalchemy import func, select, update

from models.audit import AuditRow
from models.clock import local_day
from models.entries import ROSTER_KEPT
from models.identity import IdKind
from models.messages import Text
from models.people import Care, Household, Person, Residence
from models.tenancies import Tenancy
from models.units import Unit

HEAD = ["姓名", "身份证号", "手机号", "地址", "网格", "户号", "与户主关系"]
WANG = ["王芳", resident_id(1), "13800138000", "花园小区3栋501", "51010101", "", "户主"]
LI = ["李强", resident_id(2), "", "花园小区3栋501", "51010101", "", "配偶"]


@pytest.fixture(autouse=True)
async def units(desk: ImportDesk) -> None:
    await desk.units()


async def households(desk: ImportDesk) -> list[Household]:
    async with desk.db.read() as session:
        return list(await session.scalars(select(Household).order_by(Household.id)))


async def unit_codes(desk: ImportDesk) -> list[str]:
    async with desk.db.read() as session:
        return list(
            await session.scalars(
                select(Unit.code).join(Person, Person.unit_id == Unit.id).order_by(Person.id)
            )
        )


async def test_one_address_is_one_household_with_its_head(desk: ImportDesk) -> None:
    done = await desk.take("people", [HEAD, LI, WANG])
    assert (done.landed, done.refused) == (2, 0)
    li, wang = await desk.people()
    (home,) = await households(desk)
    assert li.household_id == wang.household_id == home.id
    assert (home.head_id, home.address) == (wang.id, "花园小区3栋501")
    assert (wang.name, wang.phone, wang.id_number) == ("王芳", "13800138000", resident_id(1))
    assert (wang.purge_on, li.phone, li.created_at) == ((NOW + ROSTER_KEPT).date(), None, NOW)


async def test_importing_twice_changes_nothing(desk: ImportDesk) -> None:
    rows = [
        WANG,
        LI,
        ["张一", resident_id(3), "", "柳树村1组", "51010201", "12", "户主"],
        ["张二", resident_id(4), "", "柳树村1组", "51010201", "13", "户主"],
        ["张三", resident_id(5), "", "", "51010201", "14", ""],
        ["张四", resident_id(6), "", "", "51010201", "", ""],
    ]
    assert (await desk.take("people", [HEAD, *rows])).landed == 6
    before = [vars(home) | {"_sa_instance_state": None} for home in await households(desk)]
    done = await desk.take("people", [HEAD, *reversed(rows)])
    assert (done.landed, done.changed, done.unchanged) == (0, 0, 6)
    assert before == [vars(home) | {"_sa_instance_state": None} for home in await households(desk)]
    assert len(before) == 4


async def test_an_exact_document_merges_and_empty_cells_erase_nothing(desk: ImportDesk) -> None:
    await desk.take("people", [HEAD, WANG])
    moved = ["王芳芳", resident_id(1), "", "花园小区8栋", "51010102", "", ""]
    done = await desk.take("people", [HEAD, moved])
    assert (done.landed, done.changed) == (0, 1)
    (person,) = await desk.people()
    assert (person.name, person.phone, person.address) == ("王芳芳", "13800138000", "花园小区8栋")
    assert await unit_codes(desk) == ["51010102"]
    homes = {home.id: home.address for home in await households(desk)}
    assert homes[person.household_id or 0] == "花园小区8栋"


@pytest.mark.parametrize("sooner", [timedelta(days=-1), timedelta(), timedelta(days=1)])
async def test_a_list_keeps_whom_it_names_for_two_years_and_nobody_for_less_than_she_was(
    desk: ImportDesk, sooner: timedelta
) -> None:
    listed_until = (NOW + ROSTER_KEPT).date()
    await desk.take("people", [HEAD, WANG])
    async with desk.db.write() as session:
        await session.execute(update(Person).values(purge_on=listed_until - sooner))
    assert (await desk.take("people", [HEAD, WANG])).unchanged == 1
    (person,) = await desk.people()
    assert person.purge_on == max(listed_until, listed_until - sooner)


async def test_numbers_part_households_at_one_address(desk: ImportDesk) -> None:
    rows = [[*WANG[:5], "1", "户主"], [*LI[:5], "2", "户主"]]
    await desk.take("people", [HEAD, *rows])
    wang, li = await desk.people()
    assert wang.household_id != li.household_id
    baby = ["李小", resident_id(7), "", LI[3], "51010101", "2", "之子"]
    await desk.take("people", [HEAD, *rows, baby])
    assert (await desk.people())[2].household_id == li.household_id


async def test_one_address_in_two_villages_is_two_households(desk: ImportDesk) -> None:
    rows = [[*WANG[:3], "1组5号", "51010101"], [*LI[:3], "1组5号", "51010201"]]
    await desk.take("people", [HEAD[:5], *rows])
    assert len(await households(desk)) == 2


async def test_a_head_may_be_named_in_every_row(desk: ImportDesk) -> None:
    rows = [[*LI[:6], "王芳"], [*WANG[:6], "王芳"]]
    await desk.take("people", [[*HEAD[:6], "户主姓名"], *rows])
    assert [home.head_id for home in await households(desk)] == [(await desk.people())[1].id]


async def test_columns_of_a_door_make_the_address(desk: ImportDesk) -> None:
    head = ["姓名", "身份证号", "小区", "楼栋", "单元", "室", "网格编码"]
    row = ["王芳", resident_id(1), "花园小区", 3, "2单元", "501", "51010101"]
    await desk.take("people", [head, row])
    assert [person.address for person in await desk.people()] == ["花园小区3栋2单元501室"]


async def test_a_unit_follows_from_the_door_in_the_sheet_or_in_the_database(
    desk: ImportDesk,
) -> None:
    blank = [*LI[:4], "", "", ""]
    assert (await desk.take("people", [HEAD, blank, WANG])).landed == 2
    later = ["王小", resident_id(8), "", " 花园小区 3栋-501", "", "", "女儿"]
    assert (await desk.take("people", [HEAD, later])).landed == 1
    assert await unit_codes(desk) == ["51010101"] * 3
    assert len(await households(desk)) == 1


async def test_a_known_person_keeps_her_unit_when_the_sheet_has_none(desk: ImportDesk) -> None:
    await desk.take("people", [HEAD, WANG])
    done = await desk.take("people", [["姓名", "身份证号", "地址"], [*WANG[:2], "别处1号"]])
    assert (done.changed, done.refused) == (1, 0)
    assert await unit_codes(desk) == ["51010101"]


async def test_other_papers_are_kept_as_what_they_are(desk: ImportDesk) -> None:
    head = [*HEAD[:2], "证件类型", "网格"]
    rows = [
        ["John Smith", "e1234 5678", "护照", "51010101"],
        ["陈大文", "H12345678", "港澳居民来往内地通行证", "51010101"],
        ["陈小文", "12345678", "台胞证", "51010101"],
        ["王芳", resident_id(1), "身份证", "51010101"],
    ]
    assert (await desk.take("people", [head, *rows])).landed == 4
    assert [(p.id_kind, p.id_number) for p in await desk.people()] == [
        (IdKind.PASSPORT, "E12345678"),
        (IdKind.PERMIT, "H12345678"),
        (IdKind.PERMIT, "12345678"),
        (IdKind.RESIDENT, resident_id(1)),
    ]


async def test_full_width_digits_and_stray_spaces_are_no_fault(desk: ImportDesk) -> None:
    full = resident_id(1).translate({ord("0") + i: ord("０") + i for i in range(10)})
    done = await desk.take(
        "people", [HEAD, [" 王　芳 ", f" {full}\u200b", " 138 0013 8000 ", *WANG[3:]]]
    )
    assert done.landed == 1
    (person,) = await desk.people()
    assert (person.name, person.id_number, person.phone) == ("王芳", resident_id(1), "13800138000")


async def test_fifteen_digits_may_be_a_number_cell(desk: ImportDesk) -> None:
    assert (await desk.take("people", [HEAD, ["王芳", 110101900307001, *WANG[2:]]])).landed == 1
    assert [person.id_number for person in await desk.people()] == [resident_id(1)]


@pytest.mark.parametrize(
    ("number", "key", "params"),
    [
        ("110101199003", "id_length", {"got": 12}),
        (resident_id(1)[:-1] + "A", "id_digits", {}),
        ("99" + resident_id(1)[2:], "id_checksum", {}),
        ("00" + resident_id(1)[2:], "id_province", {}),
        (resident_id(1, "19901301"), "id_birth", {}),
        (resident_id(1, "20220705"), "id_future", {}),
        (resident_id(1)[:-1] + ("1" if resident_id(1)[-1] != "1" else "2"), "id_checksum", {}),
        (110101199003070011, "digits_lost", {"column": Text("import.field.id_number")}),
        ("1.10101199003070E+17", "digits_lost", {"column": Text("import.field.id_number")}),
        (date(1990, 3, 7), "cell_date", {"column": Text("import.field.id_number")}),
        ("不详", "id_format", {}),
    ],
)
async def test_a_bad_document_is_refused_with_its_reason(
    desk: ImportDesk, number: object, key: str, params: dict[str, object]
) -> None:
    said = await desk.reason("people", HEAD, ["王芳", number, *WANG[2:]])
    assert said == words("result.refused", reasons=[Text(f"import.{key}", params)])
    assert await desk.people() == []


@pytest.mark.parametrize(
    ("column", "cell", "key", "params"),
    [
        (0, "", "empty", {"column": Text("import.field.name")}),
        (0, "王芳123", "name_letters", {}),
        (2, "1380013", "phone", {}),
        (3, date(2022, 3, 15), "cell_date", {"column": Text("import.field.address")}),
        (4, "第九网格", "unit_unknown", {"unit": "第九网格"}),
        (4, "", "unit_needed", {}),
    ],
)
async def test_a_bad_row_is_refused_with_its_reason(
    desk: ImportDesk, column: int, cell: object, key: str, params: dict[str, object]
) -> None:
    row: list[object] = [*WANG]
    row[column] = cell
    said = await desk.reason("people", HEAD, row)
    assert said == words("result.refused", reasons=[Text(f"import.{key}", params)])
    assert await desk.people() == []


async def test_an_unknown_kind_of_paper_is_refused(desk: ImportDesk) -> None:
    head = [*HEAD[:2], "证件类型", "网格"]
    said = await desk.reason("people", head, ["王芳", resident_id(1), "军官证", "51010101"])
    assert words("id_kind_unknown", kind="军官证") in said


async def test_a_document_twice_in_a_sheet_is_refused_once(desk: ImportDesk) -> None:
    bad = ["王芳", resident_id(1), "123", *WANG[3:]]
    done = await desk.take("people", [HEAD, bad, WANG, WANG])
    assert (done.landed, done.refused) == (1, 2)
    assert words("duplicate_row", row=3) in desk.returned[2][0]


# -- without papers --------------------------------------------------------------------------------

GRANNY = ["王奶奶", "", "", WANG[3], WANG[4], "", "祖母"]


async def test_without_papers_name_and_door_say_who_it_is(desk: ImportDesk) -> None:
    assert (await desk.take("people", [HEAD, WANG, GRANNY])).landed == 2
    wang, granny = await desk.people()
    assert (granny.name, granny.id_index, granny.household_id) == (
        "王奶奶",
        None,
        wang.household_id,
    )
    again = ["王奶奶", "", "13800138009", " 花园小区 3栋-501", "", "", ""]
    done = await desk.take("people", [HEAD, again])
    assert (done.landed, done.changed) == (0, 1)
    assert [person.phone for person in await desk.people()] == ["13800138000", "13800138009"]
    assert (await desk.take("people", [HEAD, again, WANG])).unchanged == 2


async def test_without_papers_another_door_or_name_is_somebody_else(desk: ImportDesk) -> None:
    await desk.take("people", [HEAD, WANG, GRANNY])
    elsewhere = [*GRANNY[:3], "花园小区3栋502", *GRANNY[4:]]
    other = ["王爷爷", *GRANNY[1:]]
    assert (await desk.take("people", [HEAD, elsewhere, other])).landed == 2


async def test_the_name_of_somebody_with_papers_behind_her_own_door_is_hers(
    desk: ImportDesk,
) -> None:
    await desk.take("people", [HEAD, WANG])
    done = await desk.take("people", [HEAD, [WANG[0], "", "13800138001", *WANG[3:]]])
    assert (done.landed, done.changed) == (0, 1)
    (person,) = await desk.people()
    assert (person.id_number, person.phone) == (WANG[1], "13800138001")


async def test_without_papers_one_row_twice_is_refused_once(desk: ImportDesk) -> None:
    done = await desk.take("people", [HEAD, GRANNY, [*GRANNY[:3], "花园小区 3栋501", *GRANNY[4:]]])
    assert (done.landed, done.refused) == (1, 1)


async def test_without_papers_and_door_nobody_can_tell_who_it_is(desk: ImportDesk) -> None:
    said = await desk.reason("people", HEAD, ["王奶奶", "", "", "", "51010101", "7", ""])
    assert said == words("result.refused", reasons=[Text("import.papers_or_door")])


# -- how they belong to the door -------------------------------------------------------------------

LET = [*HEAD[:5], "人口类型", "特殊人群", "房东", "房东电话"]
TENANT = [*LI[:5], "流动人口", "慢病、残疾", "王芳", "13800138000"]


async def tenancies(desk: ImportDesk) -> list[Tenancy]:
    async with desk.db.read() as session:
        return list(await session.scalars(select(Tenancy).order_by(Tenancy.id)))


async def test_residence_groups_and_landlord_are_read(desk: ImportDesk) -> None:
    await desk.take("people", [LET, TENANT, [*WANG[:5], "外出", "无", "", ""]])
    li, wang = await desk.people()
    assert (li.residence, li.groups) == (Residence.TENANT, (Care.DISABLED, Care.CHRONIC))
    assert (wang.residence, wang.groups) == (Residence.AWAY, ())
    (rent,) = await tenancies(desk)
    assert (rent.person_id, rent.household_id) == (li.id, li.household_id)
    assert (rent.landlord_name, rent.landlord_phone) == ("王芳", "13800138000")


async def test_a_tenant_who_rents_another_door_ends_the_first_tenancy(desk: ImportDesk) -> None:
    await desk.take("people", [LET, TENANT])
    assert (await desk.take("people", [LET, TENANT])).unchanged == 1
    moved = [*TENANT[:3], "花园小区9栋101", *TENANT[4:]]
    assert (await desk.take("people", [LET, moved])).changed == 1
    assert [rent.until_on for rent in await tenancies(desk)] == [local_day(NOW, NOW.tzinfo), None]
    settled = [*moved[:5], "户籍", "", "", ""]
    assert (await desk.take("people", [LET, settled])).changed == 1
    assert [rent.until_on for rent in await tenancies(desk)] == [local_day(NOW, NOW.tzinfo)] * 2
    assert (await desk.people())[0].groups == (Care.DISABLED, Care.CHRONIC)


@pytest.mark.parametrize(
    ("column", "cell", "key", "params"),
    [
        (5, "党员", "residence_unknown", {"residence": "党员"}),
        (6, "慢病、足球队", "group_unknown", {"group": "足球队"}),
        (8, "12", "phone", {}),
    ],
)
async def test_unknown_words_are_refused(
    desk: ImportDesk, column: int, cell: str, key: str, params: dict[str, object]
) -> None:
    row = [*TENANT]
    row[column] = cell
    said = await desk.reason("people", LET, row)
    assert said == words("result.refused", reasons=[Text(f"import.{key}", params)])


async def test_a_list_brings_nobody_back_whom_a_worker_saw_off(desk: ImportDesk) -> None:
    await desk.take("people", [HEAD, WANG])
    async with desk.db.write() as session:
        await session.execute(update(Person).values(moved_out_at=NOW, household_id=None))
    said = await desk.reason("people", HEAD, WANG)
    assert said == words("result.refused", reasons=[Text("import.moved_out")])


async def test_five_thousand_people_land_in_few_statements(desk: ImportDesk) -> None:
    rows = [
        [f"王{'芳' * (i % 3 + 1)}", resident_id(i % 1000, f"{1950 + i // 1000}0101"), "",
         f"花园小区{i // 3}号", "51010101", "", "户主" if i % 3 == 0 else "子女"]
        for i in range(5000)
    ]  # fmt: skip
    with counted(desk.db) as sent:
        done = await desk.take("people", [HEAD, *rows, ["坏", "1", *WANG[2:]]])
    assert (done.landed, done.refused) == (5000, 1)
    assert len(sent) < 200
    async with desk.db.read() as session:
        assert await session.scalar(select(func.count()).select_from(Household)) == 1667
        heads = (
            select(func.count()).select_from(Person).join(Household, Household.head_id == Person.id)
        )
        assert await session.scalar(heads) == 1667
        audit = await session.scalars(select(AuditRow).where(AuditRow.subject == "people"))
        assert sum(row.facts["landed"] for row in audit) == 5000
