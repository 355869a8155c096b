"""Contact rings through real taps: whose they are, who is told what, and that nobody has to."""

from __future__ import annotations

from typing import Any

import pytest
from cases import person_of
from cast import add_resident
from sqlalchemy import ColumnElement, Select, func, select
from talk import Read, Talk

from models.obligations import Kind, Obligation
from models.people import Household, address_index
from models.rings import Ring, RingHome, RingWord
from models.units import Unit

HEAD, NEIGHBOUR, WORKER = "林志明", "David", "李强"  # two doors of one building
OUTSIDERS = ("路人", "刘洋", "何平", "高峰", "冯静", "王芳")
BY_TEAM = ("doors", "door:h1:0", "head", "head:p1", "end:yes", "tell")
BY_HEAD = ("yes", "no", "well", "passed", "need", "help:h1", "newcomer:h1")


@pytest.fixture
async def ring(talk: Talk) -> Talk:
    """A ring of two doors whose head has agreed; everybody has written before."""
    async with talk.db.write() as session:
        for name in (NEIGHBOUR, HEAD):
            await add_resident(session, name, talk.now)
    for name in (*OUTSIDERS, HEAD, NEIGHBOUR):
        await talk.say(name, "/start")
    await talk.say(WORKER, "/ring")
    await talk.tap(WORKER, "a:rings:new")
    building = await _one(talk, select(Household.building_id).where(_at("花园小区1栋1单元101")))
    grid = await _one(talk, select(Unit.id).where(Unit.name == "花园小区一网格"))
    await talk.tap(WORKER, f"a:rings:make:u{grid}:b{building}")
    head = await _person(talk, HEAD)
    await talk.tap(WORKER, f"a:ring:1:head:p{head}")
    await talk.tap(HEAD, "a:ring:1:yes")
    return talk


def _at(address: str) -> ColumnElement[bool]:
    return Household.address_index == address_index(address)


async def _one(talk: Talk, query: Select[Any]) -> Any:
    async with talk.db.read() as session:
        return await session.scalar(query)


async def _person(talk: Talk, name: str) -> int:
    async with talk.db.read() as session:
        return (await person_of(session, name)).id


def keys(letters: list[Read], to: str) -> list[str]:
    return [key for letter in letters if letter.to == to for key in letter.keys]


async def _ring(talk: Talk) -> Ring:
    async with talk.db.read() as session:
        return await session.get_one(Ring, 1)


@pytest.mark.parametrize("deed", BY_TEAM)
async def test_a_ring_is_made_by_the_staff_of_its_grid_and_above(ring: Talk, deed: str) -> None:
    for name in (*OUTSIDERS, HEAD, NEIGHBOUR):
        assert keys(await ring.tap(name, f"a:ring:1:{deed}"), name) == ["access.denied"], name
    assert (await _ring(ring)).ended_at is None


@pytest.mark.parametrize("deed", BY_HEAD)
async def test_nobody_from_elsewhere_speaks_for_a_ring(ring: Talk, deed: str) -> None:
    for name in (*OUTSIDERS, NEIGHBOUR):
        assert keys(await ring.tap(name, f"a:ring:1:{deed}"), name) == ["access.denied"], name
    assert await _one(ring, select(func.count(RingWord.id))) == 0


@pytest.mark.parametrize("deed", ["yes", "no"])
async def test_only_she_herself_says_whether_she_will_be_the_head(ring: Talk, deed: str) -> None:
    assert keys(await ring.tap(WORKER, f"a:ring:1:{deed}"), WORKER) == ["access.denied"]


async def test_a_head_sees_no_door_that_is_not_in_her_ring(ring: Talk) -> None:
    other = await _one(ring, select(Household.id).where(_at("花园小区5栋1单元301")))
    for deed in ("help", "newcomer"):
        said = keys(await ring.tap(HEAD, f"a:ring:1:{deed}:h{other}"), HEAD)
        assert said == ["ring.door_gone"], deed


async def test_two_taps_in_a_row_make_one_ring(ring: Talk) -> None:
    building = await _one(ring, select(Household.building_id).where(_at("花园小区5栋1单元301")))
    grid = await _one(ring, select(Unit.id).where(Unit.name == "花园小区一网格"))
    for _ in range(2):
        await ring.tap(WORKER, f"a:rings:make:u{grid}:b{building}")
    assert await _one(ring, select(func.count(Ring.id))) == 2


async def test_all_well_told_twice_counts_once(ring: Talk) -> None:
    await ring.tap(HEAD, "a:ring:1:well")
    await ring.tap(WORKER, "a:ring:1:well")
    assert await _one(ring, select(func.count(RingWord.id))) == 1


async def test_a_household_leaves_its_own_ring_and_no_other(ring: Talk) -> None:
    await ring.say("陈建国", "/start")
    assert keys(await ring.tap("陈建国", "a:ringhome:leave"), "陈建国") == ["ring.not_in"]
    await ring.tap(NEIGHBOUR, "a:ringhome:leave")
    left = select(func.count(RingHome.id)).where(RingHome.left_at.is_not(None))
    assert await _one(ring, left) == 1
    assert (await _ring(ring)).head_id is not None


async def test_a_head_who_leaves_is_asked_no_more(ring: Talk) -> None:
    await ring.tap(HEAD, "a:ringhome:leave")
    assert (await _ring(ring)).head_id is None
    open_ = select(func.count(Obligation.id)).where(
        Obligation.kind == Kind.RING, Obligation.outcome.is_(None)
    )
    assert await _one(ring, open_) == 0


async def test_a_door_is_in_one_ring_at_most(ring: Talk) -> None:
    home = await _one(ring, select(Household.id).where(_at("花园小区1栋1单元101")))
    building = await _one(ring, select(Household.building_id).where(_at("花园小区5栋1单元301")))
    grid = await _one(ring, select(Unit.id).where(Unit.name == "花园小区一网格"))
    await ring.tap(WORKER, f"a:rings:make:u{grid}:b{building}")
    assert keys(await ring.tap(WORKER, f"a:ring:2:door:h{home}:0"), WORKER) == ["ring.in_another"]
