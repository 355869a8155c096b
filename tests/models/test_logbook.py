"""What venues owe each day: who is asked, what is waived, what balances, what it costs."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from cases import ZONE, account_of, unit_of
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import Assignment, Role
from models.clock import at_local, local_day
from models.messages import UserError
from models.obligations import Due, Kind, Obligation, Outcome
from models.registers import Submission
from models.reports.figures import count_below
from models.reports.periods import Period
from models.reports.sections import SECTIONS
from models.rules import Rules, checked, set_rule
from models.samples import Result
from models.units import Level, Unit
from models.venues.duties import Log, Tier, days_between, duties, owed_by, post_of
from models.venues.gaps import unmanned
from models.venues.kinds import Trading, VenueKind
from models.venues.ladder import Ground
from models.venues.logbook import (
    VenueLog,
    duties_on,
    last_record,
    note_log,
    owe_day,
    owe_now,
    reckon,
    strike,
)
from models.venues.managing import Told, add_venue, set_trading
from models.venues.staff import (
    Newcomer,
    Swab,
    calendar,
    leave,
    note_sampled,
    staff_of,
    take_on,
    unsample,
)
from models.venues.suspensions import Case, draft, issue_suspension
from models.venues.venue import Venue

RULES, HOUR, DAY = Rules(), timedelta(hours=1), timedelta(days=1)
receipts = iter(range(10**6))


async def top_of(session: AsyncSession) -> Unit:
    return (await session.scalars(select(Unit).where(Unit.level == Level.DISTRICT))).one()


async def manager(session: AsyncSession) -> Assignment:
    return (await session.scalars(select(Assignment).where(Assignment.role == Role.VENUE))).one()


async def shop_of(
    session: AsyncSession, now: datetime, name: str = "花园超市", *, manned: bool = True,
    kind: VenueKind = VenueKind.SHOP, unit: str = "花园社区",
) -> Venue:  # fmt: skip
    there = await unit_of(session, unit)
    venue = await add_venue(session, Told(kind, name, name, there.id), None, now)
    venue.manager_id = (await manager(session)).id if manned else None
    await session.flush()
    return venue


async def record(session: AsyncSession, venue: Venue, log: Log, now: datetime) -> Submission:
    by = (await account_of(session, "马兰")).id
    paper = Submission(
        form="disinfect", version=1, receipt=f"r{next(receipts)}", answers="{}",
        actor_id=by, unit_id=venue.unit_id, context={"venue": venue.id}, at=now,
    )  # fmt: skip
    session.add(paper)
    await session.flush()
    await note_log(session, venue, log, paper, by, now, ZONE)
    return paper


async def people(session: AsyncSession, venue: Venue, now: datetime, *names: str) -> list[Any]:
    by = (await account_of(session, "马兰")).id
    told = [Newcomer(name) for name in names]
    return await take_on(session, venue, told, by, RULES, now, ZONE)


async def owed(session: AsyncSession, venue: Venue, now: datetime) -> dict[Log, Obligation]:
    return await duties_on(session, venue.id, local_day(now, ZONE))


# -- the data --------------------------------------------------------------------------------------


def test_every_kind_owes_something_and_care_homes_are_tested_twice_a_week() -> None:
    assert duties().kinds.keys() == set(VenueKind)
    assert all(owed_by(kind).rounds >= 2 for kind in VenueKind)  # DOMAIN G5
    assert days_between(VenueKind.CARE_HOME, "other", RULES) == 3
    assert owed_by(VenueKind.CARE_HOME).temperatures == 2
    assert days_between(VenueKind.HOTEL, "other", RULES) == 30  # seed 002
    assert owed_by(VenueKind.COLD_STORE).posts["loader"] == Tier.CLOSE


@pytest.mark.parametrize(
    ("title", "post"),
    [("收银员", "cashier"), ("后厨切配", "kitchen"), ("搬运工", "loader"), ("店长", "other"),
     ("", "other"), ("Cook", "kitchen")],
)  # fmt: skip
def test_a_job_in_words_is_a_post(title: str, post: str) -> None:
    assert post_of(title) == post


def test_a_district_sets_the_days_of_a_tier() -> None:
    district = Unit(settings={})
    set_rule(district, "swab_days_close", 2)
    changed = Rules.model_validate(district.settings)
    assert days_between(VenueKind.CARE_HOME, "other", changed) == 2
    with pytest.raises(UserError):
        checked("swab_days_close", 0)


# -- who owes --------------------------------------------------------------------------------------


async def test_only_open_venues_with_somebody_signed_in_owe_their_day(
    session: AsyncSession, now: datetime
) -> None:
    asked = await shop_of(session, now)
    nobody = await shop_of(session, now, "花园网吧", manned=False)
    resting = await shop_of(session, now, "花园旅馆")
    await set_trading(session, resting, Trading.RESTING, 1, now)
    assert await owe_day(session, await top_of(session), now, ZONE) == 1
    assert set(await owed(session, asked, now)) == {Log.DISINFECT, Log.TEMPERATURES}
    assert await owed(session, nobody, now) == {}
    assert await owed(session, resting, now) == {}
    alone = await unmanned(session, Unit.path.startswith("/"))
    assert [gap.venue.name for gap in alone] == ["花园网吧"]


async def test_once_the_manager_has_left_nobody_is_asked(
    session: AsyncSession, now: datetime
) -> None:
    venue = await shop_of(session, now)
    (await manager(session)).until_at = now
    await session.flush()
    assert await owe_day(session, await top_of(session), now, ZONE) == 0
    alone = await unmanned(session, Unit.path.startswith("/"))
    assert [gap.venue.id for gap in alone] == [venue.id]


async def test_a_deputy_is_asked_while_there_is_no_manager(
    session: AsyncSession, now: datetime
) -> None:
    venue = await shop_of(session, now, manned=False)
    venue.deputy_id = (await manager(session)).id
    await session.flush()
    await owe_day(session, await top_of(session), now, ZONE)
    item = (await owed(session, venue, now))[Log.DISINFECT]
    assert item.owner_id == (await account_of(session, "马兰")).id


async def test_the_same_day_twice_is_owed_once(session: AsyncSession, now: datetime) -> None:
    venue = await shop_of(session, now)
    for _ in range(2):
        await owe_day(session, await top_of(session), now, ZONE)
        await owe_now(session, venue, now, ZONE)
    many = select(func.count()).select_from(Obligation).where(Obligation.kind == Kind.LOG)
    assert await session.scalar(many) == 2


async def test_from_the_evening_on_nothing_new_is_asked_of_today(
    session: AsyncSession, now: datetime
) -> None:
    venue, evening = (
        await shop_of(session, now),
        at_local(local_day(now, ZONE), RULES.venue_evening, ZONE),
    )
    assert await owe_day(session, await top_of(session), evening, ZONE) == 0
    (one,) = await people(session, venue, evening, "张三")
    line = (await calendar(session, [one]))[one.id]
    assert line.due_on == local_day(now, ZONE) + DAY


# -- what becomes of it ----------------------------------------------------------------------------


async def test_a_day_is_done_with_its_last_round_and_open_again_when_one_is_taken_back(
    session: AsyncSession, now: datetime
) -> None:
    venue, by = await shop_of(session, now), (await account_of(session, "马兰")).id
    await owe_day(session, await top_of(session), now, ZONE)
    item = (await owed(session, venue, now))[Log.DISINFECT]
    await record(session, venue, Log.DISINFECT, now)
    assert (item.outcome, item.facts["done"]) == (None, 1)
    second = await record(session, venue, Log.DISINFECT, now + HOUR)
    assert (item.outcome, item.outcome_by) == (Outcome.DONE, by)
    await strike(session, second, by, now + HOUR)
    assert (item.outcome, item.facts["done"]) == (None, 1)
    assert (await session.get_one(Due, item.id)).next_action_at == item.due_at
    await record(session, venue, Log.DISINFECT, item.due_at + HOUR)
    assert item.outcome == Outcome.LATE


async def test_a_correction_stays_on_its_day_and_is_no_second_round(
    session: AsyncSession, now: datetime
) -> None:
    venue, by = await shop_of(session, now), (await account_of(session, "马兰")).id
    first = await record(session, venue, Log.DISINFECT, now)
    better = Submission(
        form="disinfect", version=1, receipt="better", answers="{}", actor_id=by,
        unit_id=venue.unit_id, context={}, at=now + DAY, supersedes_id=first.id,
    )  # fmt: skip
    session.add(better)
    await session.flush()
    await note_log(session, venue, Log.DISINFECT, better, by, now + DAY, ZONE)
    (entry,) = (await session.scalars(select(VenueLog))).all()
    assert (entry.on_day, entry.submission_id) == (local_day(now, ZONE), better.id)
    last = await last_record(session, venue.id, Log.DISINFECT)
    assert last is not None
    assert last.id == better.id


@pytest.mark.parametrize("state", [Trading.RESTING, Trading.GONE])
async def test_what_does_not_trade_is_waived(
    session: AsyncSession, now: datetime, state: Trading
) -> None:
    venue = await shop_of(session, now)
    (one,) = await people(session, venue, now, "张三")
    await owe_day(session, await top_of(session), now, ZONE)
    await set_trading(session, venue, state, 1, now + HOUR)
    items = (await owed(session, venue, now)).values()
    assert {(item.outcome, item.reason) for item in items} == {(Outcome.WAIVED, state)}
    line = (await session.scalars(select(Swab))).one()
    assert line.outcome == Outcome.WAIVED
    assert (one.left_at is not None) == (state == Trading.GONE)
    await set_trading(session, venue, Trading.OPEN, 1, now + 2 * DAY)
    await owe_day(session, await top_of(session), now + 2 * DAY, ZONE)
    assert Log.DISINFECT in await owed(session, venue, now + 2 * DAY)
    assert (Log.SWABS in await owed(session, venue, now + 2 * DAY)) == (state != Trading.GONE)


async def test_what_an_officer_closes_owes_nothing_that_day(
    session: AsyncSession, now: datetime
) -> None:
    venue = await shop_of(session, now)
    await people(session, venue, now, "张三")
    await owe_day(session, await top_of(session), now, ZONE)
    order = await draft(session, venue, Case(Ground.INSPECTOR, (), 1, "x"), RULES, now)
    assert order is not None
    await issue_suspension(session, order, venue, 1, now + HOUR, ZONE)
    items = (await owed(session, venue, now)).values()
    assert {(item.outcome, item.reason) for item in items} == {(Outcome.WAIVED, Trading.SUSPENDED)}


# -- the calendar ----------------------------------------------------------------------------------


async def test_a_sample_opens_the_next_line_and_a_mistake_takes_it_back(
    session: AsyncSession, now: datetime
) -> None:
    venue, today = await shop_of(session, now), local_day(now, ZONE)
    (one,) = await people(session, venue, now, "张三")
    assert await note_sampled(session, venue, [one], RULES, now, ZONE) == 1
    assert await note_sampled(session, venue, [one], RULES, now, ZONE) == 0
    line = (await calendar(session, [one]))[one.id]
    assert line.due_on == today + timedelta(days=RULES.swab_days_key)
    await unsample(session, one, today)
    line = (await calendar(session, [one]))[one.id]
    assert (line.due_on, line.last) == (today, None)
    await note_sampled(session, venue, [one], RULES, now, ZONE)
    last = (await calendar(session, [one]))[one.id].last
    assert last is not None
    last.result = Result.NEGATIVE
    with pytest.raises(UserError):
        await unsample(session, one, today)


async def test_a_day_told_when_she_came_in_counts_for_the_calendar_and_in_no_figure(
    session: AsyncSession, now: datetime
) -> None:
    venue, today = await shop_of(session, now), local_day(now, ZONE)
    by = (await account_of(session, "马兰")).id
    told = Newcomer("张三", last_on=today - 2 * DAY)
    (one,) = await take_on(session, venue, [told], by, RULES, now, ZONE)
    assert (await calendar(session, [one]))[one.id].due_on == today + 5 * DAY
    sums = await figures(session, now - 9 * DAY, now + DAY)
    assert sums["swabs.due"] == 0


async def test_the_same_people_told_twice_are_there_once(
    session: AsyncSession, now: datetime
) -> None:
    venue, by = await shop_of(session, now), (await account_of(session, "马兰")).id
    for told in (
        [Newcomer("张三"), Newcomer("张三")],
        [Newcomer("张三", phone="13900000021")],
        [Newcomer("张三", phone="13900000021"), Newcomer("张三")],
    ):
        await take_on(session, venue, told, by, RULES, now, ZONE)
    (one,) = await staff_of(session, venue.id)
    assert one.phone == "13900000021"
    await take_on(session, venue, [Newcomer("张三", phone="13900000022")], by, RULES, now, ZONE)
    assert len(await staff_of(session, venue.id)) == 2


async def test_when_the_last_who_was_due_has_left_nothing_is_missing(
    session: AsyncSession, now: datetime
) -> None:
    venue = await shop_of(session, now)
    rows = await people(session, venue, now, "张三")
    await owe_day(session, await top_of(session), now, ZONE)
    item = (await owed(session, venue, now))[Log.SWABS]
    await leave(session, rows, now)
    await reckon(session, venue.id, local_day(now, ZONE), None, now)
    assert item.outcome == Outcome.CANCELLED
    await people(session, venue, now, "李四")
    await owe_now(session, venue, now, ZONE)
    assert (item.outcome, item.facts["times"]) == (None, 1)


# -- the sums --------------------------------------------------------------------------------------


async def figures(session: AsyncSession, since: datetime, until: datetime) -> Counter[str]:
    top = await top_of(session)
    found = await count_below(session, top, Period(since, until), SECTIONS)
    return Counter(found[top.id])


async def something(
    session: AsyncSession, chance: Random, venues: list[Venue], now: datetime
) -> None:
    """Anything that may happen in a venue."""
    venue = chance.choice(venues)
    staff = list(await staff_of(session, venue.id))
    one = chance.choice(staff) if staff else None
    deed = chance.choice(["log", "log", "temps", "sample", "undo", "leave", "come", "rest", "open"])
    match deed:
        case "log" | "temps":
            log = Log.DISINFECT if deed == "log" else Log.TEMPERATURES
            paper = await record(session, venue, log, now)
            if chance.random() < 0.2:
                await strike(session, paper, paper.actor_id, now)
        case "sample" if one:
            await note_sampled(session, venue, [one], RULES, now, ZONE)
        case "undo" if one:
            await unsample(session, one, local_day(now, ZONE))
        case "leave" if one and chance.random() < 0.3:
            await leave(session, [one], now)
        case "come":
            await people(session, venue, now, f"员工{next(receipts)}")
        case "rest" if chance.random() < 0.4:
            await set_trading(session, venue, Trading.RESTING, 1, now)
        case "open":
            await set_trading(session, venue, Trading.OPEN, 1, now)
    await owe_now(session, venue, now, ZONE)


@pytest.mark.parametrize("seed", range(5))
async def test_whatever_happens_the_sums_balance(
    session: AsyncSession, now: datetime, seed: int
) -> None:
    chance, start = Random(seed), now
    venues = [await shop_of(session, now), await shop_of(session, now, "柳林超市", unit="柳林村")]
    for step in range(60):
        now += timedelta(hours=chance.choice([1, 3, 7]))
        if step % 4 == 0:
            await owe_day(session, await top_of(session), now, ZONE)
        await something(session, chance, venues, now)
    seen = Counter[str]()
    for day in range((now - start).days + 2):
        sums = await figures(session, start + (day - 1) * DAY, start + day * DAY)
        for code in ("venuelogs", "venuetemps"):
            parts = sums[f"{code}.reported"] + sums[f"{code}.missing"] + sums[f"{code}.waived"]
            assert sums[f"{code}.due"] == parts, (day, sums)
            assert sums[f"{code}.unreachable"] == sums[f"{code}.volunteered"] == 0
        parts = sums["swabs.tested"] + sums["swabs.overdue"] + sums["swabs.waived"]
        assert sums["swabs.due"] == parts, (day, sums)
        seen += sums
    assert seen["venuelogs.due"] > 3
    assert seen["swabs.due"] > 3
