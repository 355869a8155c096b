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

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from models import files, inbox, jobs, outbox
from models.accounts import Account, Assignment
from models.away import Absence
from models.base import Base
from models.broadcasts import Broadcast
from models.duty import Shift
from models.episodes import Episode
from models.groups import Group
from models.inbox import Conversation
from models.jobs import Job
from models.leads import Lead
from models.obligations import Obligation
from models.people import Household, KnownAs, Person
from models.records import Verdict
from models.registers import Submission
from models.rings import Ring
from models.samples import Sample
from models.sources import Source
from models.tenancies import Tenancy
from models.tips import Tip
from models.twins import Twins
from models.venues.problem import Problem, ProblemStep
from models.venues.staff import VenueStaff
from models.venues.suggestion import Suggestion
from models.venues.suspension import Suspension
from models.verification import KEEP_DAYS
from models.volunteers import Volunteer

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

_NO_LANDLORD = {"landlord_name": None, "landlord_phone": None}
_NO_VOLUNTEER: Mapping[str, object] = {
    **dict.fromkeys(("name", "phone", "phone_index")),
    **{"skills": [], "days": [], "parts": []},  # what she can do and when tells who she is
}
_NO_VENUE_STAFF = dict.fromkeys(("name", "title", "phone", "phone_index", "person_id"))
_SAID_OF_LEADS = {"origin": None, "transport": None, "place": None}

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
            or_(Lead.origin.is_not(None), Lead.transport.is_not(None), Lead.place.is_not(None)),
            _at_rest(Lead.person_id),
        ),
        _SAID_OF_LEADS,
    ),
    Rule(
        Source,
        lambda _, today: and_(
            Source.purge_on <= today,
            Source.told.is_not(None),
            Source.lead_id.not_in(select(Lead.id).where(Lead.person_id.in_(_OBSERVED))),
        ),
        {"told": None},
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
        Broadcast,
        lambda _, today: and_(Broadcast.purge_on <= today, Broadcast.words.is_not(None)),
        {"words": None},
    ),
    Rule(
        Absence,
        lambda now, _: and_(Absence.place.is_not(None), Absence.ended_at <= now - KEPT),
        {"place": None},
    ),
    Rule(
        Tip,
        lambda _, today: Tip.purge_on <= today,
        {
            **dict.fromkeys(("sender", "sender_index", "text", "place", "photo")),
            "purge_on": None,
        },
    ),
    Rule(
        Sample,
        lambda now, _: and_(
            Sample.photo.is_not(None), Sample.sampled_at <= now - KEPT, _at_rest(Sample.person_id)
        ),
        {"photo": None},
    ),
    Rule(
        Tenancy,
        lambda _, today: and_(
            Tenancy.until_on <= today - KEPT,
            or_(Tenancy.landlord_name.is_not(None), Tenancy.landlord_phone.is_not(None)),
        ),
        _NO_LANDLORD,
    ),
    Rule(
        Shift,
        lambda now, _: and_(Shift.note.is_not(None), Shift.until_at <= now - KEPT),
        {"note": None},
    ),
    Rule(
        Verdict,
        lambda now, _: and_(Verdict.note.is_not(None), Verdict.at <= now - KEPT),
        {"note": None},
    ),
    Rule(
        ProblemStep,
        lambda _, today: and_(
            ProblemStep.purge_on <= today,
            or_(ProblemStep.word.is_not(None), ProblemStep.photo.is_not(None)),
        ),
        {"word": None, "photo": None},
    ),
    Rule(
        Problem,
        lambda now, _: and_(
            Problem.closed_at <= now - KEPT,
            or_(Problem.word.is_not(None), Problem.photo.is_not(None)),
        ),
        {"word": None, "photo": None},
    ),
    Rule(
        Suspension,
        lambda _, today: and_(Suspension.purge_on <= today, Suspension.word.is_not(None)),
        {"word": None},
    ),
    Rule(
        Suggestion,
        lambda _, today: and_(Suggestion.purge_on <= today, Suggestion.word.is_not(None)),
        {"word": None},
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
        Volunteer,
        lambda now, _: and_(Volunteer.ended_at <= now - KEPT, Volunteer.name.is_not(None)),
        _NO_VOLUNTEER,
    ),
    Rule(
        VenueStaff,
        lambda now, _: and_(VenueStaff.left_at <= now - KEPT, VenueStaff.name.is_not(None)),
        _NO_VENUE_STAFF,
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
        Group,
        lambda now, _: and_(Group.title.is_not(None), Group.left_at <= now - KEPT),
        {"title": None},
    ),
    Rule(
        Job,
        lambda now, _: and_(Job.task.is_not(None), Job.created_at <= now - jobs.KEPT),
        {"task": None},
    ),
    Rule(
        Conversation,
        lambda now, _: Conversation.draft_at < now - DRAFT_KEPT,
        {"draft": None, "draft_at": None},
    ),
)


async def purge(session: AsyncSession, now: datetime, today: date) -> bool:
    """Forget what is past its day; False when there are more people than one transaction takes."""
    if not await forget_people(session, now, today):
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
    await files.purge(session, today)
    return True


async def forget_people(session: AsyncSession, now: datetime, today: date) -> bool:
    """Blank those whose day has come and who are not under observation; True when none is left."""
    over = select(Person.id).where(Person.purge_on <= today, Person.id.not_in(_OBSERVED))
    gone = list(await session.scalars(over.limit(PEOPLE_AT_ONCE)))
    if gone:
        await _forget(session, gone, now)
    return len(gone) < PEOPLE_AT_ONCE


async def _forget(session: AsyncSession, gone: Sequence[int], now: datetime) -> None:
    """Nothing that names these people outlives their day; in the roster they stand no more."""
    person = Person.id.in_(gone)
    await session.execute(
        update(Person)
        .where(person, Person.listed_at.is_not(None), Person.moved_out_at.is_(None))
        .values(moved_out_at=now)
    )
    told = ("phone", "phone_index", "id_kind", "id_number", "id_index", "address", "care")
    heard = ("sound_index", "look_index")
    leads = select(Lead.id).where(Lead.person_id.in_(gone))
    tied = ("guardian_id", "household_id", "purge_on")
    for table, whose, blank in (
        (Person, person, {"name": "", **dict.fromkeys((*told, *heard, *tied))}),
        (Household, Household.head_id.in_(gone), {"head_id": None}),
        (Ring, Ring.head_id.in_(gone), {"head_id": None, "agreed_at": None}),
        (Account, Account.person_id.in_(gone), {"person_id": None}),
        (Lead, Lead.person_id.in_(gone), _SAID_OF_LEADS),
        (Source, Source.lead_id.in_(leads), {"told": None}),
        (Obligation, Obligation.person_id.in_(gone), {"detail": None}),
        (Sample, Sample.person_id.in_(gone), {"photo": None}),
        (Tenancy, Tenancy.person_id.in_(gone), _NO_LANDLORD),
        (Absence, Absence.person_id.in_(gone), {"place": None}),
        (VenueStaff, VenueStaff.person_id.in_(gone), {"person_id": None}),
        (Volunteer, Volunteer.person_id.in_(gone), {"ended_at": now, **_NO_VOLUNTEER}),
    ):
        await session.execute(update(table).where(whose).values(**blank))
    for other, hers in (
        (KnownAs, KnownAs.person_id.in_(gone)),
        (Twins, or_(Twins.first_id.in_(gone), Twins.second_id.in_(gone))),
    ):
        await session.execute(delete(other).where(hers))
