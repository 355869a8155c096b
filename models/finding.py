"""Finding a resident of one's units by what a worker has at hand: a phone, a paper, a name, a door.

Names and doors are sealed, so they are opened a page at a time, with room for other people's
messages in between, until enough are found; and only so many are looked through.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, and_, null, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.access import Action, Actor, under
from models.addresses import compact
from models.people import Person, phone_index

MOST_OPENED = 6000
AT_ONCE = 200
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
    hits: list[int] = []
    last = opened = 0
    while len(hits) < limit and opened < MOST_OPENED:
        page = (await session.execute(_sealed(mine, wanted, last))).all()
        hits += [row.id for row in page if _shows(wanted, row.name, row.address, row.phone)]
        opened += len(page)
        if len(page) < AT_ONCE:
            break
        last = page[-1][0]
    found = await session.scalars(
        select(Person).where(Person.id.in_(hits[:limit])).order_by(Person.id)
    )
    return list(found)


def _sealed(
    mine: ColumnElement[bool], wanted: str, after: int
) -> Select[int, str, str | None, str | None]:
    """The next page; a number's last digits are asked for only where digits are wanted."""
    digits = wanted.isdecimal() and len(wanted) >= LEAST_DIGITS
    phone = Person.phone if digits else null().label("phone")
    return (
        select(Person.id, Person.name, Person.address, phone)
        .where(mine, Person.id > after)
        .order_by(Person.id)
        .limit(AT_ONCE)
    )


def _shows(wanted: str, name: str, address: str | None, phone: str | None) -> bool:
    seen = wanted in compact(name) or wanted in compact(address or "")
    return seen or (phone or "").endswith(wanted)
