"""Who hears that a shift begins, that nobody came, that a night has nobody."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from cases import ZONE, heads, manned
from sqlalchemy import update

from models.clock import at_local, local_day
from models.duty import Shift
from models.obligations import Obligation
from models.session import Database
from scheduler.sweep import tick
from scheduler.upkeep import plan_upkeep

HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)


async def heard(db: Database, *names: str) -> list[list[str]]:
    async with db.read() as session:
        return [await heads(session, name) for name in names]


async def test_nobody_signed_in_climbs_to_the_leader_and_no_colleague_hears_of_it(
    district: Database, now: datetime
) -> None:
    async with district.write() as session:
        await manned(session, now + 2 * HOUR, now)
    for minutes in (60, 105, 134, 135, 150):
        await tick(district, now + minutes * MINUTE, ZONE)
    assert await heard(district, "李强", "孙丽", "钱伟", "赵敏") == [
        ["duty.soon", "duty.ask", "duty.late"],
        ["duty.missed"],
        ["duty.missed"],
        [],
    ]


async def test_staff_without_an_account_is_missed_by_the_leader_alone(
    district: Database, now: datetime
) -> None:
    async with district.write() as session:
        await manned(session, now + 2 * HOUR, now)
        await session.execute(update(Shift).values(account_id=None))
        await session.execute(update(Obligation).values(owner_id=None))
    await tick(district, now + 2 * HOUR + 15 * MINUTE, ZONE)
    assert await heard(district, "孙丽", "李强", "赵敏") == [["duty.missed"], [], []]


async def test_a_post_that_nobody_leads_nearby_is_the_townships(
    district: Database, now: datetime
) -> None:
    async with district.write() as session:
        await manned(session, now + 2 * HOUR, now, unit="城关镇")
    for minutes in (15, 30):
        await tick(district, now + 2 * HOUR + minutes * MINUTE, ZONE)
    assert (await heard(district, "孙丽", "钱伟")) == [[], ["duty.missed"]]


async def test_the_upkeep_of_a_night_looks_at_the_next_one(
    district: Database, now: datetime
) -> None:
    today = local_day(now, ZONE)
    async with district.write() as session:
        await manned(session, now, now, nightly=True, hours=48)
        await plan_upkeep(session, today + 2 * DAY, ZONE)
    await tick(district, at_local(today + 2 * DAY, time(3, 30), ZONE), ZONE)
    assert "rota.new" not in (await heard(district, "孙丽"))[0]
    await tick(district, at_local(today + 2 * DAY, time(15), ZONE), ZONE)
    assert (await heard(district, "孙丽"))[0][-1] == "rota.new"
