"""When the program looks at a venue's colour next: one matter of its own a venue, moved about."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from models.obligations import Due, Kind, Obligation, by_key, oblige
from models.statements import insert_new
from models.venues.venue import Venue


def watch_key(venue_id: int) -> str:
    return f"{Kind.COLOUR}:{venue_id}"


async def watch(session: AsyncSession, venue: Venue, at: datetime) -> None:
    """Look at its colour at `at`, unless that is planned for earlier already."""
    key = watch_key(venue.id)
    row = {"key": key, "kind": Kind.COLOUR, "unit_id": venue.unit_id, "opens_at": at, "due_at": at}
    await oblige(session, [{**row, "facts": {"venue": venue.id, "told": ""}}])
    item = await by_key(session, key)
    assert item is not None, "it has just been made"
    await look_at(session, item, at)


async def look_at(session: AsyncSession, item: Obligation, at: datetime) -> None:
    """No later than at `at`."""
    await insert_new(session, Due, [{"obligation_id": item.id, "next_action_at": at}])
    later = (Due.obligation_id == item.id, Due.next_action_at > at)
    await session.execute(update(Due).where(*later).values(next_action_at=at))
