"""When what names a person goes: each kind of fact on its day. The counts stay.

A roster resident, a member of staff, a stranger: whoever is kept longer than what she told gives
up the parts on their own days. An address of a door that nobody lives behind names nobody; it
stays, because it leads the next report to its grid.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from models import inbox, outbox
from models.accounts import Account, Assignment
from models.base import Base
from models.episodes import Episode
from models.inbox import Conversation
from models.leads import Lead
from models.obligations import Obligation
from models.people import Household, Person
from models.registers import Submission
from models.samples import Sample
from models.verification import KEEP_DAYS

KEPT = timedelta(days=KEEP_DAYS)
STAFF_KEPT = timedelta(days=365)  # who did what can be asked for a year after she left
INBOX_KEPT = timedelta(days=3)  # a platform offers an update again for a day at most
OUTBOX_KEPT = timedelta(days=14)
DRAFT_KEPT = timedelta(days=14)
PEOPLE_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Rule:
    """Rows of `table` that are past their time at (now, today) have some columns blanked."""

    table: type[Base]
    past: Callable[[datetime, date], ColumnElement[bool]]
    blank: Mapping[str, object]


_OBSERVED = select(Episode.person_id).where(Episode.outcome.is_(None))


def _at_rest(person_id: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    """Nobody's, or of somebody who is not under observation."""
    return or_(person_id.is_(None), person_id.not_in(_OBSERVED))


def _has_role(now: datetime) -> ColumnElement[bool]:
    kept = or_(Assignment.until_at.is_(None), Assignment.until_at > now - STAFF_KEPT)
    return Account.id.in_(
        select(Assignment.account_id).where(Assignment.account_id.is_not(None), kept)
    )


_ANSWERS_FOR = Account.id.in_(select(Person.guardian_id).where(Person.guardian_id.is_not(None)))

RULES = (
    Rule(
        Submission,
        lambda _, today: Submission.purge_on <= today,
        {"answers": "{}", "purge_on": None},
    ),
    Rule(
        Lead,
        lambda _, today: and_(
            Lead.purge_on <= today,
            or_(Lead.origin.is_not(None), Lead.transport.is_not(None)),
            _at_rest(Lead.person_id),
        ),
        {"origin": None, "transport": None},
    ),
    Rule(
        Obligation,
        lambda now, _: and_(
            Obligation.detail.is_not(None),
            Obligation.due_at <= now - KEPT,
            _at_rest(Obligation.person_id),
        ),
        {"detail": None},
    ),
    Rule(
        Sample,
        lambda now, _: and_(
            Sample.photo.is_not(None), Sample.sampled_at <= now - KEPT, _at_rest(Sample.person_id)
        ),
        {"photo": None},
    ),
    Rule(
        Assignment,
        lambda now, _: and_(
            Assignment.until_at <= now - STAFF_KEPT,
            or_(Assignment.name.is_not(None), Assignment.phone.is_not(None)),
        ),
        {"name": None, "phone": None, "phone_index": None},
    ),
    Rule(
        Account,
        lambda now, _: and_(
            Account.name.is_not(None),
            Account.created_at <= now - KEPT,
            Account.person_id.is_(None),
            ~_has_role(now),
            ~_ANSWERS_FOR,
        ),
        {"name": None},
    ),
    Rule(
        Conversation,
        lambda now, _: Conversation.draft_at < now - DRAFT_KEPT,
        {"draft": None, "draft_at": None},
    ),
)


async def purge(session: AsyncSession, now: datetime, today: date) -> bool:
    """Forget what is past its day; False when there are more people than one transaction takes."""
    if not await forget_people(session, today):
        return False
    for rule in RULES:
        await session.execute(
            update(rule.table)
            .where(rule.past(now, today))
            .values(**rule.blank)
            .execution_options(synchronize_session=False)
        )
    await inbox.purge(session, now - INBOX_KEPT)
    await outbox.purge(session, now - OUTBOX_KEPT, now - KEPT)
    return True


async def forget_people(session: AsyncSession, today: date) -> bool:
    """Blank those whose day has come and who are not under observation; True when none is left."""
    over = select(Person.id).where(Person.purge_on <= today, Person.id.not_in(_OBSERVED))
    gone = list(await session.scalars(over.limit(PEOPLE_AT_ONCE)))
    if gone:
        await _forget(session, gone)
    return len(gone) < PEOPLE_AT_ONCE


async def _forget(session: AsyncSession, gone: Sequence[int]) -> None:
    """Nothing that names these people outlives their day."""
    person = Person.id.in_(gone)
    told = ("phone", "phone_index", "id_kind", "id_number", "id_index", "address")
    tied = ("guardian_id", "household_id", "purge_on")
    for table, whose, blank in (
        (Person, person, {"name": "", **dict.fromkeys((*told, *tied))}),
        (Household, Household.head_id.in_(gone), {"head_id": None}),
        (Account, Account.person_id.in_(gone), {"person_id": None}),
        (Lead, Lead.person_id.in_(gone), {"origin": None, "transport": None}),
        (Obligation, Obligation.person_id.in_(gone), {"detail": None}),
        (Sample, Sample.person_id.in_(gone), {"photo": None}),
    ):
        await session.execute(update(table).where(whose).values(**blank))
