"""Venues and their problems: who may do what, and what two people at once come to."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from talk import Read, Talk

from models.accounts import Assignment, Role, invite
from models.messages import Inbound
from models.obligations import Kind
from models.units import Unit
from models.venues.checklists import checklist
from models.venues.inspection import Inspection
from models.venues.kinds import Trading, VenueKind
from models.venues.managing import Told, add_venue
from models.venues.problem import Problem, State, Step
from models.venues.problems import duty_of, history
from models.venues.venue import DOOR, Venue

INSPECTOR, MANAGER, VILLAGE, ABOVE = "郑义", "马兰", "孙丽", "钱伟"
OUTSIDE = ("路人", "刘洋", "何平", "高峰", "李强")  # another village, another township, one grid
NEXT = "口罩"


@pytest.fixture
async def shop(talk: Talk) -> Venue:
    """A shop of the village, with its manager signed in."""
    for name in (INSPECTOR, MANAGER, VILLAGE, ABOVE, *OUTSIDE):
        await talk.say(name, "/help")
    async with talk.db.write() as session:
        unit = (await session.scalars(select(Unit).where(Unit.name == "花园社区"))).one()
        told = Told(VenueKind.SHOP, "花园超市", "花园小区1栋", unit.id, 30.5701, 104.06)
        venue = await add_venue(session, told, None, talk.now)
        held = select(Assignment).where(Assignment.role == "venue")
        venue.manager_id = (await session.scalars(held)).one().id
        return venue


async def fail(talk: Talk, person: str, venue: Venue, *, fixed: str = "否") -> None:
    """Somebody finds that masks are not worn."""
    await talk.tap(person, f"a:inspect:{venue.id}")
    for said in (NEXT, "没戴口罩"):
        await talk.say(person, said)
    await talk.deliver(talk.event(person, kind="photo", file="p"))
    await talk.say(person, fixed)
    await talk.say(person, "没问题")


async def problems(session: AsyncSession) -> Sequence[Problem]:
    return (await session.scalars(select(Problem).order_by(Problem.id))).all()


async def the_one(talk: Talk) -> Problem:
    async with talk.db.read() as session:
        (found,) = await problems(session)
        return found


def at(talk: Talk, latitude: float) -> Inbound:
    return talk.event(INSPECTOR, kind="location", latitude=latitude, longitude=104.06)


def refused(letters: Sequence[Read]) -> bool:
    return any(key.startswith("access.") for one in letters for key in one.keys)


@pytest.mark.parametrize("verb", ["inspect", "venue", "venuehead", "venueofficer", "trading"])
async def test_a_venue_is_for_those_who_inspect_there(talk: Talk, shop: Venue, verb: str) -> None:
    for person in (*OUTSIDE, MANAGER):
        assert refused(await talk.tap(person, f"a:{verb}:{shop.id}:resting")), person
    for person in (INSPECTOR, VILLAGE, ABOVE):
        assert not refused(await talk.tap(person, f"a:{verb}:{shop.id}:resting")), person
        await talk.say(person, "/cancel")


async def test_the_code_of_a_door_is_for_those_who_inspect_and_for_its_manager(
    talk: Talk, shop: Venue
) -> None:
    for person in OUTSIDE:
        assert refused(await talk.tap(person, f"a:venuedoor:{shop.id}")), person
    for person in (INSPECTOR, MANAGER):
        (letter,) = await talk.tap(person, f"a:venuedoor:{shop.id}")
        assert letter.message.poster is not None
        assert letter.message.poster.start == f"{DOOR}{shop.code}"


async def test_a_door_leads_to_its_inspection(talk: Talk, shop: Venue) -> None:
    letters = await talk.say(INSPECTOR, f"/start {DOOR}{shop.code}")
    assert "inspect.failed.ask" in [key for one in letters for key in one.keys]
    letters = await talk.say("刘洋", f"/start {DOOR}{shop.code}")
    assert [key for one in letters for key in one.keys] == ["inspect.door_unknown"]
    assert refused(await talk.say("路人", f"/start {DOOR}{shop.code}"))


@pytest.mark.parametrize("verb", ["problem", "probpic", "probclose", "probagain", "probheld"])
async def test_a_problem_is_for_those_who_inspect_there(talk: Talk, shop: Venue, verb: str) -> None:
    await fail(talk, INSPECTOR, shop)
    problem = await the_one(talk)
    for person in OUTSIDE:
        assert refused(await talk.tap(person, f"a:{verb}:{problem.id}")), person
    mine = verb in ("problem", "probpic")
    assert refused(await talk.tap(MANAGER, f"a:{verb}:{problem.id}")) != mine
    assert (await the_one(talk)).state == State.ISSUED
    assert not refused(await talk.tap(VILLAGE, f"a:{verb}:{problem.id}"))


@pytest.mark.parametrize("verb", ["proback", "prove"])
async def test_to_put_it_right_is_the_managers_alone(talk: Talk, shop: Venue, verb: str) -> None:
    await fail(talk, INSPECTOR, shop)
    problem = await the_one(talk)
    for person in (*OUTSIDE, INSPECTOR, VILLAGE, ABOVE):
        assert refused(await talk.tap(person, f"a:{verb}:{problem.id}")), person
    assert not refused(await talk.tap(MANAGER, f"a:{verb}:{problem.id}"))


async def test_she_who_was_manager_sees_nothing_of_it_any_more(talk: Talk, shop: Venue) -> None:
    await fail(talk, INSPECTOR, shop)
    problem = await the_one(talk)
    async with talk.db.write() as session:
        held = (await session.scalars(select(Assignment).where(Assignment.role == "venue"))).one()
        held.until_at = talk.now
    assert refused(await talk.tap(MANAGER, f"a:prove:{problem.id}"))
    assert refused(await talk.tap(MANAGER, f"a:problem:{problem.id}"))


async def test_a_manager_who_signs_in_later_hears_of_what_is_open(talk: Talk, shop: Venue) -> None:
    async with talk.db.write() as session:
        held = (await session.scalars(select(Assignment).where(Assignment.role == "venue"))).one()
        account, held.account_id = held.account_id, None
        code = await invite(session, Role.VENUE, held.unit_id, talk.now, held.id)
    await fail(talk, INSPECTOR, shop)
    async with talk.db.read() as session:
        duty = await duty_of(session, await the_one(talk), Kind.PROBLEM)
        assert duty is not None
        assert duty.owner_id is None
    await talk.say(MANAGER, f"/start {code}")
    async with talk.db.read() as session:
        duty = await duty_of(session, await the_one(talk), Kind.PROBLEM)
        assert duty is not None
        assert (duty.owner_id, duty.rung) == (account, 0)


async def test_only_the_manager_signs_and_once(talk: Talk, shop: Venue) -> None:
    await fail(talk, INSPECTOR, shop)
    async with talk.db.read() as session:
        row = (await session.scalars(select(Inspection))).one()
    for person in (*OUTSIDE, INSPECTOR, VILLAGE):
        assert refused(await talk.tap(person, f"a:sign:{row.id}")), person
    for _ in range(2):
        await talk.tap(MANAGER, f"a:sign:{row.id}")
    async with talk.db.read() as session:
        assert (await session.scalars(select(Inspection))).one().signed_at == talk.now


async def test_two_inspectors_at_once_find_one_problem(talk: Talk, shop: Venue) -> None:
    await talk.tap(INSPECTOR, f"a:inspect:{shop.id}")
    await fail(talk, VILLAGE, shop)
    await talk.say(INSPECTOR, NEXT)
    await talk.say(INSPECTOR, "也没戴")
    await talk.deliver(talk.event(INSPECTOR, kind="photo", file="p"))
    await talk.say(INSPECTOR, "否")
    await talk.say(INSPECTOR, "没问题")
    problem = await the_one(talk)
    async with talk.db.read() as session:
        steps = [step.step for step in await history(session, problem)]
        assert steps == [Step.FOUND, Step.SEEN]
        assert len((await session.scalars(select(Inspection))).all()) == 2


async def test_what_is_put_right_at_once_is_closed_at_once(talk: Talk, shop: Venue) -> None:
    await fail(talk, INSPECTOR, shop, fixed="是")
    assert (await the_one(talk)).state == State.CLOSED


async def test_a_list_that_is_changed_on_the_way_is_the_one_she_began_with(
    talk: Talk, shop: Venue
) -> None:
    await talk.say("吴刚", "/help")
    await talk.tap(INSPECTOR, f"a:inspect:{shop.id}")
    async with talk.db.read() as session:
        before = [item.code for item in await checklist(session, shop.kind)]
    await talk.tap("吴刚", "a:itemswitch:shop:common.masks")
    await talk.say(INSPECTOR, NEXT)
    await talk.say(INSPECTOR, "没戴口罩")
    await talk.deliver(talk.event(INSPECTOR, kind="photo", file="p"))
    await talk.say(INSPECTOR, "否")
    await talk.say(INSPECTOR, "没问题")
    async with talk.db.read() as session:
        row = (await session.scalars(select(Inspection))).one()
        assert row.items == before
        assert "common.masks" not in [i.code for i in await checklist(session, shop.kind)]
    assert (await the_one(talk)).item == "common.masks"


async def test_a_list_is_changed_by_the_district_alone(talk: Talk, shop: Venue) -> None:
    await talk.say("吴刚", "/help")
    for person in (INSPECTOR, VILLAGE, ABOVE, MANAGER, "路人"):
        await talk.tap(person, "a:itemswitch:shop:common.masks")
        await talk.tap(person, "a:itemadd:shop")
        await talk.say(person, "/cancel")
    async with talk.db.read() as session:
        assert len(await checklist(session, shop.kind)) == 14
    await talk.tap("吴刚", "a:itemswitch:shop:common.masks")
    async with talk.db.read() as session:
        assert len(await checklist(session, shop.kind)) == 13
    await talk.tap("吴刚", "a:itemswitch:shop:common.masks")
    async with talk.db.read() as session:
        assert len(await checklist(session, shop.kind)) == 14


async def test_a_venue_that_is_gone_is_inspected_no_more(talk: Talk, shop: Venue) -> None:
    await fail(talk, INSPECTOR, shop)
    await talk.tap(INSPECTOR, f"a:trading:{shop.id}:gone")
    assert (await the_one(talk)).state == State.CLOSED
    letters = await talk.tap(INSPECTOR, f"a:inspect:{shop.id}")
    assert [key for one in letters for key in one.keys] == ["venue.gone_for_good"]
    await talk.tap(INSPECTOR, f"a:trading:{shop.id}:suspended")
    async with talk.db.read() as session:
        assert (await session.get_one(Venue, shop.id)).trading == Trading.GONE


async def test_the_nearest_venue_is_found_by_her_place(talk: Talk, shop: Venue) -> None:
    letters = await talk.deliver(at(talk, 30.57))
    assert [key for one in letters for key in one.keys] == ["inspect.near"]
    letters = await talk.deliver(at(talk, 31.57))
    assert [key for one in letters for key in one.keys] == ["inspect.none_near"]
