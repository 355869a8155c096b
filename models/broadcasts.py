"""A notice of a unit to many: who hears it, how far it is, who has read it, and how it is stopped.

Each letter is an outbox row of the lowest priority, so that no reply, alert or reminder waits for
it. The rows are written in portions; where it has come to is kept by whoever writes them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Select,
    String,
    UniqueConstraint,
    cast,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.access import under
from models.accounts import Account, Assignment, Role
from models.actors import Actor
from models.base import Base, Id
from models.crypto import Sealed
from models.episodes import Episode
from models.messages import UserError
from models.outbox import Delivery, Letter, OutboxRow, enqueue
from models.people import Person, living
from models.statements import insert_new
from models.units import Unit

BROADCAST = "broadcast"  # the kind of job
AT_ONCE = 500  # letters written in one transaction: others wait for it no longer
PER_SECOND = 28  # what a platform that takes 30 a second lets through while people are answered


class Circle(StrEnum):
    """Who in a unit is meant."""

    EVERYBODY = "everybody"
    RESIDENTS = "residents"
    OBSERVED = "observed"
    GRID_WORKER = "grid_worker"
    COMMUNITY = "community"
    TOWNSHIP = "township"
    INSPECTOR = "inspector"
    VENUE = "venue"
    SENTINEL = "sentinel"


_PUBLIC = (Circle.EVERYBODY, Circle.RESIDENTS, Circle.OBSERVED)


class Broadcast(Base):
    """What somebody wants to be told. `words` is JSON, by language; the first is for all who have
    none of their own. Not sent yet it is a draft."""

    __tablename__ = "broadcasts"

    id: Mapped[Id]
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    circle: Mapped[Circle] = mapped_column(String(12))
    words: Mapped[str | None] = mapped_column(Sealed("broadcasts.words"))
    by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    written_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]  # every letter is written
    purge_on: Mapped[date] = mapped_column(index=True)

    def said(self) -> dict[str, str]:
        """The words by language; empty once they were purged."""
        found: dict[str, str] = json.loads(self.words) if self.words else {}
        return found

    def said_in(self, lang: str) -> str:
        """What somebody reads who uses this language."""
        words = self.said()
        return words.get(lang) or next(iter(words.values()), "")


class Hearer(Base):
    """One account that a notice was written to, and when she said that she had read it."""

    __tablename__ = "broadcast_hearers"
    __table_args__ = (UniqueConstraint("broadcast_id", "account_id"),)

    id: Mapped[Id]
    broadcast_id: Mapped[int] = mapped_column(ForeignKey("broadcasts.id", ondelete="CASCADE"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    read_at: Mapped[datetime | None]


LetterOf: TypeAlias = Callable[[Broadcast, Unit, int, str], Letter]
"""The letter of a notice to an account in its language; its key is `letter_key`."""


def letter_key(broadcast_id: int, account_id: int) -> str:
    return f"cast:{broadcast_id}:a{account_id}"


def _key(broadcast_id: int) -> ColumnElement[str]:
    """The same for a row of Hearer."""
    return literal(f"cast:{broadcast_id}:a") + cast(Hearer.account_id, String)


# -- who hears -------------------------------------------------------------------------------------


def hearing(unit: Unit, circle: Circle, now: datetime) -> ColumnElement[bool]:
    """Condition on Account: meant, and within reach."""
    here = under((unit.path,), Person.unit_id)
    match circle:
        case Circle.OBSERVED:
            observed = select(Episode.person_id).where(Episode.outcome.is_(None))
            meant = _of(select(Person.id, Person.guardian_id).where(here, Person.id.in_(observed)))
        case Circle.RESIDENTS:
            meant = _of(select(Person.id, Person.guardian_id).where(here, living()))
        case Circle.EVERYBODY:
            people = select(Person.id, Person.guardian_id).where(here, living())
            meant = or_(_of(people), _staff(unit, tuple(Role), now))
        case _:
            meant = _staff(unit, (Role(str(circle)),), now)
    return Account.blocked_at.is_(None) & meant


def _of(people: Select[int, int | None]) -> ColumnElement[bool]:
    """Those people's own accounts, and of those who answer for them."""
    found = people.subquery()
    return or_(
        Account.person_id.in_(select(found.c.id)), Account.id.in_(select(found.c.guardian_id))
    )


def _staff(unit: Unit, roles: Sequence[Role], now: datetime) -> ColumnElement[bool]:
    return Account.id.in_(
        select(Assignment.account_id).where(
            Assignment.account_id.is_not(None),
            Assignment.role.in_(roles),
            under((unit.path,), Assignment.unit_id),
            or_(Assignment.until_at.is_(None), Assignment.until_at > now),
        )
    )


async def sizes(session: AsyncSession, unit: Unit, now: datetime) -> dict[Circle, int]:
    """How many would hear, by circle; those of nobody are left out but for the public ones."""
    counts = [
        select(func.count(Account.id)).where(hearing(unit, circle, now)).scalar_subquery()
        for circle in Circle
    ]
    row = (await session.execute(select(*counts))).one()
    every = dict(zip(Circle, row, strict=True))
    return {circle: n for circle, n in every.items() if n or circle in _PUBLIC}


async def languages(
    session: AsyncSession, unit: Unit, circle: Circle, now: datetime
) -> dict[str, int]:
    """How many of those who would hear use which language."""
    rows = await session.execute(
        select(Account.lang, func.count(Account.id))
        .where(hearing(unit, circle, now))
        .group_by(Account.lang)
    )
    return {row[0]: row[1] for row in rows}


# -- written, sent, stopped ------------------------------------------------------------------------


async def write(
    session: AsyncSession,
    unit: Unit,
    circle: Circle,
    words: Mapping[str, str],
    by: int,
    now: datetime,
    purge_on: date,
) -> Broadcast:
    """A draft, with its id."""
    notice = Broadcast(
        unit_id=unit.id,
        circle=circle,
        words=json.dumps(dict(words), ensure_ascii=False),
        by_id=by,
        written_at=now,
        purge_on=purge_on,
    )
    session.add(notice)
    await session.flush()
    return notice


def put_words(notice: Broadcast, lang: str, words: str) -> None:
    """The same notice in another language."""
    notice.words = json.dumps({**notice.said(), lang: words}, ensure_ascii=False)


async def access_broadcast(session: AsyncSession, actor: Actor, broadcast_id: int) -> Broadcast:
    """The notice, locked, if she wrote it; nobody has it but her."""
    notice = await session.scalar(
        select(Broadcast)
        .where(Broadcast.id == broadcast_id, Broadcast.by_id == actor.account_id)
        .with_for_update()
    )
    if notice is None:
        raise UserError("access.denied")
    return notice


async def spread(
    session: AsyncSession, notice: Broadcast, after: int, now: datetime, letter: LetterOf
) -> int | None:
    """Write the next letters, to accounts behind `after`; the last account, None when all are
    written."""
    unit = await session.get_one(Unit, notice.unit_id)
    rows = await session.execute(
        select(Account.id, Account.lang)
        .where(hearing(unit, notice.circle, now), Account.id > after)
        .order_by(Account.id)
        .limit(AT_ONCE)
    )
    langs = {row[0]: row[1] for row in rows}
    hearers = [{"broadcast_id": notice.id, "account_id": account} for account in langs]
    await insert_new(session, Hearer, hearers)
    await enqueue(session, [letter(notice, unit, a, lang) for a, lang in langs.items()], now)
    return max(langs, default=None)


async def stop(session: AsyncSession, notice: Broadcast, now: datetime) -> int:
    """Nobody else hears of it; how many letters were taken back."""
    notice.stopped_at = now
    mine = select(_key(notice.id)).where(Hearer.broadcast_id == notice.id)
    taken = await session.execute(
        delete(OutboxRow)
        .where(
            OutboxRow.dedupe_key.in_(mine),
            OutboxRow.state == Delivery.WAITING,
            OutboxRow.attempts == 0,
            OutboxRow.claimed_until_at.is_(None),
        )
        .returning(OutboxRow.id)
        .execution_options(synchronize_session=False)
    )
    n = len(taken.all())
    written = exists().where(OutboxRow.dedupe_key == _key(notice.id))
    await session.execute(
        delete(Hearer)
        .where(Hearer.broadcast_id == notice.id, ~written)
        .execution_options(synchronize_session=False)
    )
    return n


async def mark_read(
    session: AsyncSession, broadcast_id: int, account_id: int, now: datetime
) -> Broadcast:
    """She has read it. UserError when it was never hers."""
    hearer = await session.scalar(
        select(Hearer)
        .where(Hearer.broadcast_id == broadcast_id, Hearer.account_id == account_id)
        .with_for_update()
    )
    if hearer is None:
        raise UserError("access.denied")
    hearer.read_at = hearer.read_at or now
    return await session.get_one(Broadcast, broadcast_id)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a notice is: written = sent + waiting + lost, and how many have read it."""

    written: int
    sent: int
    waiting: int
    lost: int
    read: int


async def progress(session: AsyncSession, notice: Broadcast) -> Progress:
    """Counted from its letters; one that is kept no longer was sent."""
    row = (
        await session.execute(
            select(
                func.count(Hearer.id),
                func.count(Hearer.read_at),
                func.count(OutboxRow.id).filter(OutboxRow.state == Delivery.WAITING),
                func.count(OutboxRow.id).filter(
                    OutboxRow.state.in_((Delivery.FAILED, Delivery.SKIPPED))
                ),
            )
            .select_from(Hearer)
            .outerjoin(OutboxRow, OutboxRow.dedupe_key == _key(notice.id))
            .where(Hearer.broadcast_id == notice.id)
        )
    ).one()
    written, read, waiting, lost = row
    return Progress(written, written - waiting - lost, waiting, lost, read)
