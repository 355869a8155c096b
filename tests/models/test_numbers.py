"""The digest's numbers: they balance over any history, add up over the tree, and stay closed."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

import pytest
from cases import ZONE, duties_of, duty, episode_of, lead_of, unit_of
from sqlalchemy.ext.asyncio import AsyncSession

from models.alerts import raise_alert
from models.clock import at_local
from models.episodes import EpisodeEnd
from models.leads import LeadOutcome
from models.messages import Text
from models.obligations import Kind, Outcome, fulfil, oblige, settle
from models.observation import close_episode, unplanned_checkin
from models.reports.checks import Check, mismatches
from models.reports.digest import compose, write
from models.reports.figures import checks_of
from models.reports.numbers import CHECKS, Balance, Numbers, count, overdue
from models.reports.periods import Period, closed_period, running_period
from models.reports.sections import SECTIONS
from models.reports.sheet import figure_text, paragraphs
from models.samples import Result, record_result
from models.units import Unit
from models.verification import close_lead

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BY = 1
GRIDS = ("花园小区一网格", "花园小区二网格", "柳林村一网格")


async def numbers(session: AsyncSession, name: str, since: datetime, until: datetime) -> Numbers:
    return await count(session, await unit_of(session, name), Period(since, until))


async def checkins(session: AsyncSession, since: datetime, until: datetime) -> Balance:
    return (await numbers(session, "清河区", since, until)).balances[Kind.CHECKIN]


# -- periods --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hour", "until"),
    [(time(16, 59, 59), 3), (time(17), 4), (time(23, 30), 4)],
)
async def test_a_period_closes_at_the_cut_off(
    session: AsyncSession, hour: time, until: int
) -> None:
    at = at_local(date(2022, 7, 4), hour, ZONE)
    period = await closed_period(session, await unit_of(session, "花园社区"), at, ZONE)
    cut_off = at_local(date(2022, 7, until), time(17), ZONE)
    assert (period.since_at, period.until_at) == (cut_off - DAY, cut_off)
    running = await running_period(session, await unit_of(session, "花园社区"), at, ZONE)
    assert (running.since_at, running.until_at) == (cut_off, at)


async def test_the_cut_off_is_the_districts_setting(session: AsyncSession, now: datetime) -> None:
    (await unit_of(session, "清河区")).settings = {"cut_off": "07:30"}
    await session.flush()
    period = await closed_period(session, await unit_of(session, "花园小区一网格"), now, ZONE)
    assert period.until_at == now - timedelta(minutes=30)


# -- what was due ---------------------------------------------------------------------------------


async def test_each_outcome_has_its_place_in_the_balance(
    session: AsyncSession, now: datetime
) -> None:
    for outcome in (*Outcome, None):
        item = await duty(session, f"k:{outcome}", now)
        if outcome:
            await settle(session, [item], outcome, BY, now)
    assert await checkins(session, now, now + DAY) == Balance(
        due=5, reported=2, missing=1, unreachable=1, waived=1
    )


@pytest.mark.parametrize(("offset", "counted"), [(0, 0), (1, 1), (86_400, 1), (86_401, 0)])
async def test_what_is_due_at_the_cut_off_itself_belongs_to_the_period_that_it_ends(
    session: AsyncSession, now: datetime, offset: int, counted: int
) -> None:
    await duty(session, "k", now, within=timedelta(seconds=offset))
    assert (await checkins(session, now, now + DAY)).due == counted


async def test_what_is_told_after_the_cut_off_does_not_change_a_closed_period(
    session: AsyncSession, now: datetime
) -> None:
    items = [await duty(session, f"k{n}", now) for n in range(4)]
    await fulfil(session, items[0], BY, now + HOUR)
    before = await numbers(session, "清河区", now, now + DAY)
    await fulfil(session, items[1], BY, now + DAY + HOUR)
    await settle(session, [items[2]], Outcome.WAIVED, BY, now + DAY + HOUR, "hospital")
    await settle(session, [items[3]], Outcome.CANCELLED, BY, now + DAY + HOUR)
    await raise_alert(session, "fever", items[1], now + DAY + HOUR, {})
    assert await numbers(session, "清河区", now, now + DAY) == before
    assert before.balances[Kind.CHECKIN] == Balance(due=4, reported=1, missing=3)


async def test_a_result_corrected_after_the_cut_off_leaves_the_days_reports(
    session: AsyncSession, now: datetime
) -> None:
    """A check-in corrected late was still made in time."""
    item = await duty(session, "k", now)
    await fulfil(session, item, BY, now)
    before = await checkins(session, now, now + DAY)
    await fulfil(session, item, BY, now + 2 * DAY)
    assert await checkins(session, now, now + DAY) == before


async def test_days_add_up_to_their_week(session: AsyncSession, now: datetime) -> None:
    for n in range(40):
        await duty(session, f"k{n}", now + n * 4 * HOUR)
    days = [await checkins(session, now + n * DAY, now + (n + 1) * DAY) for n in range(7)]
    week = await checkins(session, now, now + 7 * DAY)
    assert sum(day.due for day in days) == week.due == 40


@pytest.mark.parametrize("seed", range(2))
async def test_any_history_balances_and_adds_up_over_the_tree(
    session: AsyncSession, now: datetime, seed: int
) -> None:
    chance = random.Random(seed)
    units = [await unit_of(session, name) for name in GRIDS]
    rows = []
    for n in range(60):
        due = now + timedelta(minutes=chance.randrange(-600, 3000))
        kind = chance.choice([Kind.CHECKIN, Kind.TEST, Kind.ALERT, Kind.VERIFY])
        unit = chance.choice(units)
        rows.append(
            {"key": f"k{n}", "kind": kind, "unit_id": unit.id, "opens_at": due, "due_at": due}
        )
    await oblige(session, rows)
    for n, name in enumerate(["王芳", "周涛", "David", "林志明"]):
        at = now + n * chance.randrange(24) * HOUR
        if chance.random() < 0.5:
            episode = await episode_of(session, name, at)
            test = (await duties_of(session, episode, Kind.TEST))[0]
            result = chance.choice([Result.POSITIVE, Result.NEGATIVE])
            await record_result(session, test, result, None, BY, at + HOUR)
            if chance.random() < 0.5:
                await close_episode(session, episode, EpisodeEnd.RELEASED, BY, at + 9 * HOUR)
        else:
            lead = await lead_of(session, name, at)
            if chance.random() < 0.5:
                await close_lead(session, lead, LeadOutcome.NO_RISK, BY, at + HOUR)
    found = await session.scalars(overdue(await unit_of(session, "清河区"), now + 9 * DAY))
    for item in list(found):
        if chance.random() < 0.7:
            at = item.due_at + timedelta(minutes=chance.randrange(-300, 900))
            await settle(session, [item], chance.choice(list(Outcome)), BY, at)
    for since in (now - DAY, now, now + DAY):
        await _assert_sound(session, since, since + DAY)


async def _assert_sound(session: AsyncSession, since: datetime, until: datetime) -> None:
    of = {
        name: await numbers(session, name, since, until)
        for name in ("清河区", "城关镇", "柳林乡", "花园社区", "柳林村", *GRIDS)
    }
    for name, one in of.items():
        before = await numbers(session, name, since - (until - since), since)
        assert one.mismatches(before) == [], name
    for above, below in (
        ("清河区", ["城关镇", "柳林乡"]),
        ("城关镇", ["花园社区"]),
        ("花园社区", ["花园小区一网格", "花园小区二网格"]),
        ("柳林乡", ["柳林村一网格"]),
    ):
        for name in of[above].figures:
            assert of[above][name] == sum(of[b][name] for b in below), name


# -- leads, episodes, alerts ----------------------------------------------------------------------


async def test_leads_are_counted_once_however_often_they_are_told(
    session: AsyncSession, now: datetime
) -> None:
    for n in range(3):
        await lead_of(session, "王芳", now + n * HOUR)
    lead = await lead_of(session, "David", now + HOUR)
    await close_lead(session, lead, LeadOutcome.NO_RISK, BY, now + 2 * HOUR)
    await episode_of(session, "林志明", now + HOUR)
    day = await numbers(session, "清河区", now - HOUR, now + DAY)
    assert (day["leads.new"], day["leads.total"]) == (3, 3)
    assert (day["leads.verified"], day["leads.dismissed"], day["leads.waiting"]) == (1, 1, 1)


async def test_the_observed_of_a_day_are_those_before_plus_new_minus_ended(
    session: AsyncSession, now: datetime
) -> None:
    first = await episode_of(session, "王芳", now)
    await episode_of(session, "David", now)
    await close_episode(session, first, EpisodeEnd.RELEASED, BY, now + DAY + HOUR)
    await episode_of(session, "林志明", now + DAY + 2 * HOUR)
    day = await numbers(session, "清河区", now + DAY, now + 2 * DAY)
    assert (day["observed.before"], day["observed.new"], day["observed.ended"]) == (2, 1, 1)
    assert (day["observed.now"], day["observed.total"]) == (2, 3)
    assert day.mismatches() == []


async def test_an_alert_withdrawn_in_its_own_day_is_not_counted(
    session: AsyncSession, now: datetime
) -> None:
    items = [await duty(session, f"a{n}", now, kind=Kind.ALERT) for n in range(3)]
    await settle(session, [items[0]], Outcome.CANCELLED, BY, now + HOUR, "corrected")
    await settle(session, [items[1]], Outcome.DONE, BY, now + HOUR, "hospital")
    day = await numbers(session, "清河区", now - HOUR, now + DAY)
    assert (day["alerts.new"], day["alerts.open"]) == (2, 1)


async def test_what_nobody_asked_for_stands_beside_the_sum(
    session: AsyncSession, now: datetime
) -> None:
    episode = await episode_of(session, "王芳", now)
    planned = (await duties_of(session, episode, Kind.CHECKIN))[0]
    await fulfil(session, planned, BY, now + HOUR)
    told = await unplanned_checkin(session, episode, now + 3 * HOUR, ZONE)
    await fulfil(session, told, BY, now + 3 * HOUR)
    day = await numbers(session, "清河区", now, now + 4 * HOUR)
    assert day.balances[Kind.CHECKIN] == Balance(due=1, reported=1)
    assert day["checkin.volunteered"] == 1


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.whole)
def test_a_wrong_figure_is_shown_with_what_it_should_be(now: datetime, check: Check) -> None:
    wrong = Numbers(Period(now, now), {check.whole: 3})
    message = write(Unit(name="清河区"), wrong, {}, (), Numbers(Period(now, now)))
    assert (figure_text(check.whole, 3), 0) in differing(message.lines)


@pytest.mark.parametrize(
    "check",
    [one for one in checks_of(SECTIONS) if not one.carried],
    ids=lambda check: check.whole,
)
def test_the_daily_sheet_shows_it_too(check: Check) -> None:
    assert (figure_text(check.whole, 3), 0) in differing(paragraphs({check.whole: 3}))


def test_a_check_says_what_its_parts_come_to() -> None:
    check = Check("observed.now", ("observed.new",), ("observed.ended",), ("observed.total",))
    (wrong,) = mismatches([check], {"observed.now": 4, "observed.new": 3, "observed.ended": 1}, {})
    assert (wrong.whole, wrong.sum) == (4, 2)
    found = {"observed.now": 4, "observed.new": 3, "observed.ended": 1, "observed.total": 9}
    assert mismatches([check], found, {"observed.total": 2}) == []
    assert mismatches([check], found) == []


def differing(lines: Iterable[Text]) -> list[tuple[object, object]]:
    """The figures that do not add up, and what they should be."""
    whats = [line.params["what"] for line in lines if line.key == "digest.mismatch"]
    return [(one.params["what"], one.params["sum"]) for one in whats if isinstance(one, Text)]


# -- the digest -----------------------------------------------------------------------------------


async def test_a_day_without_anything_says_zero_aloud(session: AsyncSession, now: datetime) -> None:
    message = await compose(session, await unit_of(session, "花园社区"), now, ZONE)
    assert "digest.nothing" in [line.key for line in message.lines]
    assert "digest.overdue_none" in [line.key for line in message.lines]


async def test_a_digest_names_nobody_and_leads_to_the_names(
    session: AsyncSession, now: datetime
) -> None:
    await episode_of(session, "王芳", now)
    later = now + 3 * HOUR
    message = await compose(session, await unit_of(session, "花园社区"), later, ZONE)
    late = next(line for line in message.lines if line.key == "digest.overdue")
    assert late.params["n"] == 1
    assert message.rows[0][0].data == "a:overdue"
    assert "王芳" not in repr(message)


async def test_behind_the_missing_stand_their_names_in_order_and_no_digest(
    session: AsyncSession, now: datetime
) -> None:
    late = await duty(session, "late", now)
    later = await duty(session, "later", now + HOUR)
    await duty(session, "not yet", now + 5 * HOUR)
    await duty(session, "digest", now, kind=Kind.DIGEST)
    done = await duty(session, "done", now)
    await fulfil(session, done, BY, now)
    town = await unit_of(session, "城关镇")
    assert list(await session.scalars(overdue(town, now + 4 * HOUR))) == [late, later]
    other = await unit_of(session, "柳林乡")
    assert list(await session.scalars(overdue(other, now + 4 * HOUR))) == []
