"""Suspensions and supervision: who may propose, order, refuse and end one; that nothing closes by
itself and nobody gets round an order; that a manager hears of no supervision before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from talk import ZONE, Read, Talk

from models.accounts import Assignment
from models.audit import AuditRow
from models.clock import local_day
from models.obligations import Kind, Obligation
from models.units import Unit
from models.venues.inspection import Inspection
from models.venues.kinds import Trading, VenueKind
from models.venues.ladder import Ground
from models.venues.managing import Told, add_venue
from models.venues.problem import Problem
from models.venues.supervision import plan_outing
from models.venues.suspension import Standing, Suspension
from models.venues.team import Outing, Team, Why
from models.venues.venue import Venue

INSPECTOR, MANAGER, VILLAGE, ABOVE, DISTRICT = "郑义", "马兰", "孙丽", "钱伟", "吴刚"
ELSEWHERE = ("路人", "刘洋", "何平", "高峰", "李强")
SCAN = "场所码"
DAY = timedelta(days=1)


@pytest.fixture
async def shop(talk: Talk) -> Venue:
    """A shop of the village, with its manager signed in and nobody as its officer."""
    for name in (INSPECTOR, MANAGER, VILLAGE, ABOVE, DISTRICT, *ELSEWHERE):
        await talk.say(name, "/help")
    async with talk.db.write() as session:
        unit = (await session.scalars(select(Unit).where(Unit.name == "花园社区"))).one()
        told = Told(VenueKind.SHOP, "花园超市", "花园小区1栋", unit.id)
        venue = await add_venue(session, told, None, talk.now)
        held = select(Assignment).where(Assignment.role == "venue")
        venue.manager_id = (await session.scalars(held)).one().id
        return venue


async def fail(talk: Talk, venue: Venue, *, item: str = SCAN, fixed: str = "否") -> None:
    await talk.tap(INSPECTOR, f"a:inspect:{venue.id}")
    for said in (item, "没有"):
        await talk.say(INSPECTOR, said)
    await talk.deliver(talk.event(INSPECTOR, kind="photo", file="p"))
    await talk.say(INSPECTOR, fixed)
    await talk.say(INSPECTOR, "没问题")


async def orders(talk: Talk) -> Sequence[Suspension]:
    async with talk.db.read() as session:
        return (await session.scalars(select(Suspension).order_by(Suspension.id))).all()


async def only(talk: Talk) -> Suspension:
    (found,) = await orders(talk)
    return found


async def trading(talk: Talk, venue: Venue) -> Trading:
    async with talk.db.read() as session:
        return (await session.get_one(Venue, venue.id)).trading


def keys(letters: Sequence[Read], to: str = "") -> list[str]:
    return [key for one in letters for key in one.keys if not to or one.to == to]


def refused(letters: Sequence[Read]) -> bool:
    return any(key.startswith("access.") for key in keys(letters))


async def closed(talk: Talk, venue: Venue) -> Suspension:
    """Closed by order."""
    await fail(talk, venue)
    await talk.tap(ABOVE, f"a:susissue:{(await only(talk)).id}")
    return await only(talk)


async def close_all(talk: Talk) -> None:
    async with talk.db.read() as session:
        numbers = (await session.scalars(select(Problem.id))).all()
    for number in numbers:
        await talk.tap(INSPECTOR, f"a:probclose:{number}")


# -- drafting -------------------------------------------------------------------------------------


async def test_a_grave_failure_is_drafted_at_once_and_closes_nothing(
    talk: Talk, shop: Venue
) -> None:
    await fail(talk, shop)
    order = await only(talk)
    assert (order.state, order.ground, order.drafted_by) == (
        Standing.DRAFTED,
        Ground.UNCHECKED,
        None,
    )
    for _ in range(30):
        await talk.pass_time(DAY)
    assert (await only(talk)).state == Standing.DRAFTED
    assert await trading(talk, shop) == Trading.OPEN


async def test_what_is_put_right_at_once_is_not_drafted(talk: Talk, shop: Venue) -> None:
    await fail(talk, shop, fixed="是")
    assert await orders(talk) == []


async def test_an_ordinary_failure_is_not_drafted(talk: Talk, shop: Venue) -> None:
    await fail(talk, shop, item="口罩")
    assert await orders(talk) == []


async def test_a_draft_lapses_when_what_it_rests_on_is_closed(talk: Talk, shop: Venue) -> None:
    await fail(talk, shop)
    await close_all(talk)
    assert (await only(talk)).state == Standing.LAPSED
    letters = await talk.tap(ABOVE, f"a:susissue:{(await only(talk)).id}")
    assert keys(letters) == ["suspension.decided_already"]
    assert await trading(talk, shop) == Trading.OPEN


async def test_the_same_again_is_one_draft_and_a_relapse_a_new_one(talk: Talk, shop: Venue) -> None:
    for _ in range(2):
        await fail(talk, shop)
    assert len(await orders(talk)) == 1
    await close_all(talk)
    await fail(talk, shop, item="口罩")
    await close_all(talk)
    await talk.pass_time(DAY)
    await fail(talk, shop, item="口罩")
    assert [(one.state, one.ground) for one in await orders(talk)] == [
        (Standing.LAPSED, Ground.UNCHECKED),
        (Standing.DRAFTED, Ground.RELAPSE),
    ]


async def test_a_refused_delay_is_not_drafted_again_for_the_same_delay(
    talk: Talk, shop: Venue
) -> None:
    await fail(talk, shop, item="口罩")
    for _ in range(12):
        await talk.pass_time(DAY)
    order = await only(talk)
    assert order.ground == Ground.OVERDUE
    await talk.tap(ABOVE, f"a:susrefuse:{order.id}")
    await talk.say(ABOVE, "已约谈")
    for _ in range(12):
        await talk.pass_time(DAY)
    assert (await only(talk)).state == Standing.REFUSED


async def test_time_rests_while_a_proof_waits(talk: Talk, shop: Venue) -> None:
    await fail(talk, shop, item="口罩")
    await talk.pass_time(DAY)
    async with talk.db.read() as session:
        problem = (await session.scalars(select(Problem))).one()
    await talk.tap(MANAGER, f"a:prove:{problem.id}")
    await talk.deliver(talk.event(MANAGER, kind="photo", file="p"))
    await talk.say(MANAGER, "跳过")
    for _ in range(20):
        await talk.pass_time(DAY)
    assert await orders(talk) == []
    letters = await talk.say(MANAGER, "/venues")
    assert not [key for key in keys(letters) if key.startswith("colour.")]


# -- who may what ---------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["susissue", "susrefuse"])
async def test_to_decide_is_for_those_who_may_order(talk: Talk, shop: Venue, verb: str) -> None:
    await fail(talk, shop)
    order = await only(talk)
    for person in (*ELSEWHERE, MANAGER, VILLAGE, INSPECTOR):
        assert refused(await talk.tap(person, f"a:{verb}:{order.id}")), person
    assert (await only(talk)).state == Standing.DRAFTED
    assert not refused(await talk.tap(DISTRICT, f"a:{verb}:{order.id}"))


async def test_the_officer_of_the_venue_orders_and_only_she_to_whom_it_was_addressed(
    talk: Talk, shop: Venue
) -> None:
    await talk.tap(INSPECTOR, f"a:venueofficer:{shop.id}")
    await fail(talk, shop)
    order = await only(talk)
    assert "suspend.new" in keys(await talk.pass_time(timedelta()), INSPECTOR)
    await talk.tap(VILLAGE, f"a:venueofficer:{shop.id}")
    assert refused(await talk.tap(VILLAGE, f"a:susissue:{order.id}"))
    letters = await talk.tap(INSPECTOR, f"a:susissue:{order.id}")
    assert "suspension.ordered" in keys(letters, MANAGER)
    assert await trading(talk, shop) == Trading.SUSPENDED


async def test_an_officer_does_not_order_what_she_proposed(talk: Talk, shop: Venue) -> None:
    await talk.tap(INSPECTOR, f"a:venueofficer:{shop.id}")
    await talk.tap(INSPECTOR, f"a:susdraft:{shop.id}")
    await talk.say(INSPECTOR, "没人配合检查")
    order = await only(talk)
    assert refused(await talk.tap(INSPECTOR, f"a:susissue:{order.id}"))
    assert await trading(talk, shop) == Trading.OPEN
    assert not refused(await talk.tap(ABOVE, f"a:susissue:{order.id}"))


@pytest.mark.parametrize("verb", ["suspension", "sustrading", "susopen", "susshut"])
async def test_a_closure_is_for_those_who_inspect_there(talk: Talk, shop: Venue, verb: str) -> None:
    order = await closed(talk, shop)
    for person in (*ELSEWHERE, MANAGER):
        assert refused(await talk.tap(person, f"a:{verb}:{order.id}")), person
    assert not refused(await talk.tap(VILLAGE, f"a:{verb}:{order.id}"))


@pytest.mark.parametrize("verb", ["susdraft", "suggest"])
async def test_to_propose_and_to_suggest_is_for_those_who_inspect_there(
    talk: Talk, shop: Venue, verb: str
) -> None:
    await fail(talk, shop, item="口罩")
    for person in (*ELSEWHERE, MANAGER):
        assert refused(await talk.tap(person, f"a:{verb}:1")), person
    for person in (VILLAGE, INSPECTOR):
        assert not refused(await talk.tap(person, f"a:{verb}:1")), person
        await talk.say(person, "/cancel")


async def test_every_decision_is_audited(talk: Talk, shop: Venue) -> None:
    order = await closed(talk, shop)
    await talk.tap(INSPECTOR, f"a:sustrading:{order.id}")
    await talk.tap(ABOVE, f"a:susissue:{(await orders(talk))[-1].id}")
    await close_all(talk)
    await talk.tap(ABOVE, f"a:susopen:{order.id}")
    async with talk.db.read() as session:
        found = await session.scalars(select(AuditRow.action).order_by(AuditRow.id))
    said = [action for action in found if action.startswith("suspension.")]
    assert said == [f"suspension.{what}" for what in ("issued", "drafted", "issued", "ended")]


# -- closed, and open again -----------------------------------------------------------------------


async def test_nobody_gets_round_an_order(talk: Talk, shop: Venue) -> None:
    order = await closed(talk, shop)
    for state in ("open", "resting", "suspended"):
        await talk.tap(ABOVE, f"a:trading:{shop.id}:{state}")
        assert await trading(talk, shop) == Trading.SUSPENDED
    await talk.tap(ABOVE, f"a:trading:{shop.id}:gone")
    await talk.tap(ABOVE, f"a:trading:{shop.id}:open")
    assert await trading(talk, shop) == Trading.SUSPENDED
    assert (await only(talk)).state == Standing.ISSUED
    async with talk.db.read() as session:
        looks = select(Obligation).where(Obligation.kind == Kind.REOPEN)
        live = [one for one in await session.scalars(looks) if one.is_open()]
    assert [one.facts["suspension"] for one in live] == [order.id]


async def test_a_venue_opens_after_its_last_day_and_when_its_problems_are_closed(
    talk: Talk, shop: Venue
) -> None:
    order = await closed(talk, shop)
    assert keys(await talk.tap(INSPECTOR, f"a:susopen:{order.id}")) == ["suspension.runs_until"]
    assert keys(await talk.tap(ABOVE, f"a:susopen:{order.id}")) == ["suspension.problems_open"]
    for _ in range(order.days + 1):
        await talk.pass_time(DAY)
    letters = await talk.tap(INSPECTOR, f"a:susopen:{order.id}")
    assert keys(letters) == ["suspension.problems_open"]
    await close_all(talk)
    letters = await talk.tap(INSPECTOR, f"a:susopen:{order.id}")
    assert "suspension.reopened" in keys(letters, MANAGER)
    assert await trading(talk, shop) == Trading.OPEN


async def test_two_taps_order_once(talk: Talk, shop: Venue) -> None:
    order = await closed(talk, shop)
    assert keys(await talk.tap(DISTRICT, f"a:susissue:{order.id}")) == [
        "suspension.decided_already"
    ]


async def test_trading_while_closed_makes_it_seven_days_by_an_order_only(
    talk: Talk, shop: Venue
) -> None:
    order = await closed(talk, shop)
    before = order.until_on
    for _ in range(2):
        await talk.tap(INSPECTOR, f"a:sustrading:{order.id}")
    first, extension = await orders(talk)
    assert (first.until_on, extension.extends_id) == (before, order.id)
    await talk.tap(ABOVE, f"a:susissue:{extension.id}")
    first, extension = await orders(talk)
    assert first.from_on is not None
    assert first.until_on == first.from_on + 6 * DAY
    assert (first.state, extension.state) == (Standing.ISSUED, Standing.ENDED)


async def test_an_extension_of_what_is_over_is_not_ordered(talk: Talk, shop: Venue) -> None:
    order = await closed(talk, shop)
    await talk.tap(INSPECTOR, f"a:sustrading:{order.id}")
    await close_all(talk)
    await talk.tap(ABOVE, f"a:susopen:{order.id}")
    extension = (await orders(talk))[-1]
    letters = await talk.tap(ABOVE, f"a:susissue:{extension.id}")
    assert keys(letters) == ["suspension.decided_already"]
    assert await trading(talk, shop) == Trading.OPEN


# -- supervision ----------------------------------------------------------------------------------


async def plan(talk: Talk, venues: int = 12) -> list[Venue]:
    """A team of the township goes out today; some venues to choose among."""
    async with talk.db.write() as session:
        units = {unit.name: unit for unit in await session.scalars(select(Unit))}
        team = Team(unit_id=units["城关镇"].id, name="第一组", created_at=talk.now)
        session.add(team)
        await session.flush()
        held = select(Assignment).where(Assignment.role == "inspector")
        member = (await session.scalars(held)).one()
        await plan_outing(session, team, local_day(talk.now, ZONE), [member], ZONE)
        village = units["花园社区"].id
        made = [Told(VenueKind.SHOP, f"店{n}", f"{n}号", village) for n in range(venues)]
        return [await add_venue(session, told, None, talk.now) for told in made]


async def test_the_managers_hear_of_a_supervision_when_it_is_done(talk: Talk, shop: Venue) -> None:
    await plan(talk, 0)
    before = await talk.say(INSPECTOR, "/supervise")
    before += await talk.tap(INSPECTOR, f"a:inspect:{shop.id}:supervision")
    before += await talk.pass_time(timedelta(hours=1))
    assert keys(before, MANAGER) == []
    after = await talk.say(INSPECTOR, "没问题")
    assert keys(after, MANAGER)[0] == "inspect.manager.supervision"
    async with talk.db.read() as session:
        row = (await session.scalars(select(Inspection))).one()
        outing = (await session.scalars(select(Outing))).one()
    assert (row.outing_id, outing.begun_at) == (outing.id, talk.now)


async def test_the_sites_of_a_day_are_drawn_once_the_troubled_first_and_one_by_lot(
    talk: Talk, shop: Venue
) -> None:
    await fail(talk, shop, item="口罩")
    await plan(talk)
    shown = [await talk.say(INSPECTOR, "/supervise") for _ in range(2)]
    taps = [[tap for one in letters for tap in one.taps] for letters in shown]
    assert taps[0] == taps[1]
    async with talk.db.read() as session:
        outing = (await session.scalars(select(Outing))).one()
    given = outing.given()
    assert next(iter(given.items())) == (shop.id, Why.PROBLEMS)
    assert list(given.values())[1:] == [*[Why.UNSEEN] * 3, Why.DRAWN]
    assert taps[0] == [f"a:inspect:{number}:supervision" for number in given]


async def test_where_a_team_goes_is_shown_to_the_team_alone(talk: Talk, shop: Venue) -> None:
    await plan(talk)
    assert refused(await talk.say(MANAGER, "/supervise"))
    for person in (VILLAGE, ABOVE, DISTRICT):
        letters = await talk.say(person, "/supervise")
        assert not [tap for one in letters for tap in one.taps], person
    async with talk.db.write() as session:
        held = update(Assignment).where(Assignment.role == "inspector")
        await session.execute(held.values(until_at=talk.now))
    assert refused(await talk.say(INSPECTOR, "/supervise"))


async def test_a_walk_of_supervision_without_a_team_is_an_outing_of_ones_own(
    talk: Talk, shop: Venue
) -> None:
    for _ in range(2):
        await talk.tap(ABOVE, f"a:inspect:{shop.id}:supervision")
        await talk.say(ABOVE, "没问题")
    async with talk.db.read() as session:
        outing = (await session.scalars(select(Outing))).one()
        rows = (await session.scalars(select(Inspection))).all()
    assert {row.outing_id for row in rows} == {outing.id}
    assert outing.team_id is None
