"""What arrived is stored once, waits until it is taken, and is forgotten only then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from cases import account_of
from cast import chat_of
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.inbox import (
    Conversation,
    InboxRow,
    filling,
    newest_id,
    purge,
    receive,
    take_waiting,
    waiting_chats,
)
from models.messages import Inbound, load_inbound

DAY = timedelta(days=1)


def said(chat: str, update_id: str, text: str = "hi", channel: str = "phone") -> Inbound:
    return Inbound(channel, chat, update_id, "text", text=text)


async def texts(session: AsyncSession, chats: Sequence[str], limit: int = 50) -> list[str]:
    rows = await take_waiting(session, chats, limit)
    return [load_inbound(row.payload).text for row, _, _ in rows]


async def take_all(session: AsyncSession, chat: str) -> None:
    await session.execute(
        update(Conversation)
        .where(Conversation.chat == chat)
        .values(handled_id=await newest_id(session))
    )


async def test_a_second_delivery_of_an_update_is_stored_once_and_stays_as_it_was(
    session: AsyncSession, now: datetime
) -> None:
    await receive(session, [said("phone:a", "1", "first")], now)
    again = [said("phone:a", "1", "second"), said("phone:a", "2", "new")]
    await receive(session, again, now + DAY)
    assert await texts(session, ["phone:a"]) == ["first", "new"]


async def test_the_same_number_on_another_channel_is_another_event(
    session: AsyncSession, now: datetime
) -> None:
    await receive(session, [said("a:1", "1", channel="a"), said("b:1", "1", channel="b")], now)
    assert len(list(await session.scalars(select(InboxRow)))) == 2


async def test_events_of_one_chat_come_in_their_order_with_the_account(
    session: AsyncSession, now: datetime
) -> None:
    chat = chat_of("李强")
    await receive(session, [said(chat, str(n), f"t{n}") for n in range(5)], now)
    rows = await take_waiting(session, [chat], 3)
    assert [load_inbound(row.payload).text for row, _, _ in rows] == ["t0", "t1", "t2"]
    assert {account.id for _, _, account in rows if account} == {
        (await account_of(session, "李强")).id
    }


async def test_a_stranger_has_a_conversation_and_no_account(
    session: AsyncSession, now: datetime
) -> None:
    await receive(session, [said("phone:nobody", "1")], now)
    ((_, conversation, account),) = await take_waiting(session, ["phone:nobody"], 9)
    assert (conversation.chat, account) == ("phone:nobody", None)


async def test_what_is_taken_does_not_wait_any_more(session: AsyncSession, now: datetime) -> None:
    await receive(session, [said("phone:a", "1"), said("phone:b", "2")], now)
    await take_all(session, "phone:a")
    assert await waiting_chats(session, 0) == ["phone:b"]
    assert await texts(session, ["phone:a"]) == []


async def test_chats_wait_in_the_order_in_which_they_began_to(
    session: AsyncSession, now: datetime
) -> None:
    order = ["phone:c", "phone:a", "phone:c", "phone:b"]
    await receive(session, [said(chat, str(n)) for n, chat in enumerate(order)], now)
    assert await waiting_chats(session, 0) == ["phone:c", "phone:a", "phone:b"]
    assert await waiting_chats(session, 0, limit=2) == ["phone:c", "phone:a"]
    first = await session.scalar(select(InboxRow.id).order_by(InboxRow.id).limit(1)) or 0
    assert await waiting_chats(session, first + 2) == ["phone:b"]


async def test_an_event_that_nobody_took_is_never_forgotten(
    session: AsyncSession, now: datetime
) -> None:
    await receive(session, [said("phone:a", "1", "taken"), said("phone:b", "2", "waiting")], now)
    await receive(session, [said("phone:c", "3", "newest")], now)
    await take_all(session, "phone:a")
    await purge(session, now)
    assert len(list(await session.scalars(select(InboxRow)))) == 3  # not older than the hour
    await purge(session, now + DAY)
    left = [load_inbound(row.payload).text for row in await session.scalars(select(InboxRow))]
    assert left == ["waiting", "newest"]


async def test_what_arrives_after_a_purge_of_everything_still_waits(
    session: AsyncSession, now: datetime
) -> None:
    """SQLite would hand out the ids of deleted rows again, below what was taken."""
    await receive(session, [said("phone:a", str(n)) for n in range(3)], now)
    await take_all(session, "phone:a")
    await purge(session, now + DAY)
    assert list(await session.scalars(select(InboxRow.payload))) == [""]
    await receive(session, [said("phone:a", "9", "after")], now + DAY)
    assert await texts(session, ["phone:a"]) == ["after"]


async def test_the_newest_id_of_an_empty_inbox_is_zero(session: AsyncSession) -> None:
    assert await newest_id(session) == 0


@pytest.mark.parametrize(("ago", "busy"), [(0, True), (9, True), (10, False), (60, False)])
async def test_who_answered_in_the_last_minutes_is_filling_a_form(
    session: AsyncSession, now: datetime, ago: int, busy: bool
) -> None:
    worker = await account_of(session, "李强")
    at = now - timedelta(minutes=ago)
    session.add(Conversation(chat=worker.chat, draft="{}", draft_at=at))
    await session.flush()
    found = await filling(session, [worker.id], now - timedelta(minutes=10))
    assert found == ({worker.id: at} if busy else {})
