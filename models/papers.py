"""Papers that somebody still has to show: a person without a document is recorded all the same,
with the reason, and whoever found her comes back for it."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.obligations import Kind, Obligation, Outcome, fulfil, oblige, settle
from models.people import Household, Person, phone_index
from models.sources import Told, purge_day

SHOWN_WITHIN = timedelta(days=3)


class Lacking(StrEnum):
    """Why somebody has no papers to show."""

    ELSEWHERE = "elsewhere"  # left somewhere, not at hand
    LOST = "lost"
    NEVER = "never"  # a newborn, or never registered
    UNSHOWN = "unshown"  # does not want to show them


async def remember_without(
    session: AsyncSession, told: Told, home: Household, arrives_at: datetime, now: datetime
) -> tuple[Person, bool]:
    """The person of this name behind this door who has no papers, and whether she is new."""
    there = await session.scalars(
        select(Person)
        .where(
            Person.household_id == home.id,
            Person.id_index.is_(None),
            Person.moved_out_at.is_(None),
        )
        .order_by(Person.id)
    )
    known = next((person for person in there if person.name == told.name), None)
    if known is not None:
        return known, False
    person = Person(
        unit_id=home.unit_id,
        name=told.name,
        phone=told.phone,
        phone_index=phone_index(told.phone) if told.phone else None,
        address=told.address,
        created_at=now,
        purge_on=purge_day(arrives_at),
    )
    session.add(person)
    await session.flush()
    return person, True


async def owe_papers(
    session: AsyncSession, person: Person, why: Lacking, report: int, by: int, now: datetime
) -> None:
    """Whoever found her asks again, `report` is her submission; told twice it is one."""
    if await _owed(session, person.id):
        return
    row = {
        "key": f"papers:s{report}",
        "kind": Kind.PAPERS,
        "unit_id": person.unit_id,
        "person_id": person.id,
        "owner_id": by,
        "opens_at": now,
        "due_at": now + SHOWN_WITHIN,
        "facts": {"lacks": why},
    }
    await oblige(session, [row])


async def _owed(session: AsyncSession, person_id: int) -> list[Obligation]:
    found = await session.scalars(
        select(Obligation).where(
            Obligation.person_id == person_id,
            Obligation.kind == Kind.PAPERS,
            Obligation.outcome.is_(None),
        )
    )
    return list(found)


async def papers_shown(session: AsyncSession, person_id: int, by: int, now: datetime) -> None:
    """Her document is on record, wherever it was told."""
    for item in await _owed(session, person_id):
        await fulfil(session, item, by, now)


async def not_owed(session: AsyncSession, person_id: int, by: int, now: datetime) -> None:
    """What was told of her was withdrawn."""
    await settle(session, await _owed(session, person_id), Outcome.CANCELLED, by, now)
