"""Residents away (A7): where somebody is, what she means to do, who keeps in touch and how often.

A record stays open until a worker has found her here, see homecoming.py.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, ForeignKey, Index, String, literal_column, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id
from models.clock import at_local, local_day
from models.crypto import Sealed
from models.obligations import Kind, Obligation, Outcome, by_key, fulfil, oblige, settle
from models.rules import Rules
from models.units import Unit

CONTACT_FROM, CONTACT_UNTIL = time(9), time(20)


class Intention(StrEnum):
    STAYING = "staying"
    PLANNED = "planned"
    UNDECIDED = "undecided"


class Promise(StrEnum):
    """To stay, or to report before she comes."""

    WRITTEN = "written"
    WORD = "word"
    NONE = "none"


class Way(StrEnum):
    PHONE = "phone"
    MESSAGE = "message"
    FAMILY = "family"


class AwayEnd(StrEnum):
    RETURNED = "returned"
    UNANNOUNCED = "unannounced"  # others found her here; nobody had told us
    MOVED = "moved"
    MISTAKE = "mistake"


OPEN: ColumnElement[bool] = literal_column("ended_at IS NULL")


class Absence(Base):
    """One resident away. `next_on` is the day of the next contact or of her return; `lead_id`
    the lead by which she was found back."""

    __tablename__ = "absences"
    __table_args__ = (
        Index(
            "ix_absences_open", "person_id", unique=True, sqlite_where=OPEN, postgresql_where=OPEN
        ),
    )

    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))  # responsible worker
    held_for_id: Mapped[int | None]  # of accounts: whose she is, while that one is on leave
    submission_id: Mapped[int | None] = mapped_column(ForeignKey("submissions.id"), index=True)
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("leads.id"), index=True)
    place: Mapped[str | None] = mapped_column(Sealed("absences.place"))
    intention: Mapped[Intention] = mapped_column(String(10))
    promise: Mapped[Promise] = mapped_column(String(8))
    planned_at: Mapped[datetime | None]
    next_on: Mapped[date | None]
    rounds: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    created_by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    ended_at: Mapped[datetime | None] = mapped_column(index=True)
    ended_how: Mapped[AwayEnd | None] = mapped_column(String(12))
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))


class AbsenceContact(Base):
    """One attempt to get in touch: by whom, how, and what she meant to do then."""

    __tablename__ = "absence_contacts"

    id: Mapped[Id]
    absence_id: Mapped[int] = mapped_column(
        ForeignKey("absences.id", ondelete="CASCADE"), index=True
    )
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    way: Mapped[Way] = mapped_column(String(8))
    reached: Mapped[bool]
    intention: Mapped[Intention | None] = mapped_column(String(10))
    promise: Mapped[Promise | None] = mapped_column(String(8))
    planned_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Told:
    """What she means to do."""

    intention: Intention
    promise: Promise
    planned_at: datetime | None = None


async def open_absence_of(session: AsyncSession, person_id: int) -> Absence | None:
    """The open record of a person, locked."""
    return await session.scalar(
        select(Absence)
        .where(Absence.person_id == person_id, Absence.ended_at.is_(None))
        .with_for_update()
    )


async def on_record(session: AsyncSession, people: Sequence[int]) -> set[int]:
    """Those of these people who are away already."""
    found = await session.scalars(
        select(Absence.person_id).where(Absence.person_id.in_(people), Absence.ended_at.is_(None))
    )
    return set(found)


def say(absence: Absence, told: Told) -> None:
    """What she means to do from now on."""
    absence.intention, absence.promise = told.intention, told.promise
    absence.planned_at = told.planned_at if told.intention == Intention.PLANNED else None


async def last_contact(session: AsyncSession, absence: Absence) -> AbsenceContact | None:
    return await session.scalar(
        select(AbsenceContact)
        .where(AbsenceContact.absence_id == absence.id)
        .order_by(AbsenceContact.id.desc())
        .limit(1)
    )


async def contacts_of(session: AsyncSession, absence: Absence, most: int) -> list[AbsenceContact]:
    """The newest first."""
    found = await session.scalars(
        select(AbsenceContact)
        .where(AbsenceContact.absence_id == absence.id)
        .order_by(AbsenceContact.id.desc())
        .limit(most)
    )
    return list(found)


async def missed_in_a_row(session: AsyncSession, absence: Absence) -> int:
    """Attempts since somebody last reached her."""
    missed = 0
    for contact in await contacts_of(session, absence, 20):
        if contact.reached:
            break
        missed += 1
    return missed


async def keep_in_touch(
    session: AsyncSession, absence: Absence, by: int, rules: Rules, now: datetime, zone: ZoneInfo
) -> None:
    """She was reached: the contact that was due is done, and the next has its day.

    None is due once she is expected: on that day her lead asks for her.
    """
    await note_reached(session, absence, by, now)
    days = rules.away_word_days if absence.promise == Promise.WORD else rules.away_days
    on = local_day(now, zone) + timedelta(days=days)
    planned_on = local_day(absence.planned_at, zone) if absence.planned_at else None
    if planned_on is not None and planned_on <= on:
        absence.next_on = planned_on
        return
    absence.next_on = on
    absence.rounds += 1
    await oblige(
        session,
        [contact_due(absence, at_local(on, CONTACT_FROM, zone), at_local(on, CONTACT_UNTIL, zone))],
    )


async def note_reached(session: AsyncSession, absence: Absence, by: int, now: datetime) -> None:
    """The contact that was due is done."""
    due = await by_key(session, contact_key(absence))
    if due is not None and due.is_open():
        await fulfil(session, due, by, now)


async def move_contact(
    session: AsyncSession, absence: Absence, by: int, rules: Rules, now: datetime, zone: ZoneInfo
) -> None:
    """What was noted a moment ago was put right: the next contact moves to where it belongs."""
    due = await by_key(session, contact_key(absence))
    if due is not None and due.is_open():
        await settle(session, [due], Outcome.CANCELLED, None, now, "moved")
    await keep_in_touch(session, absence, by, rules, now, zone)


def contact_key(absence: Absence) -> str:
    return f"away:{absence.id}:{absence.rounds}"


def contact_due(absence: Absence, opens_at: datetime, due_at: datetime) -> dict[str, object]:
    return {
        "key": contact_key(absence),
        "kind": Kind.AWAY,
        "unit_id": absence.unit_id,
        "person_id": absence.person_id,
        "owner_id": absence.owner_id,
        "held_for_id": absence.held_for_id,
        "opens_at": opens_at,
        "due_at": due_at,
        "facts": {
            "away": absence.id,
            "intention": absence.intention,
            "promise": absence.promise,
        },
        "detail": json.dumps({"place": absence.place or ""}, ensure_ascii=False),
    }


async def end_absence(
    session: AsyncSession, absence: Absence, how: AwayEnd, by: int | None, now: datetime
) -> None:
    """Nobody is to call her any more."""
    absence.ended_at, absence.ended_how, absence.ended_by = now, how, by
    absence.next_on = None
    due: Obligation | None = await by_key(session, contact_key(absence))
    if due is not None and due.is_open():
        await settle(session, [due], Outcome.CANCELLED, by, now, how)


# -- whose she is ---------------------------------------------------------------------------------


async def move_absences(session: AsyncSession, holders: Mapping[int, int | None]) -> None:
    """Residents away whose worker is on leave to whoever holds her work now, and back: beside
    their contacts, which are moved as all claims are."""
    found = await session.scalars(
        select(Absence).where(
            Absence.ended_at.is_(None),
            or_(Absence.owner_id.in_(holders), Absence.held_for_id.is_not(None)),
        )
    )
    for absence in found:
        home = absence.held_for_id or absence.owner_id
        assert home is not None, "somebody looks after her"
        absence.owner_id = holders.get(home) or home
        absence.held_for_id = None if absence.owner_id == home else home


async def give_absences(
    session: AsyncSession, account_id: int, path: str, receiver: int | None
) -> None:
    """Somebody works there no more: those whom she looked after go to the receiver, or are
    anybody's of the unit."""
    below = select(Unit.id).where(Unit.path.startswith(path))
    found = await session.scalars(
        select(Absence).where(
            Absence.ended_at.is_(None),
            or_(Absence.owner_id == account_id, Absence.held_for_id == account_id),
            Absence.unit_id.in_(below),
        )
    )
    for absence in found:
        if absence.owner_id == account_id:
            absence.owner_id = absence.held_for_id or receiver
        absence.held_for_id = None


async def join_absences(
    session: AsyncSession, kept_id: int, lost_id: int, by: int, now: datetime
) -> None:
    """Two rows of one person were both away: the record that was told last goes on, with the
    contacts of both; the other one ends as a mistake."""
    both = [await open_absence_of(session, number) for number in (kept_id, lost_id)]
    if None in both:
        return
    told = {}
    for absence in both:
        assert absence is not None, "both are on record"
        last = await last_contact(session, absence)
        told[absence] = last.at if last else absence.created_at
    stays, goes = sorted(told, key=lambda one: (told[one], one.id), reverse=True)
    stays.place = stays.place or goes.place
    if stays.owner_id is None:
        stays.owner_id, stays.held_for_id = goes.owner_id, goes.held_for_id
    await session.execute(
        update(AbsenceContact)
        .where(AbsenceContact.absence_id == goes.id)
        .values(absence_id=stays.id)
    )
    await end_absence(session, goes, AwayEnd.MISTAKE, by, now)
    await session.flush()
