"""What a turn costs: a plain form step is at most three round trips to the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from cast import chat_of, settle
from sqlalchemy import event
from transcripts.runner import Runner
from transcripts.script import read
from transcripts.stage import ZONE, Stage

from handlers.conversation import take
from handlers.features import registry
from models.clock import StoppedClock
from models.inbox import receive
from models.messages import Inbound
from models.session import Database

NOW = datetime(2022, 7, 4, 1, 0, tzinfo=UTC)
BUDGET = 3
FRAME = ("BEGIN", "COMMIT", "PRAGMA")

# What she has answered before, and the step that is counted.
STEPS = {
    "a tap": ([], "[同意，为自己报备]"),
    "a name": (["[同意，为自己报备]"], "王芳"),
    "a name that cannot be one": (["[同意，为自己报备]"], "😀"),
    "a phone number": (["[同意，为自己报备]", "王芳"], "13812345678"),
    "an identity number": (["[同意，为自己报备]", "王芳", "13812345678"], "510107199003071025"),
    "a step back": (["[同意，为自己报备]", "王芳", "13812345678"], "返回"),
}


@contextmanager
def statements(db: Database) -> Iterator[list[str]]:
    """What is sent to the database between BEGIN and COMMIT."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(FRAME):
            sent.append(statement)

    event.listen(db.engine.sync_engine, "before_cursor_execute", note)
    yield sent
    event.remove(db.engine.sync_engine, "before_cursor_execute", note)


@pytest.mark.parametrize("step", STEPS)
async def test_plain_step_takes_three_statements(db: Database, step: str) -> None:
    async with db.write() as session:
        await settle(session, NOW)
    answered, counted = STEPS[step]
    lines = ["@scan 王芳 花园小区一网格", *(f"王芳> {what}" for what in answered)]
    stage = Stage(db, StoppedClock(NOW))
    await Runner(stage).play(read("\n".join(lines)))
    await _receive(db, stage, counted)
    with statements(db) as sent:
        assert await take(db, registry(), [chat_of("王芳")], NOW, ZONE) == 1
    assert 0 < len(sent) <= BUDGET, sent


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
