"""What the venues of a day did not write down, and which of them nobody can be asked about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import Assignment
from models.clock import at_local
from models.obligations import Kind, Obligation
from models.units import Unit
from models.venues.duties import Log
from models.venues.kinds import Trading
from models.venues.venue import Venue

AT_ONCE = 3000  # ids in one statement


@dataclass(frozen=True, slots=True)
class Gap:
    """A venue, the path of its unit, and how much of each log is missing."""

    venue: Venue
    path: str
    left: Mapping[Log, int] = field(default_factory=dict)


async def gaps(
    session: AsyncSession, units: ColumnElement[bool], on: date, zone: ZoneInfo
) -> list[Gap]:
    """The venues in these units (a condition on Unit) that still lack something of a day."""
    since = at_local(on, time(), zone)
    until = at_local(on + timedelta(days=1), time(), zone)
    found = await session.execute(
        select(Obligation.facts, Unit.path)
        .join(Unit, Unit.id == Obligation.unit_id)
        .where(
            units,
            Obligation.kind == Kind.LOG,
            Obligation.outcome.is_(None),
            Obligation.due_at >= since,
            Obligation.due_at < until,
        )
    )
    left: dict[int, dict[Log, int]] = {}
    paths: dict[int, str] = {}
    for facts, path in found:
        number = int(facts["venue"])
        paths[number] = path
        missing = int(facts["times"]) - int(facts["done"])
        left.setdefault(number, {})[Log(facts["log"])] = missing
    venues = await _venues(session, list(left))
    return [Gap(venue, paths[venue.id], left[venue.id]) for venue in venues]


async def _venues(session: AsyncSession, ids: Sequence[int]) -> list[Venue]:
    found: list[Venue] = []
    for start in range(0, len(ids), AT_ONCE):
        some = Venue.id.in_(ids[start : start + AT_ONCE])
        found += await session.scalars(select(Venue).where(some))
    return sorted(found, key=lambda venue: venue.id)


async def unmanned(session: AsyncSession, units: ColumnElement[bool]) -> list[Gap]:
    """Open venues in these units for which nobody is signed in: no reminder reaches anybody."""
    signed_in = select(Assignment.id).where(
        Assignment.account_id.is_not(None), Assignment.until_at.is_(None)
    )
    nobody = [
        column.is_(None) | column.not_in(signed_in)
        for column in (Venue.manager_id, Venue.deputy_id)
    ]
    found = await session.execute(
        select(Venue, Unit.path)
        .join(Unit, Unit.id == Venue.unit_id)
        .where(units, Venue.trading == Trading.OPEN, *nobody)
        .order_by(Venue.id)
    )
    return [Gap(venue, path) for venue, path in found]
