"""Duty of care: whose nights and tasks count, and which shift of tonight somebody could take."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from cases import ZONE, account_of, duty, manned, unit_of, watch
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import Assignment
from models.care import Burden, burdens
from models.carecards import shown
from models.duty import Post, Shift
from models.obligations import Kind, Outcome, settle
from models.rules import Rules
from models.units import Unit

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RULES = Rules(care_nights=3, care_tasks=5)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2022-{text}:00+08:00")


async def found(
    session: AsyncSession, now: datetime, unit: str = "花园社区", rules: Rules = RULES
) -> dict[str, Burden]:
    path = (await unit_of(session, unit)).path
    return {one.name: one for one in await burdens(session, [path], rules, now, ZONE)}


async def stood(
    session: AsyncSession, begins: datetime, now: datetime, by: str = "李强", hours: int = 8
) -> Shift:
    """A shift that she has stood."""
    shift = await manned(session, begins, now, by=by, hours=hours, name=f"岗{begins:%m%d%H}")
    shift.signed_in_at = begins
    await session.flush()
    return shift


async def in_hand(session: AsyncSession, name: str, n: int, now: datetime) -> None:
    owner = (await account_of(session, name)).id
    for number in range(n):
        await duty(session, f"task:{name}:{number}", now, kind=Kind.TASK, owner_id=owner)


@pytest.mark.parametrize("first", ["07-01", "06-29", "12-29"])
async def test_nights_in_a_row_run_on_across_a_month(session: AsyncSession, first: str) -> None:
    begun = at(f"{first}T22:00")
    for night in range(3):
        await stood(session, begun + night * DAY, begun - DAY)
    now = begun + 2 * DAY + 11 * HOUR
    one = (await found(session, now))["李强"]
    assert (one.in_a_row, one.nights, one.tired) == (3, 3, True)
    # A night's rest, and she is not named any more.
    assert "李强" not in await found(session, now + DAY)


async def test_a_shift_across_midnight_is_one_night_and_an_evening_is_none(
    session: AsyncSession,
) -> None:
    rules = Rules(care_nights=1)
    now = at("07-04T09:00")
    await stood(session, at("07-03T20:00"), now - DAY, "李强", hours=12)
    await stood(session, at("07-03T16:00"), now - DAY, "赵敏", hours=7)  # until eleven
    some = await found(session, now, rules=rules)
    assert (some["李强"].nights, some["李强"].in_a_row) == (1, 1)
    assert "赵敏" not in some


async def test_who_did_not_come_has_not_worked_the_night(session: AsyncSession) -> None:
    now = at("07-04T09:00")
    await manned(session, at("07-03T22:00"), now - DAY, by="李强")
    assert "李强" not in await found(session, now, rules=Rules(care_nights=1))


async def test_too_many_open_tasks_are_too_many_until_some_are_done(session: AsyncSession) -> None:
    now = at("07-04T09:00")
    await in_hand(session, "李强", 4, now)
    assert await found(session, now) == {}
    await in_hand(session, "李强", 5, now)  # the first four are there already
    one = (await found(session, now))["李强"]
    assert (one.tasks, one.loaded, one.tired) == (5, True, False)
    owner = (await account_of(session, "李强")).id
    one_task = await duty(session, "task:李强:0", now, kind=Kind.TASK)
    await settle(session, [one_task], Outcome.DONE, owner, now)
    assert await found(session, now) == {}


async def test_tonights_shift_stands_on_a_button_until_it_is_over(session: AsyncSession) -> None:
    now = at("07-04T17:30")
    for night in range(3):
        await stood(session, at("07-01T22:00") + night * DAY, at("06-30T09:00"))
    ahead = await manned(session, at("07-04T22:00"), at("06-30T09:00"), name="今晚")
    one = (await found(session, now))["李强"]
    assert one.shift_id == ahead.id
    page = shown("花园社区", [one], 3, 5)
    assert [b.data for row in page.rows for b in row] == [f"a:dutyshift:{ahead.id}", "a:go:staff"]
    ahead.cancelled_at = now
    await session.flush()
    assert (await found(session, now))["李强"].shift_id is None


async def test_whoever_relieves_her_carries_the_night_and_may_be_named_next(
    session: AsyncSession,
) -> None:
    """The shift counts for who stood it, not for whose it was."""
    begun = at("07-01T22:00")
    post = None
    for night in range(3):
        shift = await stood(session, begun + night * DAY, begun - DAY, "李强")
        post = await session.get(Post, shift.post_id)
    assert post is not None
    tonight = await watch(session, post, begun + 3 * DAY, begun, by="赵敏")
    now = begun + 2 * DAY + 11 * HOUR
    some = await found(session, now)
    assert (set(some), some["李强"].shift_id) == ({"李强"}, None)
    await in_hand(session, "赵敏", 5, now)
    some = await found(session, now)
    assert set(some) == {"李强", "赵敏"}, "she who relieves has too much herself, and is named"
    assert some["赵敏"].shift_id == tonight.id
    tonight.signed_in_at = tonight.since_at
    await session.flush()
    rested = await found(session, tonight.until_at + 2 * HOUR)
    assert set(rested) == {"赵敏"}
    assert rested["赵敏"].nights == 1


async def test_a_supervisor_who_stands_in_herself_is_named_like_anybody(
    session: AsyncSession,
) -> None:
    begun = at("07-01T22:00")
    for night in range(3):
        await stood(session, begun + night * DAY, begun - DAY, "孙丽")
    assert set(await found(session, begun + 2 * DAY + 11 * HOUR)) == {"孙丽"}
    assert await found(session, begun + 2 * DAY + 11 * HOUR, unit="柳林村") == {}


async def test_who_has_left_is_not_named_and_keeps_nothing(session: AsyncSession) -> None:
    begun = at("07-01T22:00")
    for night in range(3):
        await stood(session, begun + night * DAY, begun - DAY)
    now = begun + 2 * DAY + 11 * HOUR
    await in_hand(session, "李强", 5, now)
    worker = await account_of(session, "李强")
    place = await session.scalar(select(Assignment).where(Assignment.account_id == worker.id))
    assert place is not None
    place.until_at = now - HOUR
    await session.flush()
    assert await found(session, now) == {}


async def test_nobodys_burden_is_shown_beside_the_limits(session: AsyncSession) -> None:
    unit = await session.get(Unit, (await unit_of(session, "花园社区")).id)
    assert unit is not None
    page = shown(unit.name, [], 3, 5)
    assert [line.key for line in page.lines] == ["care.nobody", "care.limits"]
