"""The tap budget of the product: every message that a person must send is one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Annotated

import pytest
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


class Visit(Form):
    code = "visit"
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


async def _visit(turn: Turn, _argument: str) -> None:
    await turn.begin(Visit)


SAMPLE = Feature(
    commands={"inspect": _inspect, "visit": _visit},
    forms=(
        FormSpec(Inspection, _submit, {"venues": _venues, "items": _items}),
        FormSpec(Visit, _submit, {"items": _items}),
    ),
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
    stage.registry = _registry
    answers = "李强> [✅ 全部正常]\n李强> [✅ 确认提交]"
    taps, seen = await inputs(stage, "@at 2022-07-04 09:00\n李强> /visit", answers)
    assert taps == 2
    assert "已记录" in seen
