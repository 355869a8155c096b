"""The tap budget of the product: every message that a person must send is one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Annotated

import pytest
from cases import manned
from cast import settle
from pydantic import Field
from transcripts.runner import Runner
from transcripts.script import read
from transcripts.stage import Stage, hurry, no_faults

from handlers.engine.context import Option
from handlers.engine.draft import Draft
from handlers.engine.form import Ask, Checklist, Form
from handlers.feature import Feature, Filed, FormSpec
from handlers.features import FEATURES
from handlers.registry import Registry
from handlers.turn import Turn
from models.clock import StoppedClock
from models.messages import verbatim
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


# -- checklists, with sample forms until their features come -------------------------------------


class Defect(Form):
    code = "defect"
    review = False
    item: str
    word: Annotated[str, Field(max_length=100)]


class Inspection(Form):
    code = "inspection"
    venue: Annotated[str, Ask(options="venues", search=False)]
    items: Annotated[list[Defect], Checklist(options="items")]


async def _venues(_turn: Turn, _draft: Draft, _query: str) -> Sequence[Option]:
    return [Option("1", verbatim("花园超市")), Option("2", verbatim("花园药店"))]


async def _items(_turn: Turn, _draft: Draft, _query: str) -> Sequence[Option]:
    return [Option(str(number), verbatim(f"第 {number} 条")) for number in range(1, 13)]


async def _submit(turn: Turn, filled: Form, draft: Draft) -> Filed:
    row = await turn.file(filled, draft, person_id=None, unit_id=None)
    return Filed(row, (verbatim("已记录"),))


async def _inspect(turn: Turn, _argument: str) -> None:
    await turn.begin(Inspection)


SAMPLE = Feature(
    commands={"inspect": _inspect},
    forms=(FormSpec(Inspection, _submit, {"venues": _venues, "items": _items}),),
)


def _registry() -> Registry:
    return Registry((*FEATURES, SAMPLE))


async def test_inspection_where_all_items_pass_takes_three(stage: Stage) -> None:
    stage.registry = _registry
    answers = "李强> [花园超市]\n李强> [✅ 全部正常]\n李强> [✅ 确认提交]"
    taps, seen = await inputs(stage, "@at 2022-07-04 09:00\n李强> /inspect", answers)
    assert taps == 3
    assert "已记录" in seen


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
