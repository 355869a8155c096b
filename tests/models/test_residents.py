"""The roster in figures: people balance, and a village has what its grids have."""

from __future__ import annotations

from datetime import datetime, timedelta

from cases import person_of, unit_of
from sqlalchemy.ext.asyncio import AsyncSession

from models.people import Residence
from models.reports.figures import count_figures
from models.reports.periods import Period
from models.reports.residents import ROSTER
from models.units import Unit

DAY = timedelta(days=1)


async def roster(session: AsyncSession, unit: Unit, period: Period) -> dict[str, int]:
    """The roster's figures, which always balance."""
    found = await count_figures(session, unit, period, (ROSTER,))
    told = {name.removeprefix("roster."): n for name, n in found.items()}
    assert told["people"] == told["before"] + told["joined"] - told["left"]
    return told


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
    counted = [await roster(session, district, day) for day in days]
    assert [c["people"] for c in counted] == [5, 5, 4, 4]
    assert [(c["joined"], c["left"]) for c in counted] == [(5, 0), (0, 0), (0, 1), (0, 0)]
    first = counted[0]
    assert (first["households"], first["tenants"], first["away"]) == (2, 1, 1)


async def test_a_household_is_one_when_its_first_member_has_left(
    session: AsyncSession, now: datetime
) -> None:
    chen = await person_of(session, "陈建国")
    chen.moved_out_at, chen.household_id = now, None
    await session.flush()
    grid = await unit_of(session, "花园小区一网格")
    counted = await roster(session, grid, Period(now - DAY, now + DAY))
    assert (counted["households"], counted["people"]) == (1, 3)


async def test_whoever_left_on_the_day_she_came_is_both(
    session: AsyncSession, now: datetime
) -> None:
    lin = await person_of(session, "林秀英")
    lin.moved_out_at = now + timedelta(hours=1)
    await session.flush()
    grid = await unit_of(session, "花园小区一网格")
    counted = await roster(session, grid, Period(now - DAY, now + DAY))
    assert (counted["people"], counted["joined"], counted["left"]) == (3, 4, 1)
