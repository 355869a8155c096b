"""Visits and coverage: a door counts once, misses come again at other hours, a slip is undone."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from cases import ZONE, unit_of
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import Account
from models.buildings import Building, buildings_of, move, settle_doors, turn_round
from models.coverage import Tally, by_building, by_unit, doors_of, month_of
from models.obligations import Kind, Obligation, Outcome
from models.people import Household, address_index
from models.rules import Rules
from models.visits import Found, Visit, come_again, met, propose, record_visit, undo, visits_since

GRID = "花园小区一网格"
DOORS = ("3栋2单元201", "3栋1单元1201", "3栋1单元201", "3#1-202", "12栋101", "9栋101")
RULES = Rules()


async def house(session: AsyncSession, *doors: str, place: str = "花园小区") -> list[Household]:
    unit = await unit_of(session, GRID)
    homes = [
        Household(unit_id=unit.id, address=place + one, address_index=address_index(place + one))
        for one in doors
    ]
    session.add_all(homes)
    await session.flush()
    return homes


async def worker(session: AsyncSession) -> int:
    account = await session.scalar(select(Account).order_by(Account.id).limit(1))
    assert account is not None
    return account.id


async def walk(session: AsyncSession, block: Building, now: datetime) -> list[str]:
    since = month_of(now, ZONE).since_at
    doors = await doors_of(session, block.unit_id, block.id, since, 0, 99)
    return [door.home.address.removeprefix("花园小区") for door in doors]


# -- buildings ------------------------------------------------------------------------------------


async def test_doors_find_their_buildings_in_the_order_of_their_numbers(
    session: AsyncSession, now: datetime
) -> None:
    await house(session, *DOORS)
    (odd,) = await house(session, "老槐树旁边", place="")
    unit = await unit_of(session, GRID)
    await settle_doors(session, unit.id)
    blocks = await buildings_of(session, unit.id)
    names = [block.name.removeprefix("花园小区") for block in blocks]
    assert names == ["3栋", "5栋", "9栋", "12栋"]
    await session.refresh(odd)
    assert (odd.building_id, odd.position) == (None, 1)
    up = ["3栋1单元201", "3#1-202", "3栋1单元1201", "3栋2单元201"]
    assert await walk(session, blocks[0], now) == up
    await turn_round(session, unit.id)
    down = ["3栋1单元1201", "3栋1单元201", "3#1-202", "3栋2单元201"]
    assert await walk(session, blocks[0], now) == down


async def test_a_building_moves_and_new_ones_come_last(session: AsyncSession) -> None:
    await house(session, *DOORS)
    unit = await unit_of(session, GRID)
    await settle_doors(session, unit.id)
    blocks = await buildings_of(session, unit.id)
    await move(session, blocks[3], -1)
    await move(session, blocks[0], -1)
    await house(session, "1栋101")
    await settle_doors(session, unit.id)
    names = [block.name[4:] for block in await buildings_of(session, unit.id)]
    assert names == ["3栋", "5栋", "12栋", "9栋", "1栋"]


async def test_a_door_that_moves_to_another_grid_finds_a_building_there(
    session: AsyncSession,
) -> None:
    (home, *_) = await house(session, *DOORS)
    here, there = await unit_of(session, GRID), await unit_of(session, "花园小区二网格")
    await settle_doors(session, here.id)
    home.unit_id = there.id
    await session.flush()
    await settle_doors(session, there.id)
    (block,) = await buildings_of(session, there.id)
    await session.refresh(home)
    assert home.building_id == block.id


# -- coverage -------------------------------------------------------------------------------------


async def test_a_door_counts_once_and_the_village_is_the_sum_of_its_grids(
    session: AsyncSession, now: datetime
) -> None:
    first, second, third, *_ = await house(session, *DOORS)
    unit, village = await unit_of(session, GRID), await unit_of(session, "花园社区")
    await settle_doors(session, unit.id)
    by, since = await worker(session), month_of(now, ZONE).since_at
    await record_visit(session, first, Found.ABSENT, by, now)
    await record_visit(session, first, Found.WELL, by, now)
    await record_visit(session, first, Found.WELL, by, now)
    await record_visit(session, second, Found.REFUSED, by, now)
    slip = await record_visit(session, third, Found.WELL, by, now)
    await undo(session, slip, by, now)
    await record_visit(session, third, Found.WELL, by, since - timedelta(seconds=1))
    tallies = await by_building(session, unit.id, since)
    await session.refresh(first)
    assert tallies[first.building_id] == Tally(due=4, done=1, unmet=1)
    grids = await by_unit(session, village.path, since)
    assert grids[unit.id] == Tally(due=7, done=1, unmet=1)
    assert sum(grids.values(), Tally()).due == sum(t.due for t in grids.values())


def test_a_month_ends_with_its_last_day(now: datetime) -> None:
    month = month_of(now, ZONE)
    assert (month.since_at.astimezone(ZONE).day, month.until_on.isoformat()) == (1, "2022-07-31")
    assert month_of(now + timedelta(days=180), ZONE).until_on.isoformat() == "2022-12-31"


# -- who was not met ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("misses", "again"),
    [
        (["07-04 10:00"], "07-04 19:00"),  # a Monday morning
        (["07-04 16:59"], "07-04 19:00"),
        (["07-04 19:30"], "07-09 10:00"),  # to the weekend
        (["07-04 10:00", "07-04 19:30"], "07-09 10:00"),
        (["07-04 19:30", "07-05 10:00"], "07-09 10:00"),
        (["07-09 10:00"], "07-09 19:00"),  # a Saturday
        (["07-09 20:00"], "07-11 19:00"),
        (["07-08 20:00"], "07-09 10:00"),  # a Friday evening
        (["07-04 10:00", "07-04 19:30", "07-09 10:00"], None),
    ],
)
def test_another_hour_is_proposed_than_that_of_the_miss(
    misses: list[str], again: str | None
) -> None:
    times = [datetime.fromisoformat(f"2022-{miss}").replace(tzinfo=ZONE) for miss in misses]
    at = propose(times, RULES, ZONE)
    assert (at and f"{at.astimezone(ZONE):%m-%d %H:%M}") == again


async def test_whoever_was_met_need_not_be_visited_again_until_it_was_a_slip(
    session: AsyncSession, now: datetime
) -> None:
    (home, *_) = await house(session, *DOORS)
    by = await worker(session)
    missed = await record_visit(session, home, Found.ABSENT, by, now)
    evening = now + timedelta(hours=11)
    again = await come_again(session, missed, home, evening)
    assert (again.kind, again.owner_id, again.details()) == (
        Kind.VISIT,
        by,
        {"door": home.address},
    )
    well = await record_visit(session, home, Found.WELL, by, now)
    assert again.outcome == Outcome.DONE
    assert met(await visits_since(session, home.id, now)) is well
    await undo(session, well, by, now)
    assert again.is_open()
    assert again.opens_at == evening
    assert met(await visits_since(session, home.id, now)) is None
    await undo(session, missed, by, now)
    assert again.outcome == Outcome.CANCELLED
    kept = await session.scalars(select(Visit.undone_at).where(Visit.household_id == home.id))
    assert list(kept) == [now, now]
    assert await session.scalar(select(Obligation.id).where(Obligation.outcome.is_(None))) is None
