"""Whom an account answers for: its own person, and those without a phone of their own."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import Account
from models.episodes import Episode
from models.messages import UserError
from models.obligations import REPORTED, Kind, Obligation, Outcome
from models.people import Person

ANSWERABLE = timedelta(hours=24)  # an older check-in is not made good by today's temperature


def answered_for(account: Account) -> ColumnElement[bool]:
    """Condition on Person."""
    return or_(Person.id == account.person_id, Person.guardian_id == account.id)


def answers_for(account: Account, person: Person) -> bool:
    """The same of one person."""
    return person.id == account.person_id or person.guardian_id == account.id


def unanswered() -> ColumnElement[bool]:
    """Condition on Obligation: nobody hears of it in chat, so a worker sees to it herself."""
    heard = select(Account.person_id).where(
        Account.person_id == Obligation.person_id, Account.blocked_at.is_(None)
    )
    guarded = select(Person.id).where(
        Person.id == Obligation.person_id, Person.guardian_id.is_not(None)
    )
    return ~(heard.exists() | guarded.exists())


async def hearers(session: AsyncSession, people: Collection[int]) -> dict[int, int]:
    """The account that hears for each of these people: her own, else whoever answers for her."""
    if not people:
        return {}
    found = await session.execute(
        select(Person.id, Person.guardian_id, func.max(Account.id))
        .outerjoin(Account, and_(Account.person_id == Person.id, Account.blocked_at.is_(None)))
        .where(Person.id.in_(people))
        .group_by(Person.id, Person.guardian_id)
    )
    every = {person: own or guardian for person, guardian, own in found}
    return {person: account for person, account in every.items() if account}


async def answering(session: AsyncSession, person: Person) -> Person | None:
    """Whose phone to call about a person: her own, else that of who answers for her."""
    if person.phone:
        return person
    guardian = select(Account.person_id).where(Account.id == person.guardian_id)
    found = await session.scalar(select(Person).where(Person.id == guardian.scalar_subquery()))
    return found if found is not None and found.phone else None


async def people_of(session: AsyncSession, account: Account) -> list[Person]:
    """Herself first."""
    found = await session.scalars(select(Person).where(answered_for(account)).order_by(Person.id))
    return sorted(found, key=lambda person: person.id != account.person_id)


async def observed(session: AsyncSession, account: Account) -> list[tuple[Person, Episode]]:
    """Those of them who are under observation."""
    found = await session.execute(
        select(Person, Episode)
        .join(Episode, Episode.person_id == Person.id)
        .where(answered_for(account), Episode.outcome.is_(None))
        .order_by(Person.id)
    )
    return [(person, episode) for person, episode in found]


async def open_duties(
    session: AsyncSession, account: Account, now: datetime, *kinds: Kind
) -> list[Obligation]:
    """What is open now for the account's people."""
    return await duties_of(session, answered_for(account), now, *kinds)


async def duties_of(
    session: AsyncSession, whose: ColumnElement[bool], now: datetime, *kinds: Kind
) -> list[Obligation]:
    """What is open now for these people (a condition on Person). Of several check-ins of one
    person the newest: one temperature answers one of them."""
    found = await session.scalars(
        select(Obligation)
        .join(Person, Person.id == Obligation.person_id)
        .where(
            whose,
            Obligation.kind.in_(kinds),
            Obligation.outcome.is_(None),
            Obligation.opens_at <= now,
        )
        .order_by(Obligation.due_at, Obligation.id)
    )
    out: dict[tuple[int | None, str], Obligation] = {}
    for item in found:
        if item.kind != Kind.CHECKIN:
            out[item.person_id, item.key] = item
        elif item.due_at > now - ANSWERABLE:
            out[item.person_id, "checkin"] = item
    return list(out.values())


def check_answerable(item: Obligation, now: datetime) -> None:
    """May a check-in or a test be answered now, whoever taps? What was reported may be reported
    better: that is the feature's own to say."""
    if item.outcome not in (None, Outcome.UNREACHABLE, *REPORTED):
        raise UserError("answer.over")
    if item.opens_at > now:
        raise UserError("answer.too_early", at=item.opens_at)


async def next_opening(
    session: AsyncSession, account: Account, now: datetime, kind: Kind
) -> datetime | None:
    """When the next one opens."""
    return await session.scalar(
        select(Obligation.opens_at)
        .join(Person, Person.id == Obligation.person_id)
        .where(
            answered_for(account),
            Obligation.kind == kind,
            Obligation.outcome.is_(None),
            Obligation.opens_at > now,
        )
        .order_by(Obligation.opens_at)
        .limit(1)
    )
