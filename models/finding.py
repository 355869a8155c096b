"""Finding a resident of one's units by what a worker has at hand: a phone, a paper, a name, a door.

Names and doors are sealed and are opened one by one, so only so many are looked through.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.access import Action, Actor, under
from models.addresses import compact
from models.people import Person, phone_index

MOST_OPENED = 6000
LEAST_DIGITS = 3


async def find_residents(
    session: AsyncSession, actor: Actor, query: str, papers: str | None, limit: int = 8
) -> tuple[Sequence[Person], bool]:
    """People on record whom she may see, and whether the query is their phone or paper; `papers`
    is the blind index of an ID that the query is."""
    mine = and_(Person.purge_on.is_not(None), under(actor.paths(Action.VERIFY), Person.unit_id))
    exact: list[ColumnElement[bool]] = [Person.phone_index == phone_index(query)]
    if papers:
        exact.append(Person.id_index == papers)
    found = list(await session.scalars(select(Person).where(mine, or_(*exact)).limit(limit)))
    if found:
        return found, True
    return await _by_sight(session, mine, query, limit), False


async def _by_sight(
    session: AsyncSession, mine: ColumnElement[bool], query: str, limit: int
) -> Sequence[Person]:
    """By a part of the name or of the door, or the last digits of the phone."""
    wanted = compact(query)
    if not wanted:
        return []
    rows = await session.execute(
        select(Person.id, Person.name, Person.address, Person.phone)
        .where(mine)
        .order_by(Person.id)
        .limit(MOST_OPENED)
    )
    hits = [
        row.id
        for row in rows
        if wanted in compact(row.name)
        or wanted in compact(row.address or "")
        or (
            wanted.isdecimal()
            and len(wanted) >= LEAST_DIGITS
            and (row.phone or "").endswith(wanted)
        )
    ]
    found = await session.scalars(
        select(Person).where(Person.id.in_(hits[:limit])).order_by(Person.id)
    )
    return list(found)
