"""A rota of supervision by sheet: teams and days, who may go where, what comes back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cases import ZONE, settle_cast
from sheets import NOW, ImportDesk, words
from sqlalchemy import func, select

from models.clock import local_day
from models.obligations import Kind, Obligation
from models.venues.team import Outing, OutingMember, Team

HEAD = ["督查日期", "督查组", "组员", "手机号", "督查范围"]
ON = local_day(NOW, ZONE) + timedelta(days=2)
ROW = [ON.isoformat(), "第一组", "郑义", "13900000011", "城关镇"]


@pytest.fixture(autouse=True)
async def cast(desk: ImportDesk) -> None:
    async with desk.db.write() as session:
        await settle_cast(session, NOW)


async def test_a_team_has_its_day_and_each_who_goes_is_asked(desk: ImportDesk) -> None:
    rows = [ROW, [ON, "第一组", "吴刚", "", "城关镇"]]
    assert (await desk.take("supervision", [HEAD, *rows])).landed == 2
    again = await desk.take("supervision", [HEAD, *rows])
    assert (again.landed, again.unchanged) == (0, 2)
    async with desk.db.read() as session:
        assert await session.scalar(select(func.count()).select_from(Team)) == 1
        outing = (await session.scalars(select(Outing))).one()
        assert (outing.on, outing.sites, outing.begun_at) == (ON, [], None)
        assert await session.scalar(select(func.count()).select_from(OutingMember)) == 2
        asked = select(func.count()).where(Obligation.kind == Kind.OUTING)
        assert await session.scalar(asked) == 2


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (["2022-07-01", *ROW[1:]], words("day_past")),
        ([*ROW[:2], "刘洋", "", "城关镇"], words("inspector_unknown", name="刘洋")),
        ([*ROW[:4], "柳林乡"], words("inspector_unknown", name="郑义")),
        ([ROW[0], "", *ROW[2:]], words("empty", column=words("field.team"))),
        ([ROW[0], "长" * 41, *ROW[2:]], words("title_long", max=40)),
        ([*ROW[:2], "", "", "城关镇"], words("empty", column=words("field.name"))),
    ],
)
async def test_what_cannot_be_planned_says_why(
    desk: ImportDesk, cells: list[str], reason: str
) -> None:
    assert reason in await desk.reason("supervision", HEAD, cells)
    async with desk.db.read() as session:
        assert await session.scalar(select(func.count()).select_from(Outing)) == 0
