"""Finding venues (A35): hers, the nearest, the longest unseen, by name, by the code on a door."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from math import cos, hypot, radians

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.access import under
from models.actors import Action, Actor
from models.duty import EARTH_M
from models.venues.access import managed
from models.venues.kinds import Trading
from models.venues.problem import Problem, State
from models.venues.venue import Venue

NEAR_M = 1000
SHOWN = 8


async def managed_by(session: AsyncSession, actor: Actor, now: datetime) -> Sequence[Venue]:
    """The venues that she answers for."""
    mine = select(Venue).where(managed(actor, now), Venue.trading != Trading.GONE)
    return (await session.scalars(mine.order_by(Venue.id))).all()


def _within(actor: Actor) -> Select[Venue]:
    reach = under(actor.paths(Action.INSPECT), Venue.unit_id)
    return select(Venue).where(reach, Venue.trading != Trading.GONE)


async def longest_unseen(session: AsyncSession, actor: Actor) -> Sequence[Venue]:
    """Where nobody has been for longest, the never inspected first."""
    order = (Venue.inspected_at.is_not(None), Venue.inspected_at, Venue.id)
    return (await session.scalars(_within(actor).order_by(*order).limit(SHOWN))).all()


async def named(session: AsyncSession, actor: Actor, query: str) -> Sequence[Venue]:
    """Venues whose name or address holds the query."""
    like = or_(*(c.contains(query, autoescape=True) for c in (Venue.name, Venue.address)))
    found = _within(actor).where(like).order_by(Venue.name, Venue.id).limit(SHOWN)
    return (await session.scalars(found)).all()


async def by_door(session: AsyncSession, actor: Actor, code: str) -> Venue | None:
    """The venue whose door says this, if it lies where she inspects."""
    return await session.scalar(_within(actor).where(Venue.code == code))


async def near(
    session: AsyncSession, actor: Actor, latitude: float, longitude: float
) -> list[tuple[Venue, int]]:
    """The nearest venues within NEAR_M with their distance in metres, nearest first."""
    north = NEAR_M / (radians(1) * EARTH_M)
    east = north / max(cos(radians(latitude)), 0.01)
    box = and_(
        Venue.latitude.between(latitude - north, latitude + north),
        Venue.longitude.between(longitude - east, longitude + east),
    )
    found = await session.scalars(_within(actor).where(box))
    here = [(venue, _metres(venue, latitude, longitude)) for venue in found]
    close = [pair for pair in here if pair[1] <= NEAR_M]
    return sorted(close, key=lambda pair: (pair[1], pair[0].id))[:SHOWN]


def _metres(venue: Venue, latitude: float, longitude: float) -> int:
    """Flat geometry: right to a metre within a kilometre."""
    assert venue.latitude is not None
    assert venue.longitude is not None
    y = radians(venue.latitude - latitude)
    x = radians(venue.longitude - longitude) * cos(radians(latitude))
    return round(EARTH_M * hypot(x, y))


async def open_in(session: AsyncSession, actor: Actor) -> list[tuple[Problem, str]]:
    """Open problems where she inspects, each with its venue's name: first those whose proof waits
    for a look, then by deadline."""
    reach = under(actor.paths(Action.INSPECT), Problem.unit_id)
    found = await session.execute(
        select(Problem, Venue.name)
        .join(Venue, Venue.id == Problem.venue_id)
        .where(reach, Problem.state != State.CLOSED)
        .order_by(Problem.state != State.PROVED, Problem.due_at, Problem.id)
        .limit(SHOWN)
    )
    return [(problem, name) for problem, name in found]
