"""What arrived is stored once, waits until it is taken, and is forgotten only then."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from cases import account_of
from cast import chat_of
from counting import sent_to
from sqlalchemy import select, text, update
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
from models.session import Database

DAY = timedelta(days=1)


def said(chat: str, update_id: str, text: str = "hi", channel: str = "phone") -> Inbound:
    return Inbound(channel, chat, update_id, "text", text=text)


async def texts(session: AsyncSession, chats: Sequence[str]) -> list[str]:
    """What these chats have waiting, in the order of the turns that take it."""
    found = []
    while rows := await take_waiting(session, chats):
        for row, conversation, _ in rows:
            found.append(load_inbound(row.payload).text)
            conversation.handled_id = row.id
    return found


AS_MANY_AGAIN = """INSERT INTO inbox (channel, update_id, chat, payload, received_at)
                   SELECT channel, update_id || :mark, chat, payload, received_at FROM inbox"""


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
    ((_, _, account),) = await take_waiting(session, [chat])
    assert account is not None
    assert account.id == (await account_of(session, "李强")).id
    assert await texts(session, [chat]) == ["t0", "t1", "t2", "t3", "t4"]


async def test_what_was_taken_long_ago_is_not_read_again(
    session: AsyncSession, now: datetime
) -> None:
    """The inbox keeps days of everybody; a turn reads what waits, on both databases."""
    chats = [f"phone:{n}" for n in range(200)]
    await receive(session, [said(chat, chat) for chat in chats], now)
    for mark in "abcdefg":
        await session.execute(text(AS_MANY_AGAIN), {"mark": mark})
    for chat in chats:
        await take_all(session, chat)
    await session.execute(text("ANALYZE"))
    with sent_to(session.get_bind()) as sent:
        assert await take_waiting(session, chats[:20]) == []
    ((query, values),) = sent
    connection = await session.connection()
    sqlite = connection.dialect.name == "sqlite"
    explain = "EXPLAIN QUERY PLAN" if sqlite else "EXPLAIN"
    plan = [str(row) for row in await connection.exec_driver_sql(f"{explain} {query}", values)]
    looks = [n for n, line in enumerate(plan) if re.search(r"(SEARCH|SCAN|Scan.* on) inbox", line)]
    assert len(looks) == 2
    for n in looks:
        # By the chat and the row that was taken last, or by the row.
        known = plan[n] if sqlite else plan[n + 1]
        assert re.search(r"\(.*\b(row)?id ?[=>]", known), plan


async def test_a_stranger_has_a_conversation_and_no_account(
    session: AsyncSession, now: datetime
) -> None:
    await receive(session, [said("phone:nobody", "1")], now)
    ((_, conversation, account),) = await take_waiting(session, ["phone:nobody"])
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


async def test_what_two_processes_receive_for_one_person_is_taken_whole_and_in_order(
    db: Database, now: datetime
) -> None:
    """The first is slow to commit: the second may not get ahead, or the first would never be
    taken."""
    if db.embedded:
        pytest.skip("one writer queues anyway")
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slowly() -> None:
        async with db.write() as session:
            await receive(session, [said("phone:a", "1", "first")], now)
            begun.set()
            await go_on.wait()

    async def at_once(chat: str, update_id: str, text: str) -> None:
        async with db.write() as session:
            await receive(session, [said(chat, update_id, text)], now)

    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        group.create_task(slowly())
        await begun.wait()
        second = group.create_task(at_once("phone:a", "2", "second"))
        await at_once("phone:b", "3", "of somebody else")  # who does not wait for them
        await asyncio.sleep(0.2)
        assert not second.done()
        go_on.set()
    async with db.write() as session:
        assert await texts(session, ["phone:a"]) == ["first", "second"]


async def test_what_arrives_does_not_wait_for_a_turn_under_way(db: Database, now: datetime) -> None:
    if db.embedded:
        pytest.skip("one writer queues anyway")
    async with db.write() as session:
        await receive(session, [said("phone:a", "1", "first")], now)
    async with asyncio.timeout(30), db.write() as turn:
        assert await texts(turn, ["phone:a"]) == ["first"]
        async with db.write() as session:
            await receive(session, [said("phone:a", "2", "second")], now)
    async with db.write() as session:
        assert await texts(session, ["phone:a"]) == ["second"]
