"""The way into the outbox and out of it: once, in order, never forgotten before its end.

How it is sent is the dispatcher's, tested with the channels.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from cases import account_of
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.messages import Outbound, verbatim
from models.outbox import Delivery, Letter, OutboxRow, Priority, enqueue, let_go, purge
from models.sending import (
    Claimed,
    claim,
    has_due,
    message_id_of,
    record_end,
    record_retry,
    record_sent,
    release,
)

LEASE = timedelta(seconds=30)
MINUTE = timedelta(minutes=1)


async def put(
    session: AsyncSession,
    key: str,
    now: datetime,
    *,
    to: str = "李强",
    priority: Priority = Priority.REPLY,
    after: datetime | None = None,
) -> int:
    account = await account_of(session, to)
    letter = Letter(key, account.id, Outbound((verbatim(key),)), priority, after)
    await enqueue(session, [letter], now)
    found = await session.scalar(select(OutboxRow.id).where(OutboxRow.dedupe_key == key))
    assert found is not None
    return found


async def take(session: AsyncSession, now: datetime, limit: int = 10) -> list[Claimed]:
    return await claim(session, now, limit, LEASE, channel="phone")


async def keys(session: AsyncSession, now: datetime, limit: int = 10) -> list[str]:
    return [row.dedupe_key for row in await take(session, now, limit)]


async def test_a_key_is_put_once_and_the_first_message_stays(
    session: AsyncSession, now: datetime
) -> None:
    account = await account_of(session, "李强")
    for text in ("first", "second"):
        letter = Letter("test:ep1:r1", account.id, Outbound((verbatim(text),)))
        await enqueue(session, [letter, letter], now)
    (row,) = await take(session, now)
    assert row.message.lines == (verbatim("first"),)
    assert await session.scalar(select(func.count()).select_from(OutboxRow)) == 1


async def test_a_message_that_was_sent_is_not_put_again(
    session: AsyncSession, now: datetime
) -> None:
    row = await put(session, "k", now)
    await record_sent(session, [(row, "17")], now)
    await put(session, "k", now)
    assert await keys(session, now + MINUTE) == []
    assert await message_id_of(session, "k") == "17"


async def test_urgent_goes_first_and_equals_go_in_order(
    session: AsyncSession, now: datetime
) -> None:
    people = ["李强", "赵敏", "孙丽", "钱伟", "吴刚", "刘洋"]
    mixed = [
        Priority.BROADCAST,
        Priority.REMINDER,
        Priority.REPLY,
        Priority.DIGEST,
        Priority.ALERT,
        Priority.REMINDER,
    ]
    for name, priority in zip(people, mixed, strict=True):
        await put(session, name, now, to=name, priority=priority)
    assert await keys(session, now) == ["孙丽", "吴刚", "赵敏", "刘洋", "钱伟", "李强"]


async def test_one_account_gets_one_message_at_a_time(session: AsyncSession, now: datetime) -> None:
    first = await put(session, "1", now)
    await put(session, "2", now)
    assert await keys(session, now) == ["1"]
    assert await keys(session, now) == []
    await record_sent(session, [(first, "1")], now)
    assert await keys(session, now) == ["2"]


async def test_a_lease_that_ran_out_is_claimed_again(session: AsyncSession, now: datetime) -> None:
    await put(session, "1", now)
    assert await keys(session, now) == ["1"]
    assert await keys(session, now + LEASE - timedelta(seconds=1)) == []
    assert await keys(session, now + LEASE) == ["1"]


async def test_a_released_row_is_free_at_once_and_untried(
    session: AsyncSession, now: datetime
) -> None:
    row = await put(session, "1", now)
    await take(session, now)
    await release(session, row)
    (again,) = await take(session, now)
    assert again.attempts == 0


async def test_a_message_put_off_waits_for_its_hour_or_is_let_go(
    session: AsyncSession, now: datetime
) -> None:
    await put(session, "later", now, after=now + MINUTE)
    await put(session, "other", now, to="赵敏", after=now + MINUTE)
    # An alert that waits for its reader's hours has nothing to do with her form.
    await put(session, "alert", now, priority=Priority.ALERT, after=now + MINUTE)
    assert not await has_due(session, now, "phone")
    await let_go(session, (await account_of(session, "李强")).id)
    assert await keys(session, now) == ["later"]
    assert "other" in await keys(session, now + MINUTE)


async def test_letting_go_does_not_hurry_a_retry(session: AsyncSession, now: datetime) -> None:
    row = await put(session, "1", now)
    await record_retry(session, row, now + MINUTE, "flood")
    await let_go(session, (await account_of(session, "李强")).id)
    assert await keys(session, now) == []
    (again,) = await take(session, now + MINUTE)
    assert (again.attempts, again.unknown) == (1, 0)


async def test_an_unknown_end_is_counted(session: AsyncSession, now: datetime) -> None:
    row = await put(session, "1", now)
    await record_retry(session, row, now, "timeout", unknown=True)
    (again,) = await take(session, now)
    assert (again.attempts, again.unknown) == (1, 1)


async def test_what_has_ended_is_not_claimed(session: AsyncSession, now: datetime) -> None:
    row = await put(session, "1", now)
    await record_end(session, row, Delivery.FAILED, "gone")
    assert await keys(session, now + MINUTE) == []
    assert await message_id_of(session, "1") is None


async def test_another_channels_messages_are_left_alone(
    session: AsyncSession, now: datetime
) -> None:
    await put(session, "1", now)
    assert await claim(session, now, 10, LEASE, channel="telegram") == []
    assert await claim(session, now, 10, LEASE, channel="pho") == []


async def test_a_purge_forgets_what_is_delivered_and_what_nobody_could_deliver_for_long(
    session: AsyncSession, now: datetime
) -> None:
    sent = await put(session, "sent", now)
    await put(session, "waiting", now)
    await record_sent(session, [(sent, "1")], now)
    await purge(session, now, now)
    assert len(list(await session.scalars(select(OutboxRow.id)))) == 2
    await purge(session, now + MINUTE, now)
    assert list(await session.scalars(select(OutboxRow.dedupe_key))) == ["waiting"]
    await purge(session, now + MINUTE, now + MINUTE)
    assert list(await session.scalars(select(OutboxRow.dedupe_key))) == []
