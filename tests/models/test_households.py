"""Doors are found by any part of them within a grid, and by whole words where many live."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from cases import actor, lead_of, person_of, unit_of
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import households, twins
from models.households import (
    access_household,
    bring_back,
    find,
    members,
    move_in,
    move_out,
    strike,
)
from models.messages import UserError
from models.people import Household, Person, Residence, living
from models.tenancies import Tenancy

CHEN = "花园小区5栋1单元301"


async def found(session: AsyncSession, who: str, text: str, now: datetime) -> list[str]:
    homes = await find(session, await actor(session, who, now), text)
    rows = await session.scalars(select(Household).where(Household.id.in_(homes)))
    return [home.address for home in rows]


async def chens(session: AsyncSession) -> Household:
    return await session.get_one(Household, (await person_of(session, "陈建国")).household_id)


@pytest.mark.parametrize(
    "text",
    ["5栋301", "５幢１单元３０１室", "5-1-301", "301", CHEN, "陈", "奶奶", "陈小名", "5682",
     "13812345682"],
)  # fmt: skip
async def test_any_part_finds_the_door(session: AsyncSession, now: datetime, text: str) -> None:
    assert await found(session, "李强", text, now) == [CHEN]
    assert await found(session, "刘洋", text, now) == []


@pytest.mark.parametrize(
    "text", ["6栋301", "302", "5栋2单元301", "682", "周", "花园", "柳林村2组15号"]
)
async def test_what_does_not_fit_finds_nothing(
    session: AsyncSession, now: datetime, text: str
) -> None:
    assert await found(session, "李强", text, now) == []


@pytest.mark.parametrize(
    ("text", "hit"),
    [("陈建国", True), ("陈健国", True), ("13812345682", True), ("花园小区5幢1单元301室", True),
     ("陈", False), ("5682", False), ("5栋301", False)],
)  # fmt: skip
async def test_where_many_live_only_whole_words_find_anybody(
    session: AsyncSession, now: datetime, text: str, hit: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(households, "SCANNED", 1)
    while not await twins.listen(session, now):
        pass
    await session.flush()
    assert await found(session, "钱伟", text, now) == ([CHEN] if hit else [])


async def test_a_door_is_its_grids_alone(session: AsyncSession, now: datetime) -> None:
    home = await chens(session)
    assert (await access_household(session, await actor(session, "李强", now), home.id)) is home
    for name in ("刘洋", "冯静", "陈建国"):
        with pytest.raises(UserError, match=r"access\.denied"):
            await access_household(session, await actor(session, name, now), home.id)


async def test_whoever_moves_out_is_back_as_she_was(session: AsyncSession, now: datetime) -> None:
    home, chen = await chens(session), await person_of(session, "陈建国")
    chen.residence = Residence.TENANT
    rent = Tenancy(person_id=chen.id, household_id=home.id)
    session.add(rent)
    await session.flush()
    await move_out(session, chen, now.date(), now)
    assert [person.name for person in await members(session, home)] == [
        "林秀英", "陈小明", "陈奶奶"
    ]  # fmt: skip
    await session.refresh(home)
    assert (home.head_id, rent.until_on) == (None, now.date())
    assert not await session.scalar(select(Person.id).where(Person.id == chen.id, living()))
    await bring_back(session, chen, home, head=True)
    assert (await members(session, home))[0] is chen
    assert (home.head_id, rent.until_on, chen.moved_out_at) == (chen.id, None, None)


async def test_somebody_added_by_mistake_leaves_no_trace_unless_something_was_done(
    session: AsyncSession, now: datetime
) -> None:
    home = await chens(session)
    unit = await unit_of(session, "花园小区一网格")
    added = Person(unit_id=unit.id, name="陈健国", created_at=now)
    chen = await person_of(session, "陈建国")
    twins.hear(chen, (await unit_of(session, "花园社区")).id)
    await session.flush()
    assert await move_in(session, added, home, now)
    assert await twins.waiting(session) == 1
    assert await strike(session, added)
    assert await twins.waiting(session) == 0
    await lead_of(session, "陈建国", now)
    assert not await strike(session, chen)
    assert await person_of(session, "陈建国") is chen


async def test_whoever_moves_in_is_kept_as_long_as_a_list_would_keep_her(
    session: AsyncSession, now: datetime
) -> None:
    unit = await unit_of(session, "花园小区一网格")
    added = Person(unit_id=unit.id, name="新来", created_at=now)
    assert not await move_in(session, added, await chens(session), now)
    assert (added.listed_at, added.address) == (now, CHEN)
    assert added.purge_on is not None
    assert added.purge_on > (now + timedelta(days=700)).date()
