"""Somebody who works in a venue is not well: she is sent home, and the grid is called at once."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from models.alerts import alert_at_work, withdraw_work_alert
from models.people import Person
from models.placing import grid_for
from models.units import Unit, district_of
from models.venues.staff import VenueStaff
from models.venues.venue import Venue


def roll_call(worker: VenueStaff, on: date) -> str:
    """What an alert of a roll-call goes by: one a day."""
    return f"staff{worker.id}:{on:%Y%m%d}"


async def fever_at_work(
    session: AsyncSession,
    venue: Venue,
    worker: VenueStaff,
    temperature: Decimal,
    on: date,
    now: datetime,
) -> Unit:
    """She has a fever; the unit that was called."""
    told: dict[str, object] = {"temperature": str(temperature), "symptoms": []}
    return await _call(session, venue, worker, "fever", roll_call(worker, on), told, now)


async def positive_at_work(
    session: AsyncSession, venue: Venue, worker: VenueStaff, swab_id: int, now: datetime
) -> Unit:
    """Her sample was positive; the unit that was called."""
    return await _call(session, venue, worker, "positive", f"swab{swab_id}", {}, now)


async def take_back(
    session: AsyncSession, worker: VenueStaff, on: date, by: int, now: datetime
) -> None:
    """The roll-call was corrected: nobody is called any more, unless somebody has begun."""
    await withdraw_work_alert(session, roll_call(worker, on), by, now)


async def _call(
    session: AsyncSession,
    venue: Venue,
    worker: VenueStaff,
    cause: str,
    source: str,
    told: dict[str, object],
    now: datetime,
) -> Unit:
    worker.home_at = worker.home_at or now
    unit, person_id = await _whose(session, venue, worker)
    detail: dict[str, object] = {
        "name": worker.name or "",
        "address": f"{venue.name} {venue.address}",  # unless the roster knows her door
        "venue": venue.name,
        **({"phone": worker.phone} if worker.phone else {}),
        **told,
    }
    where = (unit.id, person_id)
    await alert_at_work(session, cause, source, venue.id, where, now, detail)
    return unit


async def _whose(
    session: AsyncSession, venue: Venue, worker: VenueStaff
) -> tuple[Unit, int | None]:
    """The unit in which she lives, where the roster knows her; else the grid of the venue."""
    person = await session.get(Person, worker.person_id) if worker.person_id else None
    if person is not None and person.unit_id is not None:
        return await session.get_one(Unit, person.unit_id), person.id
    unit = await session.get_one(Unit, venue.unit_id)
    top = await district_of(session, unit)
    return await grid_for(session, venue.address, unit, top) or unit, None
