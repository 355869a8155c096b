"""Tips: who was first, what ends together, who is slowed, and that nobody reads who sent one."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from cases import account_of, unit_of
from sqlalchemy import LargeBinary, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession

from models.obligations import Outcome
from models.rules import Rules
from models.tips import (
    Tip,
    TipKind,
    TipOutcome,
    ask_to_check,
    close_matter,
    duty_of,
    join,
    sender_index,
    wait_until,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def tip_of(session: AsyncSession, at: datetime, who: str = "陈建国") -> Tip:
    account, unit = await account_of(session, who), await unit_of(session, "花园小区一网格")
    found = Tip(
        unit_id=unit.id,
        kind=TipKind.GATHERING,
        anonymous=True,
        sender=str(account.id),
        sender_index=sender_index(account.id),
        text="聚餐",
        place="活动室",
        seen_at=at,
        created_at=at,
    )
    session.add(found)
    await session.flush()
    await ask_to_check(session, found, "活动室", Rules(), at)
    return found


async def test_whoever_came_first_leads_the_matter(session: AsyncSession, now: datetime) -> None:
    first, second, third = [await tip_of(session, now + n * HOUR) for n in range(3)]
    await join(session, second, third)
    await join(session, third, first)
    assert [one.same_as_id for one in (first, second, third)] == [None, first.id, first.id]


async def test_a_matter_ends_as_one(session: AsyncSession, now: datetime) -> None:
    first, second = await tip_of(session, now), await tip_of(session, now + HOUR)
    await join(session, second, first)
    ended = await close_matter(session, second, TipOutcome.TRUE, 1, now + 2 * HOUR)
    assert [one.outcome for one in ended] == [TipOutcome.TRUE, TipOutcome.KNOWN]
    duties = [await duty_of(session, one) for one in ended]
    assert [duty and duty.outcome for duty in duties] == [Outcome.DONE, Outcome.DONE]
    assert await close_matter(session, first, TipOutcome.UNTRUE, 1, now + 3 * HOUR) == []


@pytest.mark.parametrize(
    ("untrue", "hours", "slowed"), [(2, 1, False), (3, 1, True), (3, 24, False)]
)
async def test_many_untrue_tips_slow_and_never_block(
    session: AsyncSession, now: datetime, untrue: int, hours: int, slowed: bool
) -> None:
    account = await account_of(session, "陈建国")
    for _ in range(untrue):
        found = await tip_of(session, now)
        await close_matter(session, found, TipOutcome.UNTRUE, 1, now)
    until = await wait_until(session, account.id, Rules(), now + hours * HOUR)
    assert until == (now + DAY if slowed else None)


async def test_old_untrue_tips_are_forgiven(session: AsyncSession, now: datetime) -> None:
    account = await account_of(session, "陈建国")
    for _ in range(3):
        found = await tip_of(session, now - 31 * DAY)
        await close_matter(session, found, TipOutcome.UNTRUE, 1, now - 31 * DAY)
    await tip_of(session, now)
    assert await wait_until(session, account.id, Rules(), now + HOUR) is None


async def test_no_column_of_a_tip_tells_who_sent_it(session: AsyncSession, now: datetime) -> None:
    account = await account_of(session, "陈建国")
    found = await tip_of(session, now)
    assert found.sent_by() == account.id
    stored = await session.scalar(select(type_coerce(Tip.sender, LargeBinary)))
    assert stored is not None
    assert str(account.id).encode() != stored
    linked = {key.column.table.name for key in Tip.__table__.foreign_keys}
    assert linked == {"units", "accounts", "tips", "leads"}
    assert found.outcome_by is None, "the only account in the clear is whoever closes it"
