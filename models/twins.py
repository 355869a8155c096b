"""Likely twins: two rows of the roster that may be one person, waiting for somebody's word.

Names are compared within a village by blind indexes of how they sound and look, so nobody is
decrypted but those whose names meet. Whoever has changed is "unheard" until the next round.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cache, partial
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    LargeBinary,
    Select,
    UniqueConstraint,
    bindparam,
    func,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, aliased, mapped_column

from models import names
from models.access import under
from models.actors import Action, Actor
from models.base import Base, Id
from models.crypto import blind_index, unseal
from models.likeness import Traits, pairs
from models.messages import UserError
from models.people import Person
from models.statements import insert_new, one_of, packed, table_of
from models.units import villages

AT_ONCE = 500  # people heard in one transaction
REMEMBERED = 10_000  # people of a list: more than a village has

# Of a row of people: phone, kind of paper, number, address, household.
Boxes: TypeAlias = tuple[bytes | None, str | None, bytes | None, bytes | None, int | None]


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


class Heard(NamedTuple):
    """Somebody whose name was indexed; `traits` tells what is compared of her, if she has
    namesakes."""

    person_id: int
    sound: str
    look: str
    traits: Callable[[], Traits]


def indexes(name: str, village_id: int) -> tuple[str, str]:
    """Blind indexes of how a name sounds and looks, within a village."""
    return marks(names.sound(name), names.look(name), village_id)


def marks(sound: str, look: str, village_id: int) -> tuple[str, str]:
    """The same of a name whose sound and look are known."""
    return (
        blind_index(f"{village_id}:{sound}", "people.sound"),
        blind_index(f"{village_id}:{look}", "people.look"),
    )


class Opened:
    """Remembers what was in the sealed values of those whom a list meets: a common name is met
    again and again. Whoever has changed since has other values, and is opened anew."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Boxes, Traits]] = {}

    def traits(self, person_id: int, boxes: Boxes) -> Traits:
        """What is compared of somebody whose name agrees already."""
        known = self._known.get(person_id)
        if known is None or known[0] != boxes:
            known = boxes, _opened(*boxes)
            self.remember(person_id, *known)
        return known[1]

    def remember(self, person_id: int, boxes: Boxes, told: Traits) -> None:
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[person_id] = boxes, told


def _opened(
    phone: bytes | None,
    id_kind: str | None,
    id_number: bytes | None,
    address: bytes | None,
    home: int | None,
) -> Traits:
    def text(box: bytes | None, name: str) -> str:
        return unseal(box, f"people.{name}") if box else ""

    number = text(id_number, "id_number")
    where = text(address, "address")
    return Traits("", text(phone, "phone"), id_kind or "", number, where, home)


async def compare(
    session: AsyncSession, fresh: Sequence[Heard], now: datetime, opened: Opened | None = None
) -> None:
    """Find the likely twins of these people, among them and among all who were heard before."""
    if not fresh:
        return
    new = {one.person_id for one in fresh}
    heard = {one.person_id: one for one in fresh}
    heard |= {one.person_id: one for one in await _heard(session, fresh, opened or Opened())}
    groups: dict[str, list[int]] = defaultdict(list)
    for person_id, one in heard.items():
        groups[one.sound].append(person_id)
        groups[one.look].append(person_id)
    alike = {frozenset(group) for group in groups.values() if len(group) > 1}
    told = {person_id: heard[person_id].traits() for group in alike for person_id in group}
    found = {pair for group in alike for pair in pairs([(i, told[i]) for i in group], new)}
    rows = [{"first_id": a, "second_id": b, "found_at": now} for a, b in sorted(found)]
    await insert_new(session, Twins, rows)


async def _heard(session: AsyncSession, fresh: Sequence[Heard], opened: Opened) -> list[Heard]:
    """Who else has one of these names."""
    new = {one.person_id for one in fresh}
    dialect = session.get_bind().dialect.name
    told = {
        "sounds": packed(dialect, {one.sound for one in fresh}),
        "looks": packed(dialect, {one.look for one in fresh}),
    }
    found = await session.execute(_meeting(dialect), told)
    return [
        Heard(person_id, sound or "", look or "", partial(opened.traits, person_id, tuple(boxes)))
        for person_id, sound, look, *boxes in found
        if person_id not in new
    ]


@cache
def _meeting(dialect: str) -> Select[*tuple[Any, ...]]:
    """Those whose names sound or look like one of these."""
    person = table_of(Person).c
    return select(
        person.id,
        person.sound_index,
        person.look_index,
        type_coerce(person.phone, LargeBinary),
        person.id_kind,
        type_coerce(person.id_number, LargeBinary),
        type_coerce(person.address, LargeBinary),
        person.household_id,
    ).where(
        or_(
            one_of(dialect, person.sound_index, bindparam("sounds")),
            one_of(dialect, person.look_index, bindparam("looks")),
        ),
        person.moved_out_at.is_(None),
    )


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
    return Heard(person.id, person.sound_index, person.look_index, partial(traits, person))


def traits(person: Person) -> Traits:
    return Traits(
        person.name,
        person.phone or "",
        person.id_kind or "",
        person.id_number or "",
        person.address or "",
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
