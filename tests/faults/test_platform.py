"""The whole bot on a platform that does everything wrong at once: updates twice and late, refusals,
silence, cut connections. Everything that was said is taken once and answered.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from house import People, housed, until
from sqlalchemy import func, select

from bot.demo.server import BotApiServer
from bot.settings import Settings
from models.inbox import Conversation, InboxRow
from models.outbox import Delivery, OutboxRow
from models.session import Database

EVERYBODY = range(11, 21)
EACH = 6


async def _ended(db: Database) -> bool:
    """Every event is taken, every answer has its end."""
    async with db.read() as session:
        untaken = await session.scalar(
            select(func.count(InboxRow.id))
            .join(Conversation, Conversation.chat == InboxRow.chat)
            .where(InboxRow.id > Conversation.handled_id)
        )
        waiting = select(func.count()).where(OutboxRow.state == Delivery.WAITING)
        return not untaken and not await session.scalar(waiting)


async def test_everything_that_is_said_is_taken_once_and_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("courier", "dispatcher", "intake"):
        monkeypatch.setattr(f"bot.{module}.jittered", lambda streak, cap: 0.02)
    people = People(BotApiServer(seed=3))
    people.arrive(*EVERYBODY)
    faults = people.server.faults
    async with housed(people, Settings(data_dir=tmp_path)) as app:
        for who in EVERYBODY:
            people.server.start(who)
            await people.answered(who, 1)
        await until(lambda: not len(people.server.updates))
        faults.push("update_twice", probability=0.2, times=None)
        faults.push("update_late", probability=0.2, times=None, seconds=0.5)
        for method in ("getUpdates", "sendMessage"):
            for kind in ("500", "drop_before"):
                faults.push(kind, method=method, probability=0.05, times=None)  # type: ignore[arg-type]
            faults.push("429", method=method, probability=0.05, times=1)
        # Not for polls: the next one would confirm a late update that lay in the answer cut off.
        faults.push("drop_after", method="sendMessage", probability=0.05, times=None)
        for _ in range(EACH - 1):
            for who in EVERYBODY:
                people.server.write(who, "/status")
            await asyncio.sleep(0.1)
        await until(lambda: not len(people.server.updates))
        faults.clear()
        async with asyncio.timeout(60):
            while not await _ended(app.db):  # noqa: ASYNC110 -- another task's work
                await asyncio.sleep(0.05)
        async with app.db.read() as session:
            rows = (await session.scalars(select(OutboxRow))).all()
            events = await session.scalar(select(func.count(InboxRow.id)))
    assert events == len(EVERYBODY) * EACH
    assert len(rows) == len(EVERYBODY) * EACH
    assert {row.state for row in rows} == {Delivery.SENT}
    in_doubt = sum(row.unknown for row in rows)
    answers = [people.answers(who) for who in EVERYBODY]
    assert min(answers) >= EACH
    assert sum(answers) <= len(rows) + in_doubt
