"""Contact rings (十户联保, A59): about ten doors, and one of the neighbours who passes word on.

A ring is for looking in and for telling. Nobody answers for a neighbour, nothing is counted
against anybody, and whoever does not want to be in it leaves.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id
from models.clock import at_local, local_day
from models.messages import UserError
from models.obligations import Kind, Obligation, Outcome, oblige, settle
from models.people import Household, Person
from models.rules import Rules
from models.statements import queue_up

TEN = 10
MOST = 20  # doors that one neighbour can look in on
ASKED_AT = time(10)
OPEN: ColumnElement[bool] = literal_column("left_at IS NULL")


class Ring(Base):
    """A ring of one grid, the `number`th. `agreed_at`: its head has said that she will do it."""

    __tablename__ = "rings"
    __table_args__ = (UniqueConstraint("unit_id", "number"),)

    id: Mapped[Id]
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    number: Mapped[int]
    head_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    agreed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    ended_at: Mapped[datetime | None]


class RingHome(Base):
    """A door of a ring; it is in one at most. `quiet`: nobody is to knock there."""

    __tablename__ = "ring_homes"
    __table_args__ = (
        Index(
            "ix_ring_homes_open",
            "household_id",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
    )

    id: Mapped[Id]
    ring_id: Mapped[int] = mapped_column(ForeignKey("rings.id"), index=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id"), index=True)
    quiet: Mapped[bool] = mapped_column(default=False)
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]


class Word(StrEnum):
    """What is told for a ring."""

    WELL = "well"
    PASSED = "passed"  # a notice has reached every door


class RingWord(Base):
    """Somebody has said so, of this many doors."""

    __tablename__ = "ring_words"

    id: Mapped[Id]
    ring_id: Mapped[int] = mapped_column(ForeignKey("rings.id"), index=True)
    word: Mapped[Word] = mapped_column(String(8))
    doors: Mapped[int]
    at: Mapped[datetime] = mapped_column(index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))


# -- making one -----------------------------------------------------------------------------------


def _inside() -> ColumnElement[bool]:
    """Condition on Household: in a ring already."""
    return Household.id.in_(select(RingHome.household_id).where(RingHome.left_at.is_(None)))


async def loose_doors(
    session: AsyncSession, unit_id: int, building_id: int | None, most: int
) -> list[Household]:
    """A building's doors that are in no ring, in walking order."""
    found = await session.scalars(
        select(Household)
        .where(Household.unit_id == unit_id, Household.building_id == building_id, ~_inside())
        .order_by(Household.position, Household.id)
        .limit(most)
    )
    return list(found)


async def loose_by_building(session: AsyncSession, unit_id: int) -> dict[int | None, int]:
    """How many doors of each building of a grid are in no ring."""
    found = await session.execute(
        select(Household.building_id, func.count())
        .where(Household.unit_id == unit_id, ~_inside())
        .group_by(Household.building_id)
    )
    return {building: int(n) for building, n in found}


async def gather(
    session: AsyncSession, unit_id: int, building_id: int | None, by: int, now: datetime
) -> Ring:
    """A ring with the next ten doors of a building. One of hers that has no head yet is filled
    up instead: two taps in a row make one ring."""
    await queue_up(session, [f"rings:{unit_id}"])
    ring = await session.scalar(
        select(Ring)
        .where(
            Ring.unit_id == unit_id,
            Ring.created_by == by,
            Ring.head_id.is_(None),
            Ring.ended_at.is_(None),
            Ring.agreed_at.is_(None),
        )
        .order_by(Ring.id.desc())
        .limit(1)
    )
    if ring is None:
        last = await session.scalar(select(func.max(Ring.number)).where(Ring.unit_id == unit_id))
        number = (last or 0) + 1
        ring = Ring(unit_id=unit_id, number=number, created_at=now, created_by=by)
        session.add(ring)
        await session.flush()
    lacking = TEN - len(await doors_of(session, ring))
    if lacking > 0:
        for home in await loose_doors(session, unit_id, building_id, lacking):
            session.add(RingHome(ring_id=ring.id, household_id=home.id, joined_at=now))
        await session.flush()
    return ring


async def doors_of(session: AsyncSession, ring: Ring) -> list[tuple[RingHome, Household]]:
    """Its doors, as they are walked."""
    found = await session.execute(
        select(RingHome, Household)
        .join(Household, Household.id == RingHome.household_id)
        .where(RingHome.ring_id == ring.id, RingHome.left_at.is_(None))
        .order_by(Household.building_id, Household.position, Household.id)
    )
    return [(row[0], row[1]) for row in found]


async def home_in(session: AsyncSession, household_id: int | None) -> RingHome | None:
    """The place of a door in its ring, locked."""
    return await session.scalar(
        select(RingHome)
        .where(RingHome.household_id == household_id, RingHome.left_at.is_(None))
        .with_for_update()
    )


async def toggle(session: AsyncSession, ring: Ring, home: Household, now: datetime) -> None:
    """Into the ring, or out of it. Raises UserError when it is in another one, or this is full."""
    await queue_up(session, [f"rings:{ring.unit_id}"])
    there = await home_in(session, home.id)
    if there is not None and there.ring_id != ring.id:
        raise UserError("ring.in_another")
    if there is not None:
        there.left_at = now
    elif len(await doors_of(session, ring)) >= MOST:
        raise UserError("ring.full", n=MOST)
    else:
        session.add(RingHome(ring_id=ring.id, household_id=home.id, joined_at=now))
    await session.flush()


async def neighbours(session: AsyncSession, ring: Ring) -> list[Person]:
    """Who lives behind its doors."""
    found = await session.scalars(
        select(Person)
        .join(RingHome, RingHome.household_id == Person.household_id)
        .join(Household, Household.id == Person.household_id)
        .where(
            RingHome.ring_id == ring.id,
            RingHome.left_at.is_(None),
            Person.moved_out_at.is_(None),
        )
        .order_by(Household.building_id, Household.position, Person.id)
    )
    return list(found)


async def head_of(session: AsyncSession, ring: Ring) -> Person | None:
    """Its head, while she lives behind one of its doors."""
    return next((one for one in await neighbours(session, ring) if one.id == ring.head_id), None)


async def end(session: AsyncSession, ring: Ring, now: datetime) -> None:
    """There is no such ring any more; its doors are free for another one."""
    ring.ended_at = now
    await session.flush()
    mine = RingHome.ring_id == ring.id, RingHome.left_at.is_(None)
    await session.execute(update(RingHome).where(*mine).values(left_at=now))
    await _ask_no_more(session, ring, now)


async def without_head(session: AsyncSession, ring: Ring, now: datetime) -> None:
    """She does not do it any more; a worker finds somebody else."""
    ring.head_id = ring.agreed_at = None
    await _ask_no_more(session, ring, now)


# -- what is told ---------------------------------------------------------------------------------


async def tell(session: AsyncSession, ring: Ring, word: Word, by: int, now: datetime) -> int:
    """Told for so many doors. The same again within the hour is one."""
    doors = len(await doors_of(session, ring))
    again = await session.scalar(
        select(RingWord.id)
        .where(
            RingWord.ring_id == ring.id,
            RingWord.word == word,
            RingWord.at > now - timedelta(hours=1),
        )
        .limit(1)
    )
    if again is None:
        session.add(RingWord(ring_id=ring.id, word=word, doors=doors, at=now, by_id=by))
    return doors


async def last_told(
    session: AsyncSession, rings: Collection[int]
) -> dict[tuple[int, Word], datetime]:
    """When each ring was last heard of, by what was told."""
    found = await session.execute(
        select(RingWord.ring_id, RingWord.word, func.max(RingWord.at))
        .where(RingWord.ring_id.in_(rings))
        .group_by(RingWord.ring_id, RingWord.word)
    )
    return {(ring_id, Word(word)): at for ring_id, word, at in found}


# -- the head is asked how everybody is -----------------------------------------------------------


async def agree(
    session: AsyncSession, ring: Ring, rules: Rules, now: datetime, zone: ZoneInfo
) -> None:
    """She will do it: from now on she is asked every few days how everybody is."""
    ring.agreed_at = now
    await ask_next(session, ring, rules, now, zone)


async def ask_next(
    session: AsyncSession, ring: Ring, rules: Rules, now: datetime, zone: ZoneInfo
) -> None:
    """The day on which she is asked. Nothing climbs from there: no answer is none."""
    at = at_local(local_day(now, zone) + timedelta(days=rules.ring_days), ASKED_AT, zone)
    row = {
        "key": f"ring:{ring.id}:{now.isoformat(timespec='seconds')}",
        "kind": Kind.RING,
        "unit_id": ring.unit_id,
        "facts": {"ring": ring.id},
        "opens_at": at,
        "due_at": at,
    }
    await oblige(session, [row])


async def _ask_no_more(session: AsyncSession, ring: Ring, now: datetime) -> None:
    found = await session.scalars(
        select(Obligation).where(
            Obligation.key.startswith(f"ring:{ring.id}:"), Obligation.outcome.is_(None)
        )
    )
    await settle(session, list(found), Outcome.CANCELLED, None, now)


# -- somebody is asked to knock -------------------------------------------------------------------


async def knockers(session: AsyncSession, people: Collection[int]) -> dict[int, int]:
    """Who may be asked to knock for each of these people: the head of their ring, unless it is her
    own door or a door that asked for quiet."""
    if not people:
        return {}
    found = await session.execute(
        select(Person.id, Ring.head_id)
        .join(RingHome, RingHome.household_id == Person.household_id)
        .join(Ring, Ring.id == RingHome.ring_id)
        .where(
            Person.id.in_(people),
            RingHome.left_at.is_(None),
            RingHome.quiet.is_(False),
            Ring.agreed_at.is_not(None),
        )
    )
    heads = {person: head for person, head in found if head is not None}
    homes = dict(
        (
            await session.execute(
                select(Person.id, Person.household_id).where(
                    Person.id.in_([*heads, *heads.values()]), Person.moved_out_at.is_(None)
                )
            )
        ).all()
    )
    return {
        person: head
        for person, head in heads.items()
        if head in homes and homes[head] is not None and homes[head] != homes.get(person)
    }


async def addresses(session: AsyncSession, people: Sequence[int]) -> list[str]:
    """The doors of these people, each once."""
    found = await session.scalars(
        select(Household.address)
        .join(Person, Person.household_id == Household.id)
        .where(Person.id.in_(people))
        .order_by(Household.building_id, Household.position, Household.id)
    )
    return list(dict.fromkeys(found))
