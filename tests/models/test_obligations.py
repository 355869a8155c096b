"""What is due: created once, ended once, looked at in order."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from cases import account_of, duty, unit_of
from cast import settle
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.clock import StoppedClock
from models.obligations import (
    Due,
    Kind,
    Obligation,
    Outcome,
    advance,
    by_key,
    claim_due,
    fulfil,
    look_again,
    next_due_at,
    oblige,
)
from models.obligations import (
    settle as end,
)
from models.session import Database

HOUR = timedelta(hours=1)


async def due_at(session: AsyncSession, item: Obligation) -> datetime | None:
    return await session.scalar(select(Due.next_action_at).where(Due.obligation_id == item.id))


async def test_obliging_twice_is_one_and_the_first_stays(
    session: AsyncSession, now: datetime
) -> None:
    first = await duty(session, "test:ep1:d1", now)
    again = await duty(session, "test:ep1:d1", now + HOUR, kind=Kind.TEST)
    assert again is first
    await session.refresh(first)
    assert (first.kind, first.opens_at) == (Kind.CHECKIN, now)
    assert await session.scalar(select(func.count()).select_from(Due)) == 1
    assert await due_at(session, first) == now


async def test_obliging_nothing_is_nothing(session: AsyncSession) -> None:
    await oblige(session, [])
    assert await next_due_at(session) is None


async def test_what_is_over_does_not_come_back_when_it_is_obliged_again(
    session: AsyncSession, now: datetime
) -> None:
    item = await duty(session, "test:ep1:d1", now)
    await fulfil(session, item, None, now)
    await duty(session, "test:ep1:d1", now)
    assert item.outcome == Outcome.DONE
    assert await due_at(session, item) is None


async def test_a_ladder_under_way_is_not_begun_again_by_obliging(
    session: AsyncSession, now: datetime
) -> None:
    item = await duty(session, "test:ep1:d1", now)
    await advance(session, [(item.id, 3, None)])
    await duty(session, "test:ep1:d1", now)
    assert await due_at(session, item) is None


@pytest.mark.parametrize(
    ("after", "outcome"),
    [
        (timedelta(), Outcome.DONE),
        (2 * HOUR, Outcome.DONE),
        (2 * HOUR + timedelta(microseconds=1), Outcome.LATE),
        (timedelta(days=3), Outcome.LATE),
    ],
)
async def test_the_deadline_itself_is_in_time_and_what_follows_is_late(
    session: AsyncSession, now: datetime, after: timedelta, outcome: Outcome
) -> None:
    item = await duty(session, "checkin:1", now, within=2 * HOUR)
    worker = await account_of(session, "李强")
    await fulfil(session, item, worker.id, now + after)
    assert (item.outcome, item.outcome_at, item.outcome_by) == (outcome, now + after, worker.id)
    assert not item.is_open()
    assert await due_at(session, item) is None


async def test_what_was_done_in_time_stays_in_time_when_it_is_corrected_later(
    session: AsyncSession, now: datetime
) -> None:
    item = await duty(session, "checkin:1", now)
    await fulfil(session, item, None, now)
    await fulfil(session, item, None, now + 9 * HOUR)
    assert (item.outcome, item.outcome_at) == (Outcome.DONE, now)


async def test_a_report_replaces_an_excuse(session: AsyncSession, now: datetime) -> None:
    item = await duty(session, "checkin:1", now)
    await end(session, [item], Outcome.UNREACHABLE, None, now + HOUR, "unreachable")
    await fulfil(session, item, None, now + 3 * HOUR)
    assert (item.outcome, item.reason) == (Outcome.LATE, None)


async def test_settling_ends_every_ladder_it_is_given_and_no_other(
    session: AsyncSession, now: datetime
) -> None:
    items = [await duty(session, f"checkin:{n}", now) for n in range(3)]
    worker = await account_of(session, "李强")
    await end(session, items[:2], Outcome.WAIVED, worker.id, now, "hospital")
    assert [item.outcome for item in items] == [Outcome.WAIVED, Outcome.WAIVED, None]
    assert items[0].reason == "hospital"
    assert [o.id for o in await claim_due(session, now, 10)] == [items[2].id]


async def test_what_is_due_is_claimed_oldest_first_and_only_once_it_is_due(
    session: AsyncSession, now: datetime
) -> None:
    late = await duty(session, "b", now + HOUR)
    early = await duty(session, "a", now)
    same = await duty(session, "c", now)
    assert await claim_due(session, now - timedelta(seconds=1), 10) == []
    assert await claim_due(session, now, 10) == [early, same]
    assert await claim_due(session, now + HOUR, 10) == [early, same, late]
    assert await claim_due(session, now + HOUR, 2) == [early, same]
    assert await next_due_at(session) == now


async def test_there_is_no_limit_to_looking_back(session: AsyncSession, now: datetime) -> None:
    item = await duty(session, "old", now - timedelta(days=900))
    assert await claim_due(session, now, 10) == [item]


async def test_looking_again_begins_a_new_round_at_its_hour(
    session: AsyncSession, now: datetime
) -> None:
    item = await duty(session, "release:ep1", now, kind=Kind.RELEASE)
    await advance(session, [(item.id, 4, None)])
    await look_again(session, item, now + 5 * HOUR)
    assert (item.rung, item.rounds) == (0, 1)
    assert await due_at(session, item) == now + 5 * HOUR
    await look_again(session, item, now + 6 * HOUR)
    assert item.rounds == 2
    assert await due_at(session, item) == now + 6 * HOUR


async def test_an_advance_moves_each_to_its_own_rung_and_hour(
    session: AsyncSession, now: datetime
) -> None:
    one, two = await duty(session, "a", now), await duty(session, "b", now)
    await advance(session, [(one.id, 1, now + HOUR), (two.id, 5, None)])
    for item in (one, two):
        await session.refresh(item)
    assert (one.rung, await due_at(session, one)) == (1, now + HOUR)
    assert (two.rung, await due_at(session, two)) == (5, None)
    await advance(session, [])


async def test_details_are_empty_where_nothing_was_told(
    session: AsyncSession, now: datetime
) -> None:
    assert (await duty(session, "a", now)).details() == {}
    told = await duty(session, "b", now, detail='{"symptoms": ["cough"]}')
    assert told.details() == {"symptoms": ["cough"]}


async def test_a_key_that_nobody_made_is_nothing(session: AsyncSession) -> None:
    assert await by_key(session, "nothing") is None


async def test_two_sweeps_of_postgresql_never_take_the_same_duty(
    db: Database, clock: StoppedClock
) -> None:
    if db.embedded:
        pytest.skip("SQLite has one writer, which waits")
    async with db.write() as session:
        await settle(session, clock.now())
        grid = await unit_of(session, "花园小区一网格")
        row = {"kind": Kind.CHECKIN, "unit_id": grid.id}
        times = {"opens_at": clock.now(), "due_at": clock.now()}
        await oblige(session, [{**row, **times, "key": f"k{n}"} for n in range(10)])
    async with db.write() as one, db.write() as two:
        first = {o.key for o in await claim_due(one, clock.now(), 6)}
        second = {o.key for o in await claim_due(two, clock.now(), 6)}
    assert (len(first), len(second)) == (6, 4)
    assert not first & second
