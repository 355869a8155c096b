"""A unit's digest: at its hour, once, to its supervisors, and again tomorrow."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from cases import ZONE, account_of, heads, letters, unit_of
from sqlalchemy import select

from models.accounts import Assignment, Role
from models.obligations import Kind, Obligation, Outcome
from models.reports.digest import move_digest
from models.session import Database
from models.units import Level, add_unit
from scheduler.sweep import tick
from scheduler.upkeep import plan_recurring

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EVENING = 9.5 * HOUR  # from 08:00 to 17:30, a unit's hour unless it is set


async def plan(db: Database, now: datetime) -> None:
    async with db.write() as session:
        await plan_recurring(session, now, ZONE)


async def digests(db: Database, name: str) -> list[Obligation]:
    async with db.read() as session:
        unit = await unit_of(session, name)
        found = await session.scalars(
            select(Obligation)
            .where(Obligation.kind == Kind.DIGEST, Obligation.unit_id == unit.id)
            .order_by(Obligation.opens_at)
        )
        return list(found)


async def heard(db: Database, name: str) -> list[str]:
    """What she was told, but for the daily reports of her unit."""
    async with db.read() as session:
        return [key for key in await heads(session, name) if not key.startswith("zero.")]


async def test_every_unit_above_a_grid_has_a_digest_ahead_once(
    district: Database, now: datetime
) -> None:
    await plan(district, now)
    await plan(district, now + HOUR)
    for name in ("清河区", "城关镇", "花园社区", "柳林乡", "柳林村"):
        (item,) = await digests(district, name)
        assert item.opens_at == now + EVENING
    assert await digests(district, "花园小区一网格") == []


async def test_a_unit_whose_hour_has_passed_begins_tomorrow(
    district: Database, now: datetime
) -> None:
    await plan(district, now + EVENING)
    (item,) = await digests(district, "清河区")
    assert item.opens_at == now + EVENING + DAY


async def test_a_unit_added_later_gets_its_own(district: Database, now: datetime) -> None:
    await plan(district, now)
    async with district.write() as session:
        above = await unit_of(session, "清河区")
        await add_unit(session, "QH03", "新设镇", Level.TOWNSHIP, above)
        await plan_recurring(session, now + HOUR, ZONE)
        found = list(
            await session.scalars(select(Obligation).where(Obligation.kind == Kind.DIGEST))
        )
    assert len(found) == 6


async def test_a_digest_goes_out_at_the_units_hour_once(district: Database, now: datetime) -> None:
    async with district.write() as session:
        (await unit_of(session, "城关镇")).digest_time = time(9)
    await plan(district, now)
    await tick(district, now + HOUR - timedelta(seconds=1), ZONE)
    assert await heard(district, "钱伟") == []
    for _ in range(2):
        await tick(district, now + HOUR, ZONE)
    assert await heard(district, "钱伟") == ["digest.head"]
    assert await heard(district, "孙丽") == []
    await tick(district, now + EVENING, ZONE)
    assert await heard(district, "孙丽") == await heard(district, "吴刚") == ["digest.head"]
    assert await heard(district, "李强") == await heard(district, "冯静") == []


async def test_the_next_digest_is_planned_when_one_goes_out(
    district: Database, now: datetime
) -> None:
    await plan(district, now)
    await tick(district, now + EVENING, ZONE)
    today, tomorrow = await digests(district, "城关镇")
    assert (today.outcome, tomorrow.outcome) == (Outcome.DONE, None)
    assert tomorrow.opens_at == today.opens_at + DAY
    await tick(district, now + EVENING + DAY, ZONE)
    assert await heard(district, "钱伟") == ["digest.head"] * 2


async def test_after_an_outage_of_days_one_digest_goes_out_of_the_last_cut_off(
    district: Database, now: datetime
) -> None:
    await plan(district, now)
    await tick(district, now + 5 * DAY, ZONE)
    async with district.read() as session:
        (only,) = await letters(session, "钱伟")
    assert only.lines[0].params["until"] == now + 4 * DAY + 9 * HOUR
    assert (await digests(district, "城关镇"))[-1].opens_at > now + 5 * DAY


async def test_after_an_outage_that_ended_before_the_hour_the_day_keeps_its_own_digest(
    district: Database, now: datetime
) -> None:
    """At eight in the morning yesterday's digest is made good; tonight's still comes."""
    await plan(district, now)
    await tick(district, now + DAY, ZONE)
    await tick(district, now + DAY + EVENING, ZONE)
    async with district.read() as session:
        ends = [letter.lines[0].params["until"] for letter in await letters(session, "钱伟")]
    assert ends == [now + 9 * HOUR, now + DAY + 9 * HOUR]


async def test_a_digest_moved_to_the_same_evening_does_not_stand_in_for_the_next_days(
    district: Database, now: datetime
) -> None:
    await plan(district, now)
    await tick(district, now + EVENING, ZONE)
    async with district.write() as session:
        town = await unit_of(session, "城关镇")
        town.digest_time = time(20)
        await move_digest(session, town, now + 10 * HOUR, ZONE)
    for day in range(3):
        await tick(district, now + 12 * HOUR + day * DAY, ZONE)
    assert await heard(district, "钱伟") == ["digest.head"] * 4


async def test_a_supervisor_with_two_posts_in_a_unit_gets_one_digest(
    district: Database, now: datetime
) -> None:
    async with district.write() as session:
        account, town = await account_of(session, "钱伟"), await unit_of(session, "城关镇")
        session.add(
            Assignment(role=Role.DISTRICT, unit_id=town.id, account_id=account.id, since_at=now)
        )
    await plan(district, now)
    await tick(district, now + EVENING, ZONE)
    assert await heard(district, "钱伟") == ["digest.head"]


async def test_a_unit_without_a_reader_still_plans_its_next_digest(
    district: Database, now: datetime
) -> None:
    async with district.write() as session:
        (await account_of(session, "钱伟")).blocked_at = now
    await plan(district, now)
    await tick(district, now + EVENING, ZONE)
    assert await heard(district, "钱伟") == []
    assert len(await digests(district, "城关镇")) == 2
