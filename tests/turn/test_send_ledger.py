"""Why somebody heard nothing: each expected message has one fate, whatever became of its letter."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from talk import Talk

from models.messages import Text
from models.obligations import Kind, Nudge, Obligation
from models.outbox import Delivery, OutboxRow
from models.sendledger import LATE, Expected, Fate, expected

SINCE = timedelta(days=7)


@pytest.fixture
async def asked(talk: Talk) -> Nudge:
    """The first thing that she was asked for in chat."""
    await talk.observe("王芳")
    await talk.pass_time(timedelta(hours=2))
    async with talk.db.read() as session:
        found = await session.scalar(
            select(Nudge)
            .join(Obligation, Obligation.id == Nudge.obligation_id)
            .where(Nudge.letter_key.is_not(None), Obligation.kind == Kind.CHECKIN)
            .order_by(Nudge.id)
        )
    assert found is not None
    return found


async def ledger(talk: Talk, number: int) -> Expected:
    async with talk.db.read() as session:
        item = await session.get_one(Obligation, number)
        assert item.person_id is not None
        found, _ = await expected(session, item.person_id, talk.now - SINCE, talk.now, 0, 50)
    return next(one for one in found if one.obligation.id == number)


async def become(talk: Talk, nudge: Nudge, **letter: Any) -> Fate:
    """The letter is like this now: what does the ledger say?"""
    async with talk.db.write() as session:
        of = OutboxRow.dedupe_key == nudge.letter_key
        await session.execute(update(OutboxRow).where(of).values(**letter))
    return (await ledger(talk, nudge.obligation_id)).rungs[0].fate


async def test_each_end_of_a_letter_is_told_apart(talk: Talk, asked: Nudge) -> None:
    at = asked.at
    assert await become(talk, asked, state=Delivery.WAITING) == Fate.WAITING
    behind = talk.now + timedelta(minutes=5)
    assert await become(talk, asked, not_before_at=behind) == Fate.BEHIND_FORM
    assert await become(talk, asked, state=Delivery.SENT, sent_at=at) == Fate.SENT
    late = at + LATE + timedelta(minutes=1)
    assert await become(talk, asked, sent_at=late) == Fate.LATE
    assert await become(talk, asked, state=Delivery.SKIPPED, reason="blocked") == Fate.BLOCKED
    for reason in (Fate.UNREACHABLE, Fate.UNKNOWN):
        assert await become(talk, asked, state=Delivery.FAILED, reason=reason.value) == reason
    assert await become(talk, asked, reason="Bad Request: chat not found") == Fate.REFUSED


async def test_a_message_that_is_no_longer_kept_was_written_all_the_same(
    talk: Talk, asked: Nudge
) -> None:
    async with talk.db.write() as session:
        await session.execute(delete(OutboxRow))
    assert (await ledger(talk, asked.obligation_id)).rungs[0].fate == Fate.FORGOTTEN


async def test_the_ladder_says_when_it_goes_on_and_that_it_has_ended(
    talk: Talk, asked: Nudge
) -> None:
    open_ = await ledger(talk, asked.obligation_id)
    assert open_.next_at is not None
    await talk.say("王芳", "36.5")
    await talk.say("王芳", "没有")
    over = await ledger(talk, asked.obligation_id)
    assert not over.obligation.is_open()
    assert over.next_at is None


async def test_a_supervisor_of_another_village_finds_nobody(talk: Talk, asked: Nudge) -> None:
    (letter,) = await talk.say("何平", "/why 王芳")
    assert letter.keys == ["why.none"]
    (letter,) = [one for one in await talk.say("孙丽", "/why 王芳") if one.to == "孙丽"]
    assert letter.keys[0] == "why.head"
    assert letter.message.protect
    shown = [line for line in letter.message.lines if isinstance(line, Text)]
    assert any(line.key == "why.step" for line in shown)
