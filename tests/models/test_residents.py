"""The roster in figures: people balance, and a village has what its grids have."""

from __future__ import annotations

from datetime import datetime, timedelta

from cases import person_of, unit_of
from sqlalchemy.ext.asyncio import AsyncSession

from models.people import Residence
from models.reports.periods import Period
from models.reports.residents import count_residents

DAY = timedelta(days=1)


async def test_who_came_and_who_left_is_counted_in_its_period(
    session: AsyncSession, now: datetime
) -> None:
    """The cast was listed at `now`: four Chens in the garden, Zhou in the willows."""
    chen, lin = await person_of(session, "陈建国"), await person_of(session, "林秀英")
    zhou = await person_of(session, "周大山")
    chen.residence, zhou.residence = Residence.TENANT, Residence.AWAY
    lin.moved_out_at, lin.household_id = now + 2 * DAY, None
    await session.flush()
    district = await unit_of(session, "清河区")
    days = [Period(now + (n - 1) * DAY, now + n * DAY) for n in range(4)]
    counted = [await count_residents(session, district, day) for day in days]
    assert [c.people for c in counted] == [5, 5, 4, 4]
    assert [(c.joined, c.left) for c in counted] == [(5, 0), (0, 0), (0, 1), (0, 0)]
    assert all(c.holds() for c in counted)
    assert (counted[0].households, counted[0].tenants, counted[0].away) == (2, 1, 1)


async def test_a_unit_has_what_its_parts_have(session: AsyncSession, now: datetime) -> None:
    day = Period(now - DAY, now)
    names = ("清河区", "城关镇", "柳林乡", "花园小区一网格", "花园小区二网格")
    people = [
        (await count_residents(session, await unit_of(session, name), day)).people for name in names
    ]
    assert people == [5, 4, 1, 4, 0]


async def test_whoever_left_on_the_day_she_came_is_both(
    session: AsyncSession, now: datetime
) -> None:
    lin = await person_of(session, "林秀英")
    lin.moved_out_at = now + timedelta(hours=1)
    await session.flush()
    grid = await unit_of(session, "花园小区一网格")
    counted = await count_residents(session, grid, Period(now - DAY, now + DAY))
    assert (counted.people, counted.joined, counted.left) == (3, 4, 1)
    assert counted.holds()
