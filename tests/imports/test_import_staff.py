"""Staff: a code for each new post, accounts kept, bad cells named."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sheets import NOW, ImportDesk, words
from sqlalchemy import select

from models.accounts import Account, Assignment, Role, redeem
from models.audit import AuditRow
from models.messages import Text

HEAD = ["姓名", "手机号", "角色", "单位"]
WANG = ["王芳", "13800138000", "网格员", "51010101"]


@pytest.fixture(autouse=True)
async def units(desk: ImportDesk) -> None:
    await desk.units()


async def posts(desk: ImportDesk) -> list[Assignment]:
    async with desk.db.read() as session:
        return list(await session.scalars(select(Assignment).order_by(Assignment.id)))


def codes(desk: ImportDesk) -> list[str]:
    return [str(row[1]) for row in desk.returned[1:]]


async def sign_in(desk: ImportDesk, code: str) -> int:
    async with desk.db.write() as session:
        account = Account(chat="telegram:1", created_at=NOW)
        session.add(account)
        await session.flush()
        assert await redeem(session, code.removeprefix("/start "), account, NOW) is not None
        return account.id


async def test_a_new_post_brings_a_code_that_signs_in(desk: ImportDesk) -> None:
    done = await desk.take("staff", [HEAD, WANG])
    assert done.landed == 1
    assert desk.returned[1][0] == words("result.new")
    account_id = await sign_in(desk, codes(desk)[0])
    (post,) = await posts(desk)
    assert (post.account_id, post.role, post.name) == (account_id, Role.GRID_WORKER, "王芳")


async def test_every_row_has_a_code_of_its_own(desk: ImportDesk) -> None:
    rows = [["张三", f"138{i:08}", "社区工作者", "花园社区"] for i in range(1203)]
    done = await desk.take("staff", [HEAD, *rows])
    assert done.landed == 1203
    assert len(set(codes(desk))) == 1203
    assert [p.phone for p in await posts(desk)] == [row[1] for row in rows]


async def test_importing_twice_changes_nothing_and_makes_no_code(desk: ImportDesk) -> None:
    await desk.take("staff", [HEAD, WANG])
    done = await desk.take("staff", [HEAD, ["王芳", "+86 138-0013-8000", "網格員", "51010101"]])
    assert (done.landed, done.changed, done.unchanged) == (0, 0, 1)
    assert codes(desk) == [""]
    assert len(await posts(desk)) == 1


async def test_who_has_signed_in_keeps_her_account_in_a_new_post_too(desk: ImportDesk) -> None:
    await desk.take("staff", [HEAD, WANG])
    account_id = await sign_in(desk, codes(desk)[0])
    done = await desk.take("staff", [HEAD, WANG, [*WANG[:3], "51010102"]])
    assert (done.landed, done.unchanged) == (1, 1)
    assert codes(desk) == ["", ""]
    assert [post.account_id for post in await posts(desk)] == [account_id, account_id]


async def test_a_colleague_on_the_same_office_phone_gets_her_own_code(desk: ImportDesk) -> None:
    await desk.take("staff", [HEAD, WANG])
    await sign_in(desk, codes(desk)[0])
    await desk.take("staff", [HEAD, ["李强", WANG[1], "社区", "花园社区"]])
    assert codes(desk)[0].startswith("/start ")


async def test_an_expired_code_is_renewed_for_who_never_signed_in(desk: ImportDesk) -> None:
    await desk.take("staff", [HEAD, WANG])
    first = codes(desk)[0]
    done = await desk.take("staff", [HEAD, WANG], now=NOW + timedelta(days=15))
    assert done.changed == 1
    assert codes(desk)[0] not in ("", first)


async def test_a_corrected_name_is_kept(desk: ImportDesk) -> None:
    await desk.take("staff", [HEAD, WANG])
    done = await desk.take("staff", [HEAD, ["王 芳芳", *WANG[1:]]])
    assert done.changed == 1
    assert [post.name for post in await posts(desk)] == ["王芳芳"]


@pytest.mark.parametrize(
    ("head", "cells", "code"),
    [
        (HEAD, [*WANG[:3], "第二网格"], "51010102"),
        (HEAD, [*WANG[:3], "柳树村第一网格"], "51010201"),
        (HEAD, [*WANG[:3], "城关镇花园社区第一网格"], "51010101"),
        ([*HEAD, "村"], [*WANG[:3], "第一网格", "柳树"], "51010201"),
        ([*HEAD[:3], "乡镇", "村"], [*WANG[:3], "城关镇", "柳树村"], "510102"),
    ],
)
async def test_a_unit_is_found_by_name_where_only_one_is_meant(
    desk: ImportDesk, head: list[str], cells: list[str], code: str
) -> None:
    await desk.take("staff", [head, cells])
    done = await desk.take("staff", [HEAD, [*WANG[:3], code]])
    assert done.unchanged == 1


@pytest.mark.parametrize(
    ("cells", "key", "params"),
    [
        (["", *WANG[1:]], "empty", {"column": Text("import.field.name")}),
        (["王芳1", *WANG[1:]], "name_letters", {}),
        (["王" * 51, *WANG[1:]], "name_long", {"max": 50}),
        (["王芳", "1380013800", *WANG[2:]], "phone", {}),
        (["王芳", 138001380000, *WANG[2:]], "phone", {}),
        (["王芳", "", *WANG[2:]], "empty", {"column": Text("import.field.phone")}),
        ([*WANG[:2], "厨师", WANG[3]], "role_unknown", {"role": "厨师"}),
        ([*WANG[:3], "第一网格"], "unit_ambiguous", {"unit": "第一网格"}),
        ([*WANG[:3], "第九网格"], "unit_unknown", {"unit": "第九网格"}),
        ([*WANG[:3], ""], "empty", {"column": Text("import.field.unit")}),
    ],
)
async def test_a_bad_row_is_refused_with_its_reason(
    desk: ImportDesk, cells: list[object], key: str, params: dict[str, object]
) -> None:
    said = await desk.reason("staff", HEAD, cells)
    assert said == words("result.refused", reasons=[Text(f"import.{key}", params)])
    assert await posts(desk) == []


async def test_all_faults_of_a_row_are_told_at_once(desk: ImportDesk) -> None:
    said = await desk.reason("staff", HEAD, ["", "12", "厨师", "x"])
    assert said.count("、") == 3


async def test_the_same_post_twice_in_a_sheet_is_refused(desk: ImportDesk) -> None:
    done = await desk.take("staff", [HEAD, WANG, WANG])
    assert (done.landed, done.refused) == (1, 1)
    assert words("duplicate_row", row=2) in desk.returned[1][0]


async def test_the_audit_counts_and_names_nobody(desk: ImportDesk) -> None:
    await desk.take("staff", [HEAD, WANG])
    await desk.take("staff", [HEAD, WANG])
    async with desk.db.read() as session:
        rows = await session.scalars(select(AuditRow).where(AuditRow.subject == "staff"))
        assert [row.facts for row in rows] == [{"landed": 1, "changed": 0}]


async def test_who_has_left_keeps_no_role_and_gets_no_code(desk: ImportDesk) -> None:
    await desk.take("staff", [HEAD, WANG])
    done = await desk.take("staff", [[*HEAD, "离岗"], [*WANG, "是"]])
    assert done.changed == 1
    (post,) = await posts(desk)
    assert post.until_at is not None
    assert not any(code.startswith("/start") for code in codes(desk))
    await desk.take("staff", [[*HEAD, "离岗"], [*WANG, "是"]])
    assert len(await posts(desk)) == 1


async def test_a_column_that_says_no_ends_nothing(desk: ImportDesk) -> None:
    await desk.take("staff", [HEAD, WANG])
    await desk.take("staff", [[*HEAD, "离岗"], [*WANG, "否"]])
    (post,) = await posts(desk)
    assert post.until_at is None
