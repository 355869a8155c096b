"""Problems of venues: whatever happens to them in whatever order, the counts balance."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from random import Random

import pytest
from cases import account_of, unit_of
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.messages import UserError
from models.obligations import Kind, Obligation
from models.registers import Submission
from models.reports.figures import count_below
from models.reports.periods import Period
from models.reports.sections import SECTIONS
from models.rules import Rules
from models.units import Level, Unit
from models.venues import problems as deeds
from models.venues.checklists import book, checklist, items_named, shipped
from models.venues.inspection import Visit
from models.venues.inspections import Walk, record_inspection
from models.venues.kinds import Trading, VenueKind
from models.venues.managing import Told, add_venue, set_trading
from models.venues.problem import Problem, State, Step
from models.venues.venue import Venue

RULES, HOUR = Rules(), timedelta(hours=1)


async def venue_of(session: AsyncSession, name: str, unit: str, now: datetime) -> Venue:
    there = await unit_of(session, unit)
    return await add_venue(session, Told(VenueKind.SHOP, name, name, there.id), None, now)


async def walk(
    session: AsyncSession, venue: Venue, by: int, now: datetime, *failed: tuple[int, bool]
) -> list[Problem]:
    """An inspection at which these items fail; with True, put right at once."""
    items = await checklist(session, venue.kind)
    paper = Submission(
        form="inspect", version=1, receipt=f"{now:%d%H%M%S}{venue.id}", answers="{}",
        actor_id=by, unit_id=venue.unit_id, context={}, at=now,
    )  # fmt: skip
    session.add(paper)
    await session.flush()
    findings = [deeds.Finding(items[n], "x", None, fixed) for n, fixed in failed]
    done = Walk(venue, by, paper.id, Visit.DAILY, items, now)
    return (await record_inspection(session, done, findings, RULES))[1]


async def figures(session: AsyncSession, since: datetime, now: datetime) -> dict[int, Counter[str]]:
    top = (await session.scalars(select(Unit).where(Unit.level == Level.DISTRICT))).one()
    found = await count_below(session, top, Period(since, now), SECTIONS)
    return {unit_id: Counter(sums) for unit_id, sums in found.items()}


async def something(
    session: AsyncSession, chance: Random, venues: list[Venue], by: int, now: datetime
) -> None:
    """Anything that may happen to a venue or a problem, possible or not."""
    venue = chance.choice(venues)
    known = (await session.scalars(select(Problem).order_by(Problem.id))).all()
    deed = chance.choice(["walk", "walk", "walk", "prove", "close", "back", "hold", "gone"])
    if deed == "walk" and venue.is_there():
        failed = [(n, chance.random() < 0.3) for n in sorted(chance.sample(range(4), 2))]
        await walk(session, venue, by, now, *failed)
        return
    if deed == "gone" and chance.random() < 0.2:
        await set_trading(session, venue, Trading.GONE, by, now)
        return
    if not known or deed in ("walk", "gone"):
        return
    problem = chance.choice(known)
    there = await session.get_one(Venue, problem.venue_id)
    match deed:
        case "prove":
            await deeds.prove(session, problem, there, deeds.NOTHING, by, RULES, now)
        case "close":
            await deeds.close_problem(session, problem, there, by, RULES, now)
        case "back":
            await deeds.send_back(session, problem, there, deeds.NOTHING, by, RULES, now)
        case "hold":
            await deeds.hold(session, problem, by, now)


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_happens_the_counts_balance(
    session: AsyncSession, now: datetime, seed: int
) -> None:
    chance, since = Random(seed), now - HOUR
    by = (await account_of(session, "李强")).id
    venues = [
        await venue_of(session, "花园超市", "花园社区", now),
        await venue_of(session, "柳林超市", "柳林村", now),
    ]
    for step in range(25):
        now += HOUR
        try:
            await something(session, chance, venues, by, now)
        except UserError:
            continue  # it could not happen then, and nothing did
        finally:
            await session.flush()
        if step % 8:
            continue
        found = await figures(session, since, now)
        for unit in found.values():
            one = {name: unit[f"problems.{name}"] for name in ("found", "relapsed", "closed")}
            assert one["found"] + one["relapsed"] - one["closed"] == unit["fixing.open"], one
            assert unit["venues.faulty"] <= unit["venues.sites"] <= unit["venues.inspections"]
        still = select(func.count()).where(Problem.state != State.CLOSED)
        district = max(found.values(), key=lambda unit: unit["venues.inspections"])
        assert await session.scalar(still) == district["fixing.open"]


async def test_what_is_found_again_soon_is_a_relapse_and_later_a_new_problem(
    session: AsyncSession, now: datetime
) -> None:
    by = (await account_of(session, "李强")).id
    venue = await venue_of(session, "花园超市", "花园社区", now)
    (first,) = await walk(session, venue, by, now, (0, False))
    await deeds.close_problem(session, first, venue, by, RULES, now + HOUR)
    (again,) = await walk(session, venue, by, now + 48 * HOUR, (0, False))
    assert (again.id, again.relapses, again.state) == (first.id, 1, State.ISSUED)
    await deeds.close_problem(session, again, venue, by, RULES, now + 49 * HOUR)
    later = now + timedelta(days=RULES.relapse_days + 3)
    (new,) = await walk(session, venue, by, later, (0, False))
    assert (new.id != first.id, new.relapses) == (True, 0)
    steps = [step.step for step in await deeds.history(session, first)]
    assert steps == [Step.FOUND, Step.CLOSED, Step.RELAPSED, Step.CLOSED]


async def test_a_starred_item_has_hours_and_an_ordinary_one_days(
    session: AsyncSession, now: datetime
) -> None:
    by = (await account_of(session, "李强")).id
    venue = await venue_of(session, "花园超市", "花园社区", now)
    starred, plain = await walk(session, venue, by, now, (0, False), (2, False))
    assert (starred.star, starred.due_at - now) == (True, timedelta(hours=24))
    assert (plain.star, plain.due_at - now) == (False, timedelta(days=3))


async def test_a_closing_is_looked_back_at_once_and_a_relapse_ends_that(
    session: AsyncSession, now: datetime
) -> None:
    by = (await account_of(session, "李强")).id
    venue = await venue_of(session, "花园超市", "花园社区", now)
    (problem,) = await walk(session, venue, by, now, (0, False))
    await deeds.close_problem(session, problem, venue, by, RULES, now)
    duty = await deeds.duty_of(session, problem, Kind.LOOKBACK)
    assert duty is not None
    assert (duty.opens_at - now, duty.is_open()) == (timedelta(days=7), True)
    await walk(session, venue, by, now + HOUR, (0, False))
    assert not duty.is_open()
    open_ = select(func.count()).where(Obligation.outcome.is_(None))
    assert await session.scalar(open_.where(Obligation.kind == Kind.PROBLEM)) == 1


async def test_a_venue_that_comes_back_is_the_same_venue(
    session: AsyncSession, now: datetime
) -> None:
    by = (await account_of(session, "李强")).id
    venue = await venue_of(session, "花园超市", "花园社区", now)
    await set_trading(session, venue, Trading.GONE, by, now)
    again = await venue_of(session, "花园超市", "花园社区", now + HOUR)
    assert (again.id, again.trading) == (venue.id, Trading.OPEN)


@pytest.mark.parametrize("kind", VenueKind)
def test_every_kind_has_a_list_of_its_own(kind: VenueKind) -> None:
    items = shipped(kind)
    assert 9 <= len(items) <= 15
    assert any(item.star for item in items)
    assert len({item.code for item in items}) == len(items)
    assert all(item.basis in book().sources.values() for item in items)


async def test_a_list_keeps_what_it_was_begun_with(session: AsyncSession, now: datetime) -> None:
    codes = ["common.scan", "shop.air", "gone.item"]
    assert [item.code for item in await items_named(session, VenueKind.SHOP, codes)] == codes[:2]
