"""What a turn costs: a plain form step is at most three round trips to the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cast import chat_of, settle
from counting import counted, within
from sqlalchemy import event, select
from transcripts.runner import Runner
from transcripts.script import read
from transcripts.stage import ZONE, Stage

from handlers.conversation import take
from handlers.features import registry
from models.base import Base
from models.cards import LIST_LENGTH
from models.clock import StoppedClock
from models.inbox import receive
from models.messages import Inbound
from models.obligations import Kind, Obligation, oblige
from models.session import Database
from models.units import Unit

NOW = datetime(2022, 7, 4, 1, 0, tzinfo=UTC)
BUDGET = 3

# What she has answered before, and the step that is counted.
STEPS = {
    "a tap": ([], "[同意，为自己报备]"),
    "a name": (["[同意，为自己报备]"], "王芳"),
    "a name that cannot be one": (["[同意，为自己报备]"], "😀"),
    "a phone number": (["[同意，为自己报备]", "王芳"], "13812345678"),
    "an identity number": (["[同意，为自己报备]", "王芳", "13812345678"], "510107199003071025"),
    "a step back": (["[同意，为自己报备]", "王芳", "13812345678"], "返回"),
}


@pytest.mark.parametrize("step", STEPS)
async def test_plain_step_takes_three_statements(db: Database, step: str) -> None:
    async with db.write() as session:
        await settle(session, NOW)
    answered, step_taken = STEPS[step]
    lines = ["@scan 王芳 花园小区一网格", *(f"王芳> {what}" for what in answered)]
    stage = Stage(db, StoppedClock(NOW))
    await Runner(stage).play(read("\n".join(lines)))
    await _receive(db, stage, step_taken)
    with counted(db) as sent:
        assert await take(db, registry(), [chat_of("王芳")], NOW, ZONE) == 1
    assert 0 < len(within(sent)) <= BUDGET, sent


async def _receive(db: Database, stage: Stage, what: str) -> None:
    tapped = what.startswith("[")
    message_id, data = stage.phones.find("王芳", what[1:-1]) if tapped else ("", "")
    inbound = Inbound(
        "phone",
        chat_of("王芳"),
        "counted",
        "tap" if tapped else "text",
        text="" if tapped else what,
        data=data,
        message_id=message_id,
    )
    async with db.write() as session:
        await receive(session, [inbound], NOW)


DAY_BUDGET = 8  # conversation, draft, actor, sums, done, page, cards, the reply


async def test_a_day_of_four_hundred_things_takes_few_statements(db: Database) -> None:
    async with db.write() as session:
        await settle(session, NOW)
        unit = (await session.scalars(select(Unit).where(Unit.code == "QH010101"))).one()
        times = {"opens_at": NOW, "due_at": NOW, "facts": {"cause": "trouble"}}
        rows = [
            {"key": f"contact:{n}", "kind": Kind.CONTACT, "unit_id": unit.id, **times}
            for n in range(400)
        ]
        await oblige(session, rows)
    for said in ("/today", "a:day:call", "a:day:call:0:49"):
        inbound = Inbound("phone", chat_of("李强"), said, "text", text=said)
        if said.startswith("a:"):
            inbound = replace(inbound, kind="tap", data=said, text="", message_id="m1")
        async with db.write() as session:
            await receive(session, [inbound], NOW)
        with counted(db) as sent, loaded(Obligation) as rows_seen:
            assert await take(db, registry(), [chat_of("李强")], NOW, ZONE) == 1
        assert 0 < len(within(sent)) <= DAY_BUDGET, sent
        assert len(rows_seen) <= LIST_LENGTH


@contextmanager
def loaded(table: type[Base]) -> Iterator[list[object]]:
    """The rows that were read into memory."""
    seen: list[object] = []

    def note(target: object, _context: object) -> None:
        seen.append(target)

    event.listen(table, "load", note)
    yield seen
    event.remove(table, "load", note)
