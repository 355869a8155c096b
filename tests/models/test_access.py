"""Who may see and do what: ids are claims, and whoever has no reach is refused."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import datetime

import pytest
from cases import account_of, accounts_for, actor, duties_of, duty, episode_of, person_of, unit_of
from cast import RESIDENTS, STAFF, add_resident
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.access import (
    Action,
    Actor,
    access_episode,
    access_lead,
    access_obligation,
    access_person,
    visible,
)
from models.accounts import Assignment, Role
from models.episodes import running_episode
from models.leads import Lead
from models.messages import UserError
from models.obligations import Kind, Obligation
from models.people import Household, Person
from models.units import Level

# 王芳 lives in 花园小区一网格 (花园社区, 城关镇): who of the staff stands above her.
ABOVE = {"李强", "赵敏", "孙丽", "钱伟", "吴刚"}
SUPERVISING = ABOVE - {"李强", "赵敏"}


def allowed(name: str, action: Action) -> bool:
    """The table: what the staff may do to a person in 花园小区一网格."""
    match action:
        case Action.OVERSEE:
            return name in SUPERVISING
        case Action.ADMINISTER:
            return name == "冯静"
        case _:
            return name in ABOVE


@pytest.fixture
async def observed(session: AsyncSession, now: datetime) -> Person:
    await episode_of(session, "王芳", now)
    await accounts_for(session, ["王芳"], now)
    return await person_of(session, "王芳")


async def first_duty(session: AsyncSession, person: Person) -> Obligation:
    episode = await running_episode(session, person.id)
    assert episode is not None
    return (await duties_of(session, episode))[0]


async def refused(attempt: Awaitable[object]) -> bool:
    try:
        await attempt
    except UserError as error:
        assert error.text.key == "access.denied"  # noqa: PT017 -- the outcome is the table's
        return True
    return False


@pytest.mark.parametrize("name", STAFF)
async def test_staff_reach_a_person_exactly_as_the_table_says(
    session: AsyncSession, now: datetime, observed: Person, name: str
) -> None:
    who = await actor(session, name, now)
    item = await first_duty(session, observed)
    lead = await session.scalar(select(Lead.id).where(Lead.person_id == observed.id))
    assert lead is not None
    assert item.episode_id is not None
    for action in Action:
        no = not allowed(name, action)
        assert await refused(access_person(session, who, observed.id, action)) is no, action
        assert await refused(access_episode(session, who, item.episode_id, action)) is no, action
        assert await refused(access_lead(session, who, lead, action)) is no, action
        assert await refused(access_obligation(session, who, item.id, action)) is no, action


async def test_a_person_sees_and_reports_for_herself_and_does_nothing_else(
    session: AsyncSession, now: datetime, observed: Person
) -> None:
    own = await actor(session, "王芳", now)
    item = await first_duty(session, observed)
    for action in Action:
        no = action not in (Action.SEE, Action.REPORT)
        assert await refused(access_person(session, own, observed.id, action)) is no, action
        assert await refused(access_obligation(session, own, item.id, action)) is no, action


async def test_a_guardian_acts_for_her_wards_as_for_herself(
    session: AsyncSession, now: datetime
) -> None:
    guardian = await actor(session, "陈建国", now)
    ward = await person_of(session, "陈奶奶")
    item = await duty(session, "checkin:ward", now, person_id=ward.id)
    for action in Action:
        no = action not in (Action.SEE, Action.REPORT)
        assert await refused(access_person(session, guardian, ward.id, action)) is no, action
        assert await refused(access_obligation(session, guardian, item.id, action)) is no, action


async def test_a_stranger_does_nothing_to_anybody(
    session: AsyncSession, now: datetime, observed: Person
) -> None:
    nobody = Actor(account_id=10_000, person_id=None)
    item = await first_duty(session, observed)
    for action in Action:
        assert await refused(access_person(session, nobody, observed.id, action)), action
        assert await refused(access_obligation(session, nobody, item.id, action)), action
        seen = await session.scalars(select(Person).where(visible(nobody, action)))
        assert list(seen) == [], action


async def test_a_person_without_a_guardian_is_nobodys_ward(
    session: AsyncSession, now: datetime, observed: Person
) -> None:
    """An actor without a person must not match the blanks of a row: a household without a head,
    work without a person."""
    home = await session.get_one(Household, (await person_of(session, "陈建国")).household_id)
    observed.household_id, home.head_id = home.id, None
    item = await duty(session, "contact:staff", now, kind=Kind.CONTACT, unit="花园社区")
    nobody = Actor(10_000, None)
    assert await refused(access_person(session, nobody, observed.id, Action.SEE))
    assert await refused(access_obligation(session, nobody, item.id, Action.SEE))


async def test_the_head_of_a_household_acts_for_who_lives_there(
    session: AsyncSession, now: datetime, observed: Person
) -> None:
    """A ladder tells her what was missed at home, so she can make it good."""
    head = await actor(session, "陈建国", now)
    assert await refused(access_person(session, head, observed.id, Action.REPORT))
    observed.household_id = (await person_of(session, "陈建国")).household_id
    await session.flush()
    assert await access_person(session, head, observed.id, Action.REPORT) is observed
    assert await refused(access_person(session, head, observed.id, Action.VERIFY))


@pytest.mark.parametrize("claimed", [None, 0, -1, 10**12])
async def test_an_id_that_nobody_has_is_refused_like_a_foreign_one(
    session: AsyncSession, now: datetime, claimed: int | None
) -> None:
    who = await actor(session, "吴刚", now)
    assert await refused(access_person(session, who, claimed))
    if claimed is not None:
        assert await refused(access_lead(session, who, claimed))
        assert await refused(access_episode(session, who, claimed, Action.SEE))
        assert await refused(access_obligation(session, who, claimed, Action.SEE))


async def names(session: AsyncSession, who: Actor) -> set[str]:
    return {p.name for p in await session.scalars(select(Person).where(visible(who)))}


async def test_what_is_visible_follows_the_tree(session: AsyncSession, now: datetime) -> None:
    family = {"陈建国", "林秀英", "陈小明", "陈奶奶"}
    known = {name for name, resident in RESIDENTS.items() if resident.known}
    willow = {"周涛"} | {n for n in known if RESIDENTS[n].unit == "柳林村一网格"}
    for name in ("王芳", "周涛"):
        await add_resident(session, name, now)
    seen = {name: await names(session, await actor(session, name, now)) for name in STAFF}
    garden = family | {"王芳"}
    assert seen == {
        "李强": garden,
        "赵敏": garden,
        "孙丽": garden,
        "钱伟": garden,
        "吴刚": garden | willow,
        "刘洋": willow,
        "何平": willow,
        "高峰": willow,
        "冯静": set(),
    }
    assert await names(session, await actor(session, "陈建国", now)) == family
    assert await names(session, await actor(session, "王芳", now)) == {"王芳"}


async def test_work_of_a_unit_without_a_person_is_the_units_alone(
    session: AsyncSession, now: datetime
) -> None:
    item = await duty(session, "contact:staff", now, kind=Kind.CONTACT, unit="花园社区")
    reach = {
        name: not await refused(
            access_obligation(session, await actor(session, name, now), item.id, Action.SEE)
        )
        for name in ("李强", "孙丽", "钱伟", "何平", "陈建国")
    }
    assert reach == {"李强": False, "孙丽": True, "钱伟": True, "何平": False, "陈建国": False}


async def test_an_actor_speaks_for_her_highest_unit(session: AsyncSession, now: datetime) -> None:
    account = await account_of(session, "孙丽")
    town = await unit_of(session, "城关镇")
    session.add(
        Assignment(role=Role.TOWNSHIP, unit_id=town.id, account_id=account.id, since_at=now)
    )
    await session.flush()
    who = await actor(session, "孙丽", now)
    top, village = who.top(Role.TOWNSHIP, Role.COMMUNITY), who.top(Role.COMMUNITY)
    assert top is not None
    assert village is not None
    assert (top.level, village.level) == (Level.TOWNSHIP, Level.VILLAGE)
    assert who.top(Role.ADMIN) is None


async def test_a_right_anywhere_is_told_from_a_right_here(
    session: AsyncSession, now: datetime
) -> None:
    who = await actor(session, "李强", now)
    grid, other = await unit_of(session, "花园小区一网格"), await unit_of(session, "花园小区二网格")
    assert who.may(Action.VERIFY)
    assert who.may(Action.VERIFY, grid.path)
    assert not who.may(Action.VERIFY, other.path)
    assert not who.may(Action.OVERSEE)
    assert not Actor(1, None).may(Action.SEE)
