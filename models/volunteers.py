"""Volunteers (志愿者): what somebody can do, when and where, and whether she is asked at all.

A volunteer is nobody of the team: she has no rights, only the tasks that she accepted. Knows no
chat; what she serves stands in service.py and duty.py.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, ForeignKey, String, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id
from models.clock import at_local, local_day
from models.crypto import Sealed
from models.helping import Need
from models.messages import UserError
from models.obligations import Kind, Outcome, by_key, fulfil, oblige, settle
from models.people import phone_index
from models.statements import queue_up
from models.units import Unit

CONFIRMED_WITHIN = timedelta(days=3)


class Skill(StrEnum):
    DRIVING = "driving"
    DELIVERY = "delivery"
    NURSING = "nursing"
    LANGUAGE = "language"  # interpreting, dialects, sign language
    REGISTERING = "registering"  # at testing
    ORDER = "order"  # guiding people, keeping them apart


class Day(StrEnum):
    """Of the week, Monday first."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


class Part(StrEnum):
    """Of a day; nobody is asked at night."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


PARTS: Mapping[Part, tuple[time, time]] = {
    Part.MORNING: (time(7), time(12)),
    Part.AFTERNOON: (time(12), time(18)),
    Part.EVENING: (time(18), time(22)),
}
# Who would like to talk is called by the unit's own workers, as she was told.
SKILLS_FOR: Mapping[Need, Collection[Skill]] = {
    Need.SHOPPING: (Skill.DELIVERY, Skill.DRIVING),
    Need.MEDICINE: (Skill.DELIVERY, Skill.DRIVING, Skill.NURSING),
    Need.DOCTOR: (Skill.DRIVING, Skill.NURSING),
    Need.OTHER: tuple(Skill),
}


class Volunteer(Base):
    """Somebody who offered herself. Staff confirm her once; she pauses and ends it herself.

    Without an account she was registered by a worker, and is reached by phone alone.
    """

    __tablename__ = "volunteers"

    id: Mapped[Id]
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    name: Mapped[str | None] = mapped_column(Sealed("volunteers.name"))
    phone: Mapped[str | None] = mapped_column(Sealed("volunteers.phone"))
    phone_index: Mapped[str | None] = mapped_column(String(32), index=True)
    skills: Mapped[list[str]]
    days: Mapped[list[str]]
    parts: Mapped[list[str]]
    offered_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    paused_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    @property
    def serves(self) -> bool:
        """May she be asked?"""
        return self.confirmed_at is not None and self.paused_at is None and self.ended_at is None

    def free_between(self, since: datetime, until: datetime, zone: ZoneInfo) -> bool:
        """Does an hour that she gives lie in this time?"""
        day, last = local_day(since, zone), local_day(until, zone)
        while day <= last:
            if list(Day)[day.weekday()] in self.days:
                for part in self.parts:
                    begins, ends = (at_local(day, at, zone) for at in PARTS[Part(part)])
                    if begins < until and since < ends:
                        return True
            day += timedelta(days=1)
        return False


@dataclass(frozen=True, slots=True)
class Offer:
    """What somebody tells of herself."""

    unit: Unit
    name: str
    phone: str
    skills: Collection[Skill]
    days: Collection[Day]
    parts: Collection[Part]
    account_id: int | None
    person_id: int | None


def active() -> ColumnElement[bool]:
    """Condition on Volunteer: confirmed, and neither paused nor over."""
    return and_(
        Volunteer.confirmed_at.is_not(None),
        Volunteer.paused_at.is_(None),
        Volunteer.ended_at.is_(None),
    )


async def volunteer_of(
    session: AsyncSession, account_id: int | None, person_id: int | None
) -> Volunteer | None:
    """The one who offered herself from this account, or who is this person."""
    mine = []
    if account_id is not None:
        mine.append(Volunteer.account_id == account_id)
    if person_id is not None:
        mine.append(Volunteer.person_id == person_id)
    if not mine:
        return None
    return await session.scalar(
        select(Volunteer)
        .where(or_(*mine), Volunteer.ended_at.is_(None))
        .order_by(Volunteer.id)
        .limit(1)
    )


async def kept_of(
    session: AsyncSession, account_id: int, people: Collection[int]
) -> list[Volunteer]:
    """What is held of somebody as a volunteer, after she has left too, until it is purged."""
    found = await session.scalars(
        select(Volunteer)
        .where(
            or_(Volunteer.account_id == account_id, Volunteer.person_id.in_(people)),
            Volunteer.name.is_not(None),
        )
        .order_by(Volunteer.id)
    )
    return list(found)


async def offer_herself(session: AsyncSession, offer: Offer, now: datetime) -> Volunteer:
    """Put her on the list, to be confirmed; somebody on it already tells anew what she can do, and
    is confirmed anew where she moves to another unit."""
    await queue_up(session, [f"volunteer:a{offer.account_id}:p{offer.person_id}"])
    found = await volunteer_of(session, offer.account_id, offer.person_id)
    if found is None:
        found = Volunteer(
            unit_id=offer.unit.id,
            account_id=offer.account_id,
            person_id=offer.person_id,
            offered_at=now,
        )
        session.add(found)
    elif found.unit_id != offer.unit.id:
        await _settle_asking(session, found, Outcome.TRANSFERRED, None, now)
        found.unit_id, found.offered_at = offer.unit.id, now
        found.confirmed_at = found.confirmed_by = None
    found.name, found.phone = offer.name, offer.phone
    found.phone_index = phone_index(offer.phone)
    found.skills = [skill for skill in Skill if skill in offer.skills]
    found.days = [day for day in Day if day in offer.days]
    found.parts = [part for part in Part if part in offer.parts]
    found.paused_at = None
    await session.flush()
    if found.confirmed_at is None:
        await _ask_staff(session, found, now)
    return found


def _asking_key(volunteer: Volunteer) -> str:
    return f"volunteer:v{volunteer.id}:u{volunteer.unit_id}:{volunteer.offered_at:%Y%m%d%H%M%S}"


async def _ask_staff(session: AsyncSession, volunteer: Volunteer, now: datetime) -> None:
    detail = {"staff": volunteer.name, "phone": volunteer.phone}
    row = {
        "key": _asking_key(volunteer),
        "kind": Kind.VOLUNTEER,
        "unit_id": volunteer.unit_id,
        "person_id": volunteer.person_id,
        "opens_at": now,
        "due_at": now + CONFIRMED_WITHIN,
        "facts": {"volunteer": volunteer.id},
        "detail": json.dumps(detail, ensure_ascii=False),
    }
    await oblige(session, [row])


async def _settle_asking(
    session: AsyncSession, volunteer: Volunteer, outcome: Outcome, by: int | None, now: datetime
) -> None:
    item = await by_key(session, _asking_key(volunteer))
    if item is None or not item.is_open():
        return
    if outcome == Outcome.DONE:
        await fulfil(session, item, by, now)
    else:
        await settle(session, [item], outcome, by, now)


async def confirm(session: AsyncSession, volunteer: Volunteer, by: int, now: datetime) -> None:
    """Staff know her: from now on she can be asked."""
    if volunteer.ended_at is not None:
        raise UserError("volunteer.ended_already")
    if volunteer.confirmed_at is not None:
        raise UserError("volunteer.confirmed_already")
    volunteer.confirmed_at, volunteer.confirmed_by = now, by
    await _settle_asking(session, volunteer, Outcome.DONE, by, now)


def pause(volunteer: Volunteer, now: datetime) -> None:
    if volunteer.paused_at is None:
        volunteer.paused_at = now


def resume(volunteer: Volunteer) -> None:
    volunteer.paused_at = None


async def end(session: AsyncSession, volunteer: Volunteer, by: int, now: datetime) -> None:
    """She is on the list no more: her own word, or that of staff."""
    if volunteer.ended_at is not None:
        raise UserError("volunteer.ended_already")
    volunteer.ended_at = now
    await _settle_asking(session, volunteer, Outcome.CANCELLED, by, now)
