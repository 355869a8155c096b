"""Finding a resident of one's units by what a worker has at hand: parts of a name, a door, a
number, a year of birth (models/wanted.py), or a whole phone or paper.

Names, doors and numbers are sealed. Whole numbers have blind indexes. Parts of them have none, on
purpose: there are only 10,000 endings of four digits, so an index of them would sort everybody
into as many heaps for whoever reads the table, and whoever has its key has all numbers' endings.
They are opened instead, a page at a time with room for other people's messages in between, as long
as few enough live there (a village, not a district: 1,000 people take some 50 ms). Where more do,
a unit's name, a whole name or a whole door has to narrow it first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, func, null, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import twins
from models.access import under
from models.actors import Action, Actor
from models.identity import IdKind
from models.likeness import Traits
from models.people import Household, Person, address_index, paper_index, phone_index
from models.units import Unit, villages
from models.wanted import BY_PAPER, BY_PHONE, NUMBERS, Part, Sort, fit

MOST_OPENED = 6000
AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Found:
    """Those whom every part fits, at most as many as were asked for. `exact`: a whole number was
    told; `wide`: too many live there to be looked through for these parts; `total` is how many
    they were when counting ended."""

    people: Sequence[Person] = ()
    total: int = 0
    exact: bool = False
    wide: bool = False


async def find_residents(
    session: AsyncSession, actor: Actor, parts: Sequence[Part], limit: int = 8, count: int = 0
) -> Found:
    """People on record whom she may see; counting ends at `count`, if that is more than `limit`."""
    if not parts or any(part.sort in NUMBERS for part in parts):
        return Found()
    mine = and_(Person.purge_on.is_not(None), under(actor.paths(Action.VERIFY), Person.unit_id))
    whole = [_mark(part) for part in parts if part.sort in (Sort.PHONE, Sort.PAPER)]
    among = and_(mine, *whole)
    if not whole and await _too_many(session, among):
        for narrow in await _narrower(session, actor, parts):
            if not await _too_many(session, and_(mine, narrow)):
                among = and_(mine, narrow)
                break
        else:
            return Found(wide=True)
    hits = await _opened(session, among, parts, max(limit, count))
    found = await session.scalars(
        select(Person).where(Person.id.in_(hits[:limit])).order_by(Person.id)
    )
    return Found(list(found), len(hits), exact=bool(whole and hits))


def _mark(part: Part) -> ColumnElement[bool]:
    """By the blind index of a whole number."""
    if part.sort == Sort.PHONE:
        return Person.phone_index == phone_index(part.text)
    return Person.id_index.in_([paper_index(kind, part.text) for kind in IdKind])


async def _too_many(session: AsyncSession, among: ColumnElement[bool]) -> bool:
    some = select(Person.id).where(among).limit(MOST_OPENED + 1).subquery()
    return (await session.scalar(select(func.count()).select_from(some)) or 0) > MOST_OPENED


async def _narrower(
    session: AsyncSession, actor: Actor, parts: Sequence[Part]
) -> list[ColumnElement[bool]]:
    """What the database itself can look for: a unit's name, a whole door, a whole name. Who was
    not heard since she changed has no index of her name yet (models/twins.py)."""
    found: list[ColumnElement[bool]] = []
    local: set[int] = set()
    for part in parts:
        if part.sort == Sort.DOOR:
            at = Household.address_index == address_index(part.text)
            found.append(Person.household_id.in_(select(Household.id).where(at)))
        if part.sort != Sort.WORD or len(part.text) < 2:
            continue
        there = under(actor.paths(Action.VERIFY), Unit.id)
        named = select(Unit.path).where(Unit.name.contains(part.text, autoescape=True), there)
        if paths := tuple(await session.scalars(named.limit(50))):
            found.append(under(paths, Person.unit_id))
        local = local or set((await villages(session)).values())
        heard = [twins.indexes(part.text, village)[0] for village in local]
        found.append(or_(Person.sound_index.in_(heard), Person.sound_index.is_(None)))
    return found


async def _opened(
    session: AsyncSession, among: ColumnElement[bool], parts: Sequence[Part], most: int
) -> list[int]:
    """The ids of the first ones whom all parts fit."""
    hits: list[int] = []
    last = 0
    while len(hits) < most:
        page = (await session.execute(_sealed(among, parts, last))).all()
        hits += [
            row.id
            for row in page
            if fit(
                parts,
                Traits(row.name, row.phone or "", "", row.id_number or "", row.address or ""),
                row.unit,
            )
        ]
        if len(page) < AT_ONCE:
            break
        last = page[-1][0]
    return hits[:most]


def _sealed(
    among: ColumnElement[bool], parts: Sequence[Part], after: int
) -> Select[int, str, str | None, str | None, str | None, str]:
    """The next page; a number is opened only where a part of one was told."""
    sorts = {part.sort for part in parts}
    phone = Person.phone if sorts & BY_PHONE else null().label("phone")
    paper = Person.id_number if sorts & BY_PAPER else null().label("id_number")
    return (
        select(Person.id, Person.name, Person.address, phone, paper, Unit.name.label("unit"))
        .join(Unit, Unit.id == Person.unit_id)
        .where(among, Person.id > after)
        .order_by(Person.id)
        .limit(AT_ONCE)
    )
