"""A venue comes into the register, changes hands, opens and closes for good."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import Assignment, Role, new_code
from models.appointments import Post, appoint
from models.messages import UserError
from models.people import phone_index
from models.venues.answering import hand_problems_over
from models.venues.closing import drop_problems
from models.venues.coldstores import owe_no_more
from models.venues.kinds import Trading, VenueKind
from models.venues.logbook import excuse_day
from models.venues.problems import manager_of, open_problems
from models.venues.staff import leave, staff_of
from models.venues.suspensions import come_back
from models.venues.venue import Venue

CODE_LENGTH = 10
Place: TypeAlias = tuple[int, str, str]  # unit, name, address: what makes a venue itself


@dataclass(frozen=True, slots=True)
class Told:
    """What is told about a venue that is new."""

    kind: VenueKind
    name: str
    address: str
    unit_id: int
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class Entered:
    """A venue in the register: was it `known`, and was it of the same kind?"""

    venue: Venue
    known: bool
    same: bool


@dataclass(frozen=True, slots=True)
class Charge:
    """Who is to answer for a venue inside."""

    venue: Venue
    name: str
    phone: str


async def add_venue(session: AsyncSession, told: Told, by: int | None, now: datetime) -> Venue:
    """Put a venue into the register; the same name at the same address is the same venue."""
    (entered,) = await add_venues(session, [told], by, now)
    return entered.venue


async def add_venues(
    session: AsyncSession, listed: Sequence[Told], by: int | None, now: datetime
) -> list[Entered]:
    """`add_venue` for many at once, no two of which are the same: few statements."""
    known = await _known(session, listed)
    fresh = await _enter(session, [one for one in listed if _key(one) not in known], by, now)
    entered = []
    for told in listed:
        venue = known.get(_key(told))
        if venue is None:
            entered.append(Entered(fresh[_key(told)], known=False, same=False))
            continue
        entered.append(Entered(venue, known=True, same=venue.kind == told.kind))
        venue.kind = told.kind
        if told.latitude is not None:
            venue.latitude, venue.longitude = told.latitude, told.longitude
        if venue.trading == Trading.GONE:
            await come_back(session, venue)
    await session.flush()
    return entered


def _key(told: Told) -> Place:
    return told.unit_id, told.name, told.address


async def _enter(
    session: AsyncSession, listed: Sequence[Told], by: int | None, now: datetime
) -> dict[Place, Venue]:
    """Venues that are new. Rows come back in any order, so each is known by its place."""
    rows = [
        {
            **asdict(told),
            "code": new_code(CODE_LENGTH),
            "trading": Trading.OPEN,
            "created_at": now,
            "created_by": by,
        }
        for told in listed
    ]
    if not rows:
        return {}
    made = await session.scalars(insert(Venue).returning(Venue), rows)
    return {(venue.unit_id, venue.name, venue.address): venue for venue in made}


async def _known(session: AsyncSession, listed: Sequence[Told]) -> dict[Place, Venue]:
    """Venues by unit, name and address, the oldest of those that are alike."""
    found = await session.scalars(
        select(Venue)
        .where(
            Venue.unit_id.in_({told.unit_id for told in listed}),
            Venue.name.in_({told.name for told in listed}),
        )
        .order_by(Venue.id.desc())
    )
    return {(venue.unit_id, venue.name, venue.address): venue for venue in found}


async def appoint_manager(
    session: AsyncSession, venue: Venue, name: str, phone: str, now: datetime
) -> str:
    """She answers for the venue from now on, and hers are its open problems; the one-time code
    for her to sign in with, empty when she has signed in before."""
    (code,) = await appoint_managers(session, [Charge(venue, name, phone)], now)
    return code


async def appoint_managers(
    session: AsyncSession, charges: Sequence[Charge], now: datetime
) -> list[str]:
    """`appoint_manager` for many at once; one who answers for several venues of a unit has one
    role, and her code stands beside the first of them."""
    held, codes = await _appointed(session, charges, now)
    moved = [one.venue for one in charges if one.venue.manager_id != held[_who(one)].id]
    for one in charges:
        one.venue.manager_id = held[_who(one)].id
        if one.venue.deputy_id == one.venue.manager_id:
            one.venue.deputy_id = None
    await session.flush()
    troubled = {one.venue_id for one in await open_problems(session, [v.id for v in moved])}
    for venue in moved:
        if venue.id in troubled:
            await hand_problems_over(session, venue, await manager_of(session, venue), now)
    return [codes.pop(_who(one), "") for one in charges]


async def appoint_deputy(
    session: AsyncSession, venue: Venue, name: str, phone: str, now: datetime
) -> str:
    """She may do for the venue what its manager may; the code as above.

    Raises UserError when she is its manager.
    """
    charge = Charge(venue, name, phone)
    held, codes = await _appointed(session, [charge], now)
    if held[_who(charge)].id == venue.manager_id:
        raise UserError("venueday.manager_already", name=name)
    venue.deputy_id = held[_who(charge)].id
    await session.flush()
    return codes.get(_who(charge), "")


_Who: TypeAlias = tuple[str, int]  # the index of a phone, and a unit


async def _appointed(
    session: AsyncSession, charges: Sequence[Charge], now: datetime
) -> tuple[dict[_Who, Assignment], dict[_Who, str]]:
    """Everybody's role in the venue's unit, made unless she has it; the codes to sign in with."""
    held = await _managers(session, charges, now)
    fresh = {_who(one): one for one in reversed(charges) if _who(one) not in held}
    posts = [Post(one.name, one.phone, Role.VENUE, one.venue.unit_id) for one in fresh.values()]
    codes = dict(zip(fresh, await appoint(session, posts, [None] * len(posts), now), strict=True))
    return held | await _managers(session, list(fresh.values()), now), codes


def _who(charge: Charge) -> _Who:
    return phone_index(charge.phone), charge.venue.unit_id


async def _managers(
    session: AsyncSession, charges: Sequence[Charge], now: datetime
) -> dict[_Who, Assignment]:
    """Roles as manager by phone and unit, the oldest of several."""
    found = await session.scalars(
        select(Assignment)
        .where(
            Assignment.phone_index.in_({phone_index(one.phone) for one in charges}),
            Assignment.role == Role.VENUE,
            or_(Assignment.until_at.is_(None), Assignment.until_at > now),
        )
        .order_by(Assignment.id.desc())
    )
    return {(row.phone_index, row.unit_id): row for row in found if row.phone_index is not None}


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
    """Open, resting, gone: what does not trade owes no logs, what is gone has nothing left to put
    right, and nobody works there. What an officer has closed opens after a look, and not by a
    button."""
    if venue.trading == Trading.SUSPENDED and trading != Trading.GONE:
        raise UserError("suspension.reopen_only")
    if venue.trading == Trading.GONE and trading != Trading.GONE:
        await come_back(session, venue)
    if venue.trading != Trading.SUSPENDED or trading == Trading.GONE:
        venue.trading = trading
    if venue.trading != Trading.OPEN:
        await excuse_day(session, venue, by, now, venue.trading)
        await owe_no_more(session, venue, by, now)
    if trading == Trading.GONE:
        await leave(session, await staff_of(session, venue.id), now)
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
