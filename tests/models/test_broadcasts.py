"""A notice to many: whom it reaches, in which words, in which portions, and how it is stopped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

import pytest
from cases import account_of, actor, episode_of, unit_of
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from handlers.broadcasts.views import letter
from models import broadcasts
from models.accounts import Account
from models.broadcasts import (
    Broadcast,
    Circle,
    Hearer,
    access_broadcast,
    hearing,
    languages,
    mark_read,
    progress,
    put_words,
    sizes,
    spread,
    stop,
    write,
)
from models.messages import UserError, load_outbound
from models.outbox import Delivery, OutboxRow, Priority


async def notice_of(
    session: AsyncSession, now: datetime, unit: str = "清河区", circle: Circle = Circle.EVERYBODY
) -> Broadcast:
    by = (await account_of(session, "吴刚")).id
    return await write(
        session, await unit_of(session, unit), circle, {"zh_Hans": "明天停水"}, by, now, now.date()
    )


async def reached(session: AsyncSession, unit: str, circle: Circle, now: datetime) -> set[str]:
    found = await session.scalars(
        select(Account.chat).where(hearing(await unit_of(session, unit), circle, now))
    )
    return {re.sub("^[^:]*:", "", chat) for chat in found}


async def names(session: AsyncSession, *people: str) -> set[str]:
    return {re.sub("^[^:]*:", "", (await account_of(session, name)).chat) for name in people}


async def written(session: AsyncSession, notice: Broadcast) -> Sequence[OutboxRow]:
    rows = await session.scalars(
        select(OutboxRow)
        .where(OutboxRow.dedupe_key.startswith(f"cast:{notice.id}:"))
        .order_by(OutboxRow.id)
    )
    return list(rows)


async def spread_all(session: AsyncSession, notice: Broadcast, now: datetime) -> int:
    """Every portion; how many there were."""
    last: int | None = 0
    portions = 0
    while last is not None:
        last = await spread(session, notice, last, now, letter)
        portions += last is not None
    return portions


async def test_a_circle_is_those_of_the_unit_and_no_others(
    session: AsyncSession, now: datetime
) -> None:
    workers = await reached(session, "花园社区", Circle.GRID_WORKER, now)
    assert workers == await names(session, "李强", "赵敏")
    assert await reached(session, "柳林乡", Circle.GRID_WORKER, now) == await names(session, "刘洋")


async def test_whoever_answers_for_somebody_hears_for_her(
    session: AsyncSession, now: datetime
) -> None:
    await episode_of(session, "陈奶奶", now)
    observed = await reached(session, "花园社区", Circle.OBSERVED, now)
    assert observed == await names(session, "陈建国")
    assert await reached(session, "柳林乡", Circle.OBSERVED, now) == set()


async def test_who_has_blocked_us_is_not_counted(session: AsyncSession, now: datetime) -> None:
    unit = await unit_of(session, "花园社区")
    before = (await sizes(session, unit, now))[Circle.GRID_WORKER]
    (await account_of(session, "李强")).blocked_at = now
    await session.flush()
    assert (await sizes(session, unit, now))[Circle.GRID_WORKER] == before - 1


async def test_each_hears_it_once_in_portions_whatever_is_done_twice(
    session: AsyncSession, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broadcasts, "AT_ONCE", 3)
    notice = await notice_of(session, now)
    n = (await sizes(session, await unit_of(session, "清河区"), now))[Circle.EVERYBODY]
    assert await spread_all(session, notice, now) == -(-n // 3)
    await spread_all(session, notice, now)  # broken off before the first portion was recorded
    rows = await written(session, notice)
    assert len(rows) == len({row.account_id for row in rows}) == n
    assert {row.priority for row in rows} == {Priority.BROADCAST}
    assert await session.scalar(select(func.count(Hearer.id))) == n


async def test_everybody_reads_it_in_her_language_where_it_was_written_in_it(
    session: AsyncSession, now: datetime
) -> None:
    for name, lang in (("李强", "en"), ("赵敏", "zh_Hant")):
        (await account_of(session, name)).lang = lang
    await session.flush()
    notice = await notice_of(session, now, "花园社区", Circle.GRID_WORKER)
    put_words(notice, "en", "No water tomorrow")
    unit = await unit_of(session, "花园社区")
    assert await languages(session, unit, Circle.GRID_WORKER, now) == {"en": 1, "zh_Hant": 1}
    await spread_all(session, notice, now)
    said = {
        row.account_id: load_outbound(row.payload).lines[1].params["text"]
        for row in await written(session, notice)
    }
    english, other = [(await account_of(session, name)).id for name in ("李强", "赵敏")]
    assert said == {english: "No water tomorrow", other: "明天停水"}


async def test_stopped_it_takes_back_what_has_not_gone_out(
    session: AsyncSession, now: datetime
) -> None:
    notice = await notice_of(session, now)
    await spread_all(session, notice, now)
    rows = await written(session, notice)
    gone, lost, leased = rows[0], rows[1], rows[2]
    gone.state, lost.state, leased.claimed_until_at = Delivery.SENT, Delivery.FAILED, now
    await session.flush()
    assert await stop(session, notice, now) == len(rows) - 3
    found = await progress(session, notice)
    assert (found.written, found.sent, found.waiting, found.lost) == (3, 1, 1, 1)


async def test_what_the_outbox_keeps_no_longer_was_sent(
    session: AsyncSession, now: datetime
) -> None:
    notice = await notice_of(session, now)
    await spread_all(session, notice, now)
    await session.execute(update(OutboxRow).values(dedupe_key=OutboxRow.dedupe_key + "x"))
    found = await progress(session, notice)
    assert found.sent == found.written > 0


async def test_only_who_was_written_to_can_say_that_she_has_read_it(
    session: AsyncSession, now: datetime
) -> None:
    notice = await notice_of(session, now, "花园社区", Circle.GRID_WORKER)
    await spread_all(session, notice, now)
    for _ in range(2):
        await mark_read(session, notice.id, (await account_of(session, "李强")).id, now)
    assert (await progress(session, notice)).read == 1
    with pytest.raises(UserError):
        await mark_read(session, notice.id, (await account_of(session, "刘洋")).id, now)


async def test_a_notice_is_its_writers_alone(session: AsyncSession, now: datetime) -> None:
    notice = await notice_of(session, now)
    assert await access_broadcast(session, await actor(session, "吴刚", now), notice.id) is notice
    with pytest.raises(UserError):
        await access_broadcast(session, await actor(session, "钱伟", now), notice.id)
