"""From what a resident away tells to what follows: contacts, a lead on the day of her return."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from models.away import (
    Absence,
    AbsenceContact,
    Intention,
    Told,
    Way,
    keep_in_touch,
    last_contact,
    move_contact,
    say,
)
from models.homecoming import expected_by
from models.identity import IdDocument, IdKind
from models.leads import Lead, LeadOutcome, LeadSource
from models.people import Person
from models.rules import Rules
from models.verification import Report, close_lead, open_lead

SAME_TAP = timedelta(minutes=10)


async def record_contact(
    session: AsyncSession,
    absence: Absence,
    person: Person,
    told: Told,
    by: int,
    rules: Rules,
    now: datetime,
    zone: ZoneInfo,
    *,
    put_right: bool = False,
) -> None:
    """She was reached: what she means to do, the next contact, and the lead of a planned return.

    `put_right`: the last contact is told anew, as it is by a second tap of the same thumb.
    """
    say(absence, told)
    contact = await last_contact(session, absence)
    put_right = put_right or _just_now(contact, by, now, reached=True)
    if contact is None or not put_right:
        contact = AbsenceContact(absence_id=absence.id, at=now, by_id=by, way=Way.PHONE)
        session.add(contact)
    contact.reached = True
    contact.intention, contact.promise = absence.intention, absence.promise
    contact.planned_at = absence.planned_at
    move = move_contact if put_right else keep_in_touch
    await move(session, absence, by, rules, now, zone)
    if absence.planned_at is not None:
        await expect(session, absence, person, absence.planned_at, now, zone)
    else:
        await expect_no_more(session, absence, by, now)


def _just_now(contact: AbsenceContact | None, by: int, now: datetime, *, reached: bool) -> bool:
    if contact is None or contact.by_id != by or contact.reached != reached:
        return False
    return contact.at > now - SAME_TAP


async def expect(
    session: AsyncSession,
    absence: Absence,
    person: Person,
    arrival_at: datetime,
    now: datetime,
    zone: ZoneInfo,
) -> Lead:
    """The lead of her return; the report that she made herself is taken as it is, but for the
    hour. Past hours: she is here already."""
    told = await expected_by(session, person.id, absence.unit_id)
    report = Report(
        name=person.name,
        phone=person.phone,
        document=_document(person),
        address=person.address or "",
        origin=(told.origin if told else absence.place) or "",
        transport=(told.transport if told else "") or "",
        expected_at=arrival_at,
        unit_id=absence.unit_id,
        source=LeadSource(told.source) if told else LeadSource.VISIT,
    )
    lead, _ = await open_lead(session, report, person, None, None, now, zone)
    return lead


async def expect_no_more(session: AsyncSession, absence: Absence, by: int, now: datetime) -> None:
    """She will not come after all; a report that says that she is here stays to be verified."""
    lead = await expected_by(session, absence.person_id, absence.unit_id)
    if lead is not None and lead.expected_at > now:
        await close_lead(session, lead, LeadOutcome.WITHDRAWN, by, now)


def _document(person: Person) -> IdDocument | None:
    if person.id_kind is None or person.id_number is None:
        return None
    return IdDocument(kind=IdKind(person.id_kind), number=person.id_number)


async def note_missed(
    session: AsyncSession, absence: Absence, by: int, now: datetime
) -> AbsenceContact:
    """Nobody answered: the contact stays due, its ladder goes on."""
    last = await last_contact(session, absence)
    if last is not None and _just_now(last, by, now, reached=False):
        return last
    contact = AbsenceContact(absence_id=absence.id, at=now, by_id=by, way=Way.PHONE, reached=False)
    session.add(contact)
    await session.flush()
    return contact


def intends(intention: Intention, absence: Absence) -> Told:
    """The new intention; her promise stands as it was."""
    return Told(intention, absence.promise)
