"""The tap budget of the product: every message that a person must send is one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from cases import manned
from cast import settle
from haste import hurry
from transcripts.runner import Runner
from transcripts.script import read
from transcripts.stage import Stage, no_faults

from models.clock import StoppedClock
from models.session import Database

BEFORE = datetime(2021, 1, 1, tzinfo=UTC)


@pytest.fixture
async def stage(db: Database) -> AsyncIterator[Stage]:
    hurry(db)
    async with db.write() as session:
        await settle(session, BEFORE)
    with no_faults():
        yield Stage(db, StoppedClock(BEFORE))


async def inputs(stage: Stage, opening: str, answers: str) -> tuple[int, str]:
    """How many messages the answers took, and what was seen after the last one."""
    await Runner(stage).play(read(opening))
    steps = read(answers)
    before = stage.inputs
    await Runner(stage).play(steps)
    return stage.inputs - before, "\n".join(steps[-1].blocks)


async def test_well_checkin_takes_one_tap(stage: Stage) -> None:
    opening = "@at 2022-07-04 07:00\n@observe 王芳 discharged 2022-07-03\n@wait 1h"
    taps, seen = await inputs(stage, opening, "王芳> [36.5 正常]")
    assert taps == 1
    assert "已记录：王芳，体温 36.5℃" in seen


async def test_household_of_four_with_one_ill_takes_four(stage: Stage) -> None:
    people = ("陈建国", "林秀英", "陈小明", "陈奶奶")
    watched = "\n".join(f"@observe {name} discharged 2022-07-03" for name in people)
    answers = (
        "陈建国> [有人不舒服]\n陈建国> [陈奶奶]\n陈建国> 38.6 乏力\n陈建国> [✅ 其余正常，提交]"
    )
    taps, seen = await inputs(stage, f"@at 2022-07-04 07:00\n{watched}\n@wait 1h", answers)
    assert taps == 4
    assert "已记录 4 人打卡" in seen


async def test_test_done_takes_one_tap(stage: Stage) -> None:
    opening = "@at 2022-07-04 07:00\n@observe 王芳 venue-exposure 2022-07-03\n@wait 1h"
    taps, seen = await inputs(stage, opening, "王芳> [✅ 已采样]")
    assert taps == 1
    assert "采样" in seen


async def test_signing_in_and_out_takes_a_tap_each(stage: Stage) -> None:
    async with stage.db.write() as session:
        await manned(session, datetime(2022, 7, 4, tzinfo=UTC), BEFORE)
    opening = "@at 2022-07-04 07:50"
    taps, seen = await inputs(stage, opening, "李强> [✅ 签到]\n李强> [✅ 签退]")
    assert taps == 2
    assert "已签退" in seen


async def test_self_report_from_the_gate_takes_eight(stage: Stage) -> None:
    answers = (
        "王芳> [同意，为自己报备]\n王芳> 王芳 510107199003071025\n王芳> [发送联系人]\n"
        "王芳> 成都武侯\n王芳> [已经到了（刚到）]\n王芳> 高铁 G1234\n"
        "王芳> 花园小区3栋2单元501\n王芳> [✅ 确认提交]"
    )
    opening = "@at 2022-07-04 09:00\n@scan 王芳 花园小区一网格"
    taps, seen = await inputs(stage, opening, answers)
    assert taps == 8
    assert "回执号" in seen


async def test_zero_report_takes_one_tap(stage: Stage) -> None:
    opening = "@at 2022-07-04 08:00\n@digests\n@at 2022-07-04 17:05"
    taps, seen = await inputs(stage, opening, "何平> [✅ 确认零报告]")
    assert taps == 1
    assert "零报告已上报" in seen


async def test_report_of_a_day_with_news_takes_one_tap(stage: Stage) -> None:
    opening = (
        "@at 2022-07-04 08:00\n@digests\n@observe 王芳 discharged 2022-07-03\n@at 2022-07-04 17:05"
    )
    taps, seen = await inputs(stage, opening, "孙丽> [✅ 确认无误，上报]")
    assert taps == 1
    assert "日报已上报" in seen


VENUE = (
    "@at 2022-07-04 09:00\n郑义> /venues\n郑义> [➕ 添加场所]\n郑义> [商超]\n郑义> 花园超市\n"
    "郑义> 花园小区1栋商铺1\n郑义> [花园社区]\n郑义> 跳过\n郑义> [跳过]\n郑义> [✅ 确认提交]"
)


async def test_inspection_where_all_items_pass_takes_three(stage: Stage) -> None:
    answers = "郑义> /inspect\n郑义> [查 花园超市]\n郑义> [✅ 全部正常]"
    taps, seen = await inputs(stage, VENUE, answers)
    assert taps == 3
    assert "14 项全部合格" in seen


async def test_visit_with_nothing_new_takes_two(stage: Stage) -> None:
    opening = (
        "@at 2022-07-04 09:00\n@doors 花园小区一网格 花园小区3栋1单元101 花园小区3栋1单元102\n"
        "李强> /visit\n李强> [花园小区3栋 0/2 户]"
    )
    taps, seen = await inputs(stage, opening, "李强> [1单元101]\n李强> [✅ 都好，无新增]")
    assert taps == 2
    assert "本轮 1/3 户" in seen
    taps, seen = await inputs(
        stage, "@at 2022-07-04 09:05", "李强> [1单元102]\n李强> [✅ 都好，无新增]"
    )
    assert taps == 2
    assert "本轮 2/3 户" in seen


async def test_a_guest_moves_out_in_two(stage: Stage) -> None:
    opening = (
        "@at 2022-07-04 09:00\n@venue hotel 清河宾馆 花园小区2栋\n马兰> /records\n"
        "马兰> [入住登记]\n马兰> [＋ 登记一条]\n"
        "马兰> 高建军 510107197702146090\n马兰> 13600000001\n马兰> 成都武侯\n"
        "马兰> 自驾\n马兰> [跳过]\n马兰> 302\n马兰> [都没有]\n马兰> [✅ 确认提交]\n"
        "马兰> /records\n马兰> [入住登记]\n马兰> [在住名单（1 人）]"
    )
    taps, seen = await inputs(stage, opening, "马兰> [1  退房 302]\n马兰> [回家]")
    assert taps == 2
    assert "退房登记：已登记" in seen


async def test_a_cold_stores_empty_day_takes_one(stage: Stage) -> None:
    opening = (
        "@at 2022-07-04 16:50\n@venue cold_store 一号冷库 花园小区8栋\n@digests\n"
        "@at 2022-07-05 16:05"
    )
    taps, seen = await inputs(stage, opening, "马兰> [✅ 今天没有进出货]")
    assert taps == 1
    assert "今天已报" in seen


async def test_a_rings_head_tells_of_a_newcomer_in_four(stage: Stage) -> None:
    """The door, who, since when: nothing that she would have to ask her neighbours."""
    opening = (
        "@at 2022-07-04 09:00\n@doors 花园小区一网格 花园小区1栋1单元201\n@lives 林志明\n"
        "李强> /ring\n李强> [＋ 建一个组]\n李强> [花园小区1栋（2 户未入组）]\n"
        "李强> [下一步：选联户长]\n李强> [📱 林志明 1栋1单元102]\n林志明> [好的，我来]"
    )
    answers = "林志明> [有新来的人]\n林志明> [1栋1单元201]\n林志明> 张大爷的儿子\n林志明> [刚到]"
    taps, seen = await inputs(stage, opening, answers)
    assert taps == 4
    assert "已告诉网格员" in seen
