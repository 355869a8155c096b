"""The mornings of venues: what they cost, and who outside hears what a day lacks."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta

from cases import ZONE, account_of, unit_of
from counting import counted
from sqlalchemy import func, insert, select

from models.accounts import Assignment, Role
from models.clock import at_local, local_day
from models.obligations import Kind, Obligation
from models.outbox import OutboxRow
from models.rules import Rules
from models.session import Database
from models.units import Level, Unit
from models.venues.gaps import gaps
from models.venues.kinds import Trading, VenueKind
from models.venues.logbook import owe_day
from models.venues.venue import Venue
from scheduler.logdays import plan_log_day
from scheduler.sweep import tick

RULES, DAY = Rules(), timedelta(days=1)


async def _venues(db: Database, many: int, now: datetime) -> None:
    async with db.write() as session:
        unit = await unit_of(session, "花园社区")
        roles = select(Assignment).where(Assignment.role == Role.VENUE)
        held = (await session.scalars(roles)).one()
        told = {"unit_id": unit.id, "kind": VenueKind.SHOP, "trading": Trading.OPEN}
        rows = [
            {**told, "name": f"店{n}", "address": f"{n}号", "code": f"c{n}", "manager_id": held.id,
             "created_at": now}
            for n in range(many)
        ]  # fmt: skip
        await session.execute(insert(Venue), rows)
        await plan_log_day(session, now - DAY, ZONE)


async def test_five_thousand_venues_cost_a_handful_of_statements(
    district: Database, now: datetime
) -> None:
    await _venues(district, 5000, now)
    with counted(district) as statements:
        async with district.write() as session:
            top = (await session.scalars(select(Unit).where(Unit.level == Level.DISTRICT))).one()
            assert await owe_day(session, top, now, ZONE) == 5000
    assert len(statements) < 40, Counter(s[:60] for s in statements)
    async with district.read() as session:
        many = select(func.count()).select_from(Obligation).where(Obligation.kind == Kind.LOG)
        assert await session.scalar(many) == 10_000


async def test_those_outside_hear_of_hundreds_of_venues_in_one_message(
    district: Database, now: datetime
) -> None:
    morning = at_local(local_day(now, ZONE), RULES.venue_morning, ZONE)
    await _venues(district, 300, morning - DAY)
    await tick(district, morning, ZONE)
    await tick(district, morning + DAY, ZONE)
    on = local_day(morning + DAY, ZONE)
    async with district.read() as session:
        found = await gaps(session, Unit.path.startswith("/"), on - DAY, ZONE)
        rows = await session.scalars(
            select(OutboxRow).where(OutboxRow.dedupe_key.contains("logday"))
        )
        told = Counter(row.account_id for row in rows if f"{on}T" in row.dedupe_key)
        hearing = {(await account_of(session, name)).id for name in ("孙丽", "郑义")}
    assert len(found) == 300
    assert told == dict.fromkeys(hearing, 1)


async def test_the_officer_of_its_trade_hears_of_a_venue(district: Database, now: datetime) -> None:
    morning = at_local(local_day(now, ZONE), RULES.venue_morning, ZONE)
    await _venues(district, 1, morning - DAY)
    async with district.write() as session:
        officer = await account_of(session, "钱伟")
        held = select(Assignment.id).where(Assignment.account_id == officer.id)
        venue = (await session.scalars(select(Venue))).one()
        venue.officer_id = await session.scalar(held)
    for at in (morning, morning + DAY):
        await tick(district, at, ZONE)
    async with district.read() as session:
        rows = await session.scalars(select(OutboxRow).where(OutboxRow.account_id == officer.id))
        assert ["logday" in row.dedupe_key for row in rows] == [True]


async def test_after_an_outage_of_days_only_yesterday_is_told_of(
    district: Database, now: datetime
) -> None:
    morning = at_local(local_day(now, ZONE), RULES.venue_morning, ZONE)
    await _venues(district, 1, morning - DAY)
    await tick(district, morning, ZONE)
    await tick(district, morning + 5 * DAY, ZONE)
    async with district.read() as session:
        hearer = await account_of(session, "孙丽")
        rows = await session.scalars(select(OutboxRow).where(OutboxRow.account_id == hearer.id))
        assert [row for row in rows if "logday" in row.dedupe_key] == []
        days = await session.scalars(
            select(Obligation.due_at).where(Obligation.kind == Kind.LOG).distinct()
        )
        assert {local_day(at, ZONE) for at in days} == {_day(morning), _day(morning + 5 * DAY)}


def _day(at: datetime) -> date:
    return local_day(at, ZONE)
