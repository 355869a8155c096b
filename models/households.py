"""A worker's doors: found by address, part of a name or the end of a phone; who lives behind one,
and what becomes of the roster when somebody comes or goes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import names, twins
from models.access import under
from models.actors import Action, Actor
from models.addresses import Address, parse
from models.base import Base
from models.entries import ROSTER_KEPT
from models.episodes import Episode
from models.identity import IdentityError, normal_phone
from models.merging import references, remember, unlearn
from models.messages import UserError
from models.people import (
    Household,
    Person,
    Residence,
    address_index,
    living,
    phone_index,
)
from models.registers import Submission
from models.tenancies import Tenancy, end_tenancies
from models.units import villages
from models.wanted import lies_at

SCANNED = 4000  # residents whose names are read one by one: a grid, not a township
MOST_FOUND = 30
FEWEST_DIGITS = 4  # of the end of a phone
_DIGITS = re.compile(r"[0-9]+")


async def access_household(
    session: AsyncSession, actor: Actor, household_id: int, action: Action = Action.KEEP
) -> Household:
    """The door, locked, if the actor keeps its grid's roster; UserError otherwise."""
    found = await session.scalar(
        select(Household)
        .where(
            Household.id == household_id,
            under(actor.paths(action), Household.unit_id),
        )
        .with_for_update()
    )
    if found is None:
        raise UserError("access.denied")
    return found


async def members(session: AsyncSession, household: Household) -> list[Person]:
    """Who lives behind the door, its head first."""
    found = await session.scalars(
        select(Person)
        .where(Person.household_id == household.id, Person.moved_out_at.is_(None))
        .order_by(Person.id)
    )
    return sorted(found, key=lambda person: person.id != household.head_id)


async def observed_until(session: AsyncSession, people: Sequence[Person]) -> dict[int, date]:
    """The last day of those who are under observation."""
    ids = [person.id for person in people]
    found = await session.execute(
        select(Episode.person_id, Episode.ends_on).where(
            Episode.person_id.in_(ids), Episode.outcome.is_(None)
        )
    )
    return dict(found.all())


# -- finding ---------------------------------------------------------------------------------------


async def find(session: AsyncSession, actor: Actor, text: str) -> list[int]:
    """The households that a text may mean, at most MOST_FOUND.

    Within a grid any part will do; where more people live, only a whole name, phone or address,
    since nobody's record is opened to look whether it fits.
    """
    reach = under(actor.paths(Action.KEEP), Person.unit_id)
    # Of a district's residents no more are counted than tell that it is no grid.
    some = select(Person.id).where(reach, living()).limit(SCANNED + 1).subquery()
    if (await session.scalar(select(func.count()).select_from(some)) or 0) > SCANNED:
        return await _find_exactly(session, actor, text)
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    at = await _doors_like(session, actor, plain)
    who = await session.execute(
        select(Person.household_id, Person.name, Person.phone).where(
            reach, living(), Person.household_id.is_not(None)
        )
    )
    by_name = [home for home, name, phone in who if home and _is_meant(plain, name, phone or "")]
    return list(dict.fromkeys([*at, *by_name]))[:MOST_FOUND]


def _is_meant(plain: str, name: str, phone: str) -> bool:
    if plain.isdecimal():
        return len(plain) >= FEWEST_DIGITS and phone.endswith(plain)
    # Not as a search that was asked for has it: what is typed by the way may mean something else.
    return plain in name.casefold() or names.sound(plain) == names.sound(name)


async def _doors_like(session: AsyncSession, actor: Actor, plain: str) -> list[int]:
    """Doors of which every part that was told is so."""
    digits = _DIGITS.findall(plain)
    asked = Address("", room=plain) if plain.isdecimal() else parse(plain)
    if not digits or not (asked.building or asked.room):
        return []
    found = await session.execute(
        select(Household.id, Household.address).where(
            under(actor.paths(Action.KEEP), Household.unit_id)
        )
    )
    # Most addresses have other digits; reading one as an address is what costs.
    near = [(i, a) for i, a in found if all(d in unicodedata.normalize("NFKC", a) for d in digits)]
    return [i for i, address in near if lies_at(asked, parse(address))]


async def _find_exactly(session: AsyncSession, actor: Actor, text: str) -> list[int]:
    paths = actor.paths(Action.KEEP)
    local = set((await villages(session)).values())
    marks: list[ColumnElement[bool]] = [
        Person.sound_index.in_([twins.indexes(text, village)[0] for village in local])
    ]
    with suppress(IdentityError):
        marks.append(Person.phone_index == phone_index(normal_phone(text)))
    who = select(Person.household_id).where(under(paths, Person.unit_id), living(), or_(*marks))
    at = select(Household.id).where(
        under(paths, Household.unit_id), Household.address_index == address_index(text)
    )
    found = [*await session.scalars(at), *await session.scalars(who.limit(MOST_FOUND))]
    return list(dict.fromkeys(home for home in found if home))[:MOST_FOUND]


# -- coming and going ------------------------------------------------------------------------------


async def move_in(
    session: AsyncSession, person: Person, household: Household, now: datetime
) -> bool:
    """She lives here now. Did that bring up a likely twin?"""
    before = await twins.waiting(session)
    await unlearn(session, person)
    person.household_id, person.unit_id = household.id, household.unit_id
    person.address, person.moved_out_at = household.address, None
    person.listed_at = person.listed_at or now
    kept = (now + ROSTER_KEPT).date()
    person.purge_on = max(person.purge_on or kept, kept)
    session.add(person)
    await session.flush()
    local = await villages(session)
    await twins.compare(session, [twins.hear(person, local[person.unit_id])], now)
    return await twins.waiting(session) > before


async def move_out(session: AsyncSession, person: Person, on: date, now: datetime) -> None:
    """She lives here no more; her record stays until its day. A list without her papers would
    take her for somebody new, so it is told whom it means."""
    await remember(session, person, of=person)
    await session.execute(
        update(Household).where(Household.head_id == person.id).values(head_id=None)
    )
    await end_tenancies(session, [person.id], on)
    person.household_id, person.moved_out_at = None, now
    await session.flush()


async def bring_back(
    session: AsyncSession, person: Person, household: Household, head: bool
) -> None:
    """She had not moved out: all is as it was before."""
    person.household_id, person.moved_out_at = household.id, None
    if head and household.head_id is None:
        household.head_id = person.id
    await unlearn(session, person)
    if person.residence == Residence.TENANT:
        last = await session.scalar(
            select(Tenancy)
            .where(Tenancy.person_id == person.id, Tenancy.household_id == household.id)
            .order_by(Tenancy.id.desc())
            .limit(1)
        )
        if last is not None:
            last.until_on = None


async def strike(session: AsyncSession, person: Person) -> bool:
    """Take somebody who was added by mistake away again; False when anything was done about her."""
    own = (Submission.__tablename__, Tenancy.__tablename__, twins.Twins.__tablename__)
    for column in references(Base.metadata.sorted_tables):
        if column.table.name in own:
            continue
        query = select(func.count()).select_from(column.table).where(column == person.id)
        if await session.scalar(query):
            return False
    pairs = or_(twins.Twins.first_id == person.id, twins.Twins.second_id == person.id)
    await session.execute(
        update(Submission).where(Submission.person_id == person.id).values(person_id=None)
    )
    await session.execute(delete(Tenancy).where(Tenancy.person_id == person.id))
    await session.execute(delete(twins.Twins).where(pairs))
    await session.delete(person)
    await session.flush()
    return True
