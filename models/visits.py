"""Doors that were knocked at: what was found, who is to come again and when.

A visit is a fact of its household; a round counts the visits that fall into its days.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id
from models.clock import at_local
from models.obligations import Kind, Obligation, Outcome, by_key, fulfil, look_again, oblige, settle
from models.people import Household, Person
from models.rules import Rules

UNDO_WITHIN = timedelta(hours=2)
STAYS = timedelta(hours=2)  # an appointed visit is due so long after its hour


class Found(StrEnum):
    """What a worker found behind a door."""

    WELL = "well"  # all well and nothing new
    NEW = "new"  # somebody new
    ILL = "ill"
    EMPTY = "empty"  # nobody lives there
    MOVED = "moved"  # those on the roster have gone
    NO_DOOR = "no_door"  # there is no such door
    ABSENT = "absent"  # nobody at home
    REFUSED = "refused"  # somebody is there, and does not open
    TOLD = "told"  # who lives there told it herself, by the slip that was left


UNMET = (Found.ABSENT, Found.REFUSED)


class Visit(Base):
    """One knock at one door. One that was taken back stays, with its hour."""

    __tablename__ = "visits"
    __table_args__ = (Index("ix_visits_unit_at", "unit_id", "at"),)

    id: Mapped[Id]
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    at: Mapped[datetime]
    found: Mapped[Found] = mapped_column(String(8))
    undone_at: Mapped[datetime | None]


async def visits_since(session: AsyncSession, household_id: int, since: datetime) -> list[Visit]:
    """A door's standing visits, the oldest first."""
    found = await session.scalars(
        select(Visit)
        .where(Visit.household_id == household_id, Visit.at >= since, Visit.undone_at.is_(None))
        .order_by(Visit.at, Visit.id)
    )
    return list(found)


def met(visits: Sequence[Visit]) -> Visit | None:
    """The visit by which a door is done; None while nobody was met."""
    return next((visit for visit in visits if visit.found not in UNMET), None)


async def record_visit(
    session: AsyncSession, home: Household, found: Found, by: int, now: datetime
) -> Visit:
    """Write a visit down; whoever was to come again need not any more."""
    visit = Visit(household_id=home.id, unit_id=home.unit_id, account_id=by, at=now, found=found)
    session.add(visit)
    await session.flush()
    for item in await appointed(session, home.id):
        if found == Found.TOLD:
            await settle(session, [item], Outcome.CANCELLED, by, now)
        else:
            await fulfil(session, item, by, now)
        item.reason = f"visit{visit.id}"
    return visit


async def undo(session: AsyncSession, visit: Visit, by: int, now: datetime) -> None:
    """A slip of the thumb: the door is as it was before."""
    visit.undone_at = now
    again = await by_key(session, _key(visit))
    if again is not None and again.is_open():
        await settle(session, [again], Outcome.CANCELLED, by, now, "undone")
    ended = await session.scalars(
        select(Obligation).where(
            Obligation.id.in_(await _appointments(session, visit.household_id)),
            Obligation.reason == f"visit{visit.id}",
        )
    )
    for item in ended:
        item.outcome = item.outcome_at = item.outcome_by = item.reason = None
        await look_again(session, item, max(item.opens_at, now))


async def _appointments(session: AsyncSession, household_id: int) -> list[int]:
    """Ids of all obligations to come again to a door."""
    keys = await session.scalars(select(Visit.id).where(Visit.household_id == household_id))
    found = await session.scalars(
        select(Obligation.id).where(Obligation.key.in_([f"visit:{number}" for number in keys]))
    )
    return list(found)


async def appointed(session: AsyncSession, household_id: int) -> list[Obligation]:
    """For what somebody is still to come again to a door, or to call."""
    ids = await _appointments(session, household_id)
    if not ids:
        return []
    found = await session.scalars(
        select(Obligation).where(Obligation.id.in_(ids), Obligation.outcome.is_(None))
    )
    return list(found)


def _key(visit: Visit) -> str:
    return f"visit:{visit.id}"


# -- who was not met ------------------------------------------------------------------------------


def propose(misses: Sequence[datetime], rules: Rules, zone: ZoneInfo) -> datetime | None:
    """When to come again after these misses, the last one now: in the evening after a day, at the
    weekend after working days, on a working evening after a weekend. None: not by coming again."""
    if len(misses) >= rules.visit_misses:
        return None
    last = misses[-1].astimezone(zone)
    evening, weekend = rules.visit_evening, rules.visit_weekend
    tried_evening = any(miss.astimezone(zone).time() >= EVENING for miss in misses)
    if not tried_evening and last.time() < EVENING:
        return at_local(last.date(), evening, zone)
    worked = all(miss.astimezone(zone).weekday() < SATURDAY for miss in misses)
    day = last.date() + timedelta(days=1)
    while (day.weekday() >= SATURDAY) != worked:
        day += timedelta(days=1)
    return at_local(day, weekend if worked else evening, zone)


EVENING = time(17)  # a miss after this hour was a miss in the evening
SATURDAY = 5


def choices(now: datetime, rules: Rules, zone: ZoneInfo) -> dict[str, datetime]:
    """The hours that a worker may choose instead, the earliest first: the next evening, morning
    and weekend."""
    today = now.astimezone(zone).date()
    tomorrow = today + timedelta(days=1)
    evening = at_local(today, rules.visit_evening, zone)
    if evening <= now:
        evening = at_local(tomorrow, rules.visit_evening, zone)
    saturday = tomorrow + timedelta(days=(SATURDAY - tomorrow.weekday()) % 7)
    hours = {
        "evening": evening,
        "morning": at_local(tomorrow, rules.visit_weekend, zone),
        "weekend": at_local(saturday, rules.visit_weekend, zone),
    }
    if saturday == tomorrow:
        del hours["weekend"]
    return dict(sorted(hours.items(), key=lambda one: one[1]))


async def come_again(
    session: AsyncSession, visit: Visit, home: Household, at: datetime
) -> Obligation:
    """The door comes back at this hour in the day of who missed it."""
    return await _appoint(session, visit, home, Kind.VISIT, at, at + STAYS)


async def call_instead(
    session: AsyncSession, visit: Visit, home: Household, rules: Rules
) -> Obligation:
    """Nobody was met again and again: she calls, and then the village hears of the door."""
    due_at = visit.at + timedelta(hours=rules.unmet_hours)
    return await _appoint(session, visit, home, Kind.UNMET, visit.at, due_at)


async def _appoint(
    session: AsyncSession,
    visit: Visit,
    home: Household,
    kind: Kind,
    opens_at: datetime,
    due_at: datetime,
) -> Obligation:
    found = await by_key(session, _key(visit))
    if found is not None:
        found.kind, found.opens_at, found.due_at = kind, opens_at, due_at
        await look_again(session, found, opens_at)
        found.opens_at = opens_at
        return found
    row = {
        "key": _key(visit),
        "kind": kind,
        "unit_id": home.unit_id,
        "person_id": await _known_there(session, home),
        "owner_id": visit.account_id,
        "opens_at": opens_at,
        "due_at": due_at,
        "facts": {"household": home.id},
        "detail": json.dumps({"door": home.address}, ensure_ascii=False),
    }
    await oblige(session, [row])
    made = await by_key(session, _key(visit))
    assert made is not None, "it has just been made"
    return made


async def _known_there(session: AsyncSession, home: Household) -> int | None:
    """Whom to ask for: the head, else the first who lives there and has a phone."""
    if home.head_id is not None:
        return home.head_id
    return await session.scalar(
        select(Person.id)
        .where(Person.household_id == home.id, Person.moved_out_at.is_(None))
        .order_by(Person.phone_index.is_(None), Person.id)
        .limit(1)
    )
