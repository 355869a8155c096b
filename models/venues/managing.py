"""A venue comes into the register, changes hands, opens and closes for good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import Assignment, Role, new_code
from models.appointments import Post, appoint
from models.people import phone_index
from models.venues.kinds import Trading, VenueKind
from models.venues.problems import drop_problems, hand_problems_over, manager_of
from models.venues.venue import Venue

CODE_LENGTH = 10


@dataclass(frozen=True, slots=True)
class Told:
    """What is told about a venue that is new."""

    kind: VenueKind
    name: str
    address: str
    unit_id: int
    latitude: float | None = None
    longitude: float | None = None


async def venue_like(session: AsyncSession, told: Told) -> Venue | None:
    """The venue of this name at this address in the unit."""
    return await session.scalar(
        select(Venue)
        .where(
            Venue.unit_id == told.unit_id, Venue.name == told.name, Venue.address == told.address
        )
        .order_by(Venue.id)
        .limit(1)
    )


async def add_venue(session: AsyncSession, told: Told, by: int | None, now: datetime) -> Venue:
    """Put a venue into the register; the same name at the same address is the same venue."""
    known = await venue_like(session, told)
    venue = known or Venue(code=new_code(CODE_LENGTH), created_at=now, created_by=by)
    venue.kind, venue.name, venue.address = told.kind, told.name, told.address
    venue.unit_id = told.unit_id
    if told.latitude is not None:
        venue.latitude, venue.longitude = told.latitude, told.longitude
    if known is None:
        venue.trading = Trading.OPEN
        session.add(venue)
    elif venue.trading == Trading.GONE:
        venue.trading = Trading.OPEN
    await session.flush()
    return venue


async def appoint_manager(
    session: AsyncSession, venue: Venue, name: str, phone: str, now: datetime
) -> str:
    """She answers for the venue from now on, and hers are its open problems; the one-time code
    for her to sign in with, empty when she has signed in before."""
    held = await session.scalar(
        select(Assignment)
        .where(
            Assignment.phone_index == phone_index(phone),
            Assignment.role == Role.VENUE,
            Assignment.unit_id == venue.unit_id,
            or_(Assignment.until_at.is_(None), Assignment.until_at > now),
        )
        .order_by(Assignment.id)
        .limit(1)
    )
    code = ""
    if held is None:
        post = Post(name, phone, Role.VENUE, venue.unit_id)
        (code,) = await appoint(session, [post], [None], now)
        held = await session.scalar(
            select(Assignment)
            .where(Assignment.phone_index == phone_index(phone), Assignment.role == Role.VENUE)
            .order_by(Assignment.id.desc())
            .limit(1)
        )
    assert held is not None, "she has just been appointed"
    venue.manager_id = held.id
    await session.flush()
    await hand_problems_over(session, venue, await manager_of(session, venue), now)
    return code


async def adopt_venues(session: AsyncSession, account_id: int, now: datetime) -> None:
    """She who was named as manager before she had ever written to us has signed in."""
    hers = select(Assignment.id).where(
        Assignment.account_id == account_id, Assignment.role == Role.VENUE
    )
    for venue in await session.scalars(select(Venue).where(Venue.manager_id.in_(hers))):
        await hand_problems_over(session, venue, await manager_of(session, venue), now)


async def set_trading(
    session: AsyncSession, venue: Venue, trading: Trading, by: int, now: datetime
) -> None:
    """Open, resting, gone: what is gone has nothing left to put right."""
    venue.trading = trading
    if trading == Trading.GONE:
        await drop_problems(session, venue, by, now)
    await session.flush()


async def own_assignment(
    session: AsyncSession, account_id: int, now: datetime, *roles: Role
) -> int | None:
    """Somebody's own role among these, the one that she has had for longest."""
    return await session.scalar(
        select(Assignment.id)
        .where(
            Assignment.account_id == account_id,
            Assignment.role.in_(roles),
            or_(Assignment.until_at.is_(None), Assignment.until_at > now),
        )
        .order_by(Assignment.id)
        .limit(1)
    )
