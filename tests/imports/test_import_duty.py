"""A rota by sheet: hours however a clerk writes them, posts and people found or given back."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from cases import ZONE, settle_cast, unit_of
from cast import add_volunteer
from sheets import NOW, ImportDesk, words
from sqlalchemy import func, select

from models.clock import local_day
from models.duty import Post, Shift

HEAD = ["值班日期", "点位", "开始时间", "结束时间", "值班人", "手机号"]
ON = local_day(NOW, ZONE) + timedelta(days=2)
DAY = ON.isoformat()


@pytest.fixture(autouse=True)
async def posts(desk: ImportDesk) -> None:
    """Two gates in two communities, both called the same; a volunteer."""
    async with desk.db.write() as session:
        await settle_cast(session, NOW)
        for unit, name in (("花园社区", "东门"), ("柳林村", "东门"), ("花园社区", "值班室")):
            post = Post(unit_id=(await unit_of(session, unit)).id, name=name, created_at=NOW)
            session.add(post)
        await add_volunteer(session, "王芳", NOW)


async def shifts(desk: ImportDesk) -> list[Shift]:
    async with desk.db.read() as session:
        return list(await session.scalars(select(Shift).order_by(Shift.id)))


@pytest.mark.parametrize(
    ("since", "until", "begins", "ends"),
    [
        ("08:00", "16:00", "08:00", "16:00"),
        ("8点", "下午4点", "08:00", "16:00"),
        ("08:00-16:00", "", "08:00", "16:00"),
        ("8:00 — 16:00", "", "08:00", "16:00"),
        ("8点至16点", "", "08:00", "16:00"),
        ("20:00", "次日8点", "20:00", "+08:00"),
        ("20:00", "08:00", "20:00", "+08:00"),
        ("16:00", "24:00", "16:00", "+00:00"),
        ("16:00", "00:00", "16:00", "+00:00"),
        (time(8), time(16, 30), "08:00", "16:30"),
        (8, 16, "08:00", "16:00"),
        (1 / 3, 2 / 3, "08:00", "16:00"),
    ],
)
async def test_hours_are_read_as_clerks_write_them(
    desk: ImportDesk, since: Any, until: Any, begins: str, ends: str
) -> None:
    done = await desk.take("duty", [HEAD, [DAY, "值班室", since, until, "李强", ""]])
    assert (done.landed, done.refused) == (1, 0)
    (shift,) = await shifts(desk)
    assert f"{shift.since_at.astimezone(ZONE):%H:%M}" == begins
    last = shift.until_at.astimezone(ZONE)
    tomorrow = "+" if last.date() > ON else ""
    assert f"{tomorrow}{last:%H:%M}" == ends


@pytest.mark.parametrize("on", [DAY, ON, datetime.combine(ON, time()), f"{ON:%Y.%m.%d}"])
async def test_days_are_read_as_cells_or_as_words(desk: ImportDesk, on: str | date) -> None:
    await desk.take("duty", [HEAD, [on, "值班室", "08:00", "16:00", "李强", ""]])
    (shift,) = await shifts(desk)
    assert local_day(shift.since_at, ZONE) == ON


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ([DAY, "西门", "08:00", "16:00", "李强", ""], words("post_unknown", post="西门")),
        ([DAY, "东门", "08:00", "16:00", "李强", ""], words("post_ambiguous", post="东门")),
        ([DAY, "值班室", "08:00", "16:00", "刘洋", ""], words("hand_unknown", name="刘洋")),
        (
            [DAY, "值班室", "08:00", "16:00", "李强", "13900009999"],
            words("hand_unknown", name="李强"),
        ),
        (["2020-01-01", "值班室", "08:00", "16:00", "李强", ""], words("shift_past")),
        (["某天", "值班室", "08:00", "16:00", "李强", ""], words("day", text="某天")),
        ([DAY, "值班室", "08:00", "16:00", "", ""], words("empty", column=words("field.name"))),
        (
            [DAY, "值班室", "08:00", "很晚", "李强", ""],
            words("clock", column=words("field.until")),
        ),
    ],
)
async def test_what_cannot_be_put_on_the_rota_says_why(
    desk: ImportDesk, cells: list[str], reason: str
) -> None:
    assert reason in await desk.reason("duty", HEAD, cells)
    assert await shifts(desk) == []


async def test_a_unit_tells_two_posts_of_one_name_apart(desk: ImportDesk) -> None:
    row = [DAY, "东门", "08:00", "16:00", "刘洋", "13900000006", "柳林村"]
    assert (await desk.take("duty", [[*HEAD, "单位"], row])).landed == 1


async def test_a_volunteer_stands_there_like_anybody(desk: ImportDesk) -> None:
    await desk.take("duty", [HEAD, [DAY, "值班室", "08:00", "16:00", "王芳", "13812345678"]])
    (shift,) = await shifts(desk)
    assert (shift.rota_id, shift.assignment_id) == (None, None)
    assert shift.volunteer_id is not None
    assert shift.account_id is not None


async def test_the_same_sheet_twice_changes_nothing(desk: ImportDesk) -> None:
    rows = [
        HEAD,
        [DAY, "值班室", "08:00", "16:00", "李强", ""],
        [DAY, "值班室", "16:00", "24:00", "王芳", ""],
        [DAY, "值班室", "08:00", "16:00", "李强", "13900000001"],
    ]
    first = await desk.take("duty", rows)
    assert (first.landed, first.unchanged) == (2, 1)
    again = await desk.take("duty", rows)
    assert (again.landed, again.unchanged) == (0, 3)
    async with desk.db.read() as session:
        assert await session.scalar(select(func.count(Shift.id))) == 2
