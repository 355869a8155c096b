"""Likely twins: two rows of the roster that may be one person, waiting for somebody's word.

Names are compared within a village by blind indexes of how they sound and look, so nobody is
decrypted but those whose names meet. Whoever has changed is "unheard" until the next round.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Select,
    UniqueConstraint,
    bindparam,
    func,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, aliased, mapped_column

from models import names
from models.access import Action, Actor, under
from models.base import Base, Id
from models.crypto import blind_index
from models.likeness import Traits, pairs
from models.messages import UserError
from models.people import Person
from models.session import insert_new, one_of, packed
from models.units import villages

AT_ONCE = 500  # people heard in one transaction


class Twins(Base):
    """Two people, the lower id first. One row for ever: who parted them is not asked again."""

    __tablename__ = "twins"
    __table_args__ = (
        UniqueConstraint("first_id", "second_id"),
        CheckConstraint("first_id < second_id", name="ordered"),
    )

    id: Mapped[Id]
    first_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    second_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    found_at: Mapped[datetime]
    put_off_at: Mapped[datetime | None]
    parted_at: Mapped[datetime | None] = mapped_column(index=True)  # found to be two people
    parted_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))


@dataclass(frozen=True, slots=True)
class Heard:
    """Somebody whose name was indexed, and what is compared of her."""

    person_id: int
    sound: str
    look: str
    traits: Traits


def indexes(name: str, village_id: int) -> tuple[str, str]:
    """Blind indexes of how a name sounds and looks, within a village."""
    return (
        blind_index(f"{village_id}:{names.sound(name)}", "people.sound"),
        blind_index(f"{village_id}:{names.look(name)}", "people.look"),
    )


async def compare(session: AsyncSession, fresh: Sequence[Heard], now: datetime) -> None:
    """Find the likely twins of these people, among them and among all who were heard before."""
    if not fresh:
        return
    sounds, looks = {one.sound for one in fresh}, {one.look for one in fresh}
    groups: dict[str, dict[int, Traits]] = defaultdict(dict)
    for one in [*await _heard(session, sounds, looks), *fresh]:
        groups[one.sound][one.person_id] = one.traits
        groups[one.look][one.person_id] = one.traits
    new = {one.person_id for one in fresh}
    found = {
        pair
        for group in groups.values()
        if len(group) > 1
        for pair in pairs(list(group.items()))
        if not new.isdisjoint(pair)
    }
    rows = [{"first_id": a, "second_id": b, "found_at": now} for a, b in sorted(found)]
    await insert_new(session, Twins, rows)


async def _heard(session: AsyncSession, sounds: set[str], looks: set[str]) -> list[Heard]:
    dialect = session.get_bind().dialect.name
    told = {"sounds": packed(dialect, sounds), "looks": packed(dialect, looks)}
    found = await session.execute(_meeting(dialect), told)
    return [Heard(row[0], row[1] or "", row[2] or "", _traits(*row[3:])) for row in found]


@cache
def _meeting(dialect: str) -> Select[*tuple[Any, ...]]:
    """Those whose names sound or look like one of these."""
    return select(
        Person.id,
        Person.sound_index,
        Person.look_index,
        Person.name,
        Person.phone,
        Person.id_kind,
        Person.id_number,
        Person.address,
        Person.household_id,
    ).where(
        or_(
            one_of(dialect, Person.sound_index, bindparam("sounds")),
            one_of(dialect, Person.look_index, bindparam("looks")),
        ),
        Person.moved_out_at.is_(None),
    )


def _traits(
    name: str,
    phone: str | None,
    id_kind: str | None,
    id_number: str | None,
    address: str | None,
    home: int | None,
) -> Traits:
    return Traits(name, phone or "", id_kind or "", id_number or "", address or "", home)


async def listen(session: AsyncSession, now: datetime) -> bool:
    """Hear those who came or changed since the last round; False while there are more of them
    than one transaction takes."""
    unheard = list(
        await session.scalars(
            select(Person)
            .where(Person.sound_index.is_(None), Person.purge_on.is_not(None))
            .order_by(Person.id)
            .limit(AT_ONCE)
        )
    )
    if unheard:
        local = await villages(session)
        await compare(session, [hear(person, local[person.unit_id]) for person in unheard], now)
    return len(unheard) < AT_ONCE


def hear(person: Person, village_id: int) -> Heard:
    """Index her name."""
    person.sound_index, person.look_index = indexes(person.name, village_id)
    return Heard(person.id, person.sound_index, person.look_index, traits(person))


def traits(person: Person) -> Traits:
    return _traits(
        person.name,
        person.phone,
        person.id_kind,
        person.id_number,
        person.address,
        person.household_id,
    )


# -- waiting for a decision ------------------------------------------------------------------------

_FIRST, _SECOND = aliased(Person), aliased(Person)


def _waiting(condition: Iterable[ColumnElement[bool]]) -> Select[Twins, Person, Person]:
    return (
        select(Twins, _FIRST, _SECOND)
        .join(_FIRST, _FIRST.id == Twins.first_id)
        .join(_SECOND, _SECOND.id == Twins.second_id)
        .where(
            Twins.parted_at.is_(None),
            _FIRST.moved_out_at.is_(None),
            _SECOND.moved_out_at.is_(None),
            *condition,
        )
    )


def _within(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """Both are people of hers: nobody decides about somebody whom she may not see."""
    paths = actor.paths(Action.KEEP)
    return under(paths, _FIRST.unit_id), under(paths, _SECOND.unit_id)


async def next_twins(
    session: AsyncSession, actor: Actor, unless_put_off: datetime | None = None
) -> tuple[Twins, Person, Person] | None:
    """The pair to decide next, those put off last; without those put off since an instant."""
    query = _waiting(_within(actor))
    if unless_put_off is not None:
        query = query.where(or_(Twins.put_off_at.is_(None), Twins.put_off_at < unless_put_off))
    ordered = query.order_by(Twins.put_off_at.is_not(None), Twins.put_off_at, Twins.id)
    return (await session.execute(ordered.limit(1))).one_or_none()


async def waiting(session: AsyncSession, actor: Actor | None = None) -> int:
    """How many pairs wait, for an actor or in the whole database."""
    query = _waiting(_within(actor) if actor else ()).with_only_columns(func.count(Twins.id))
    return await session.scalar(query) or 0


async def access_twins(
    session: AsyncSession, actor: Actor, twins_id: int
) -> tuple[Twins, Person, Person] | None:
    """The pair, locked, if both are in the actor's reach; None when it has been merged.

    Raises UserError(access.denied).
    """
    pair = await session.scalar(select(Twins).where(Twins.id == twins_id).with_for_update())
    if pair is None:
        return None
    mine = under(actor.paths(Action.KEEP), Person.unit_id)
    both = Person.id.in_((pair.first_id, pair.second_id))
    people = list(
        await session.scalars(
            select(Person).where(both, mine).order_by(Person.id).with_for_update()
        )
    )
    if len(people) < 2:
        raise UserError("access.denied")
    return pair, people[0], people[1]
