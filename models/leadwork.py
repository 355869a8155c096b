"""What a worker does to a lead after it was opened: says whom it is about, hands it over, finds
that an earlier finding holds, takes a finding back, or its report. Ending it is verification.py's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import homecoming
from models.attempts import end_retries
from models.batches import expect_again, look_at_batches
from models.bringing import take_source_back
from models.identity import IdDocument
from models.leads import Lead, LeadOutcome, LeadSource
from models.messages import UserError
from models.obligations import Obligation, by_key, look_again
from models.papers import papers_shown
from models.people import Person, id_index, person_by_document
from models.replies import reply, take_reply_back
from models.sources import Source
from models.units import Unit
from models.verification import TIME_TO_ACT, close_lead, verify_key


async def source_of(session: AsyncSession, submission_id: int) -> Source | None:
    """What a submission told of somebody."""
    return await session.scalar(select(Source).where(Source.submission_id == submission_id))


async def take_back(session: AsyncSession, submission_id: int, by: int, now: datetime) -> None:
    """The source that a submission brought is none. Raises UserError when somebody has found out
    about the lead already."""
    source = await source_of(session, submission_id)
    if source is None:
        return
    lead = await session.get_one(Lead, source.lead_id, with_for_update=True)
    if lead.outcome is not None:
        raise UserError("newlead.verified_already")
    await take_source_back(session, source, by, now)


async def reopen_lead(session: AsyncSession, lead: Lead, now: datetime) -> None:
    """What a worker found is taken back: the lead is hers again, its ladder begins anew."""
    await homecoming.lead_reopened(session, lead)
    await expect_again(session, lead.id, now)
    await take_reply_back(session, lead)
    lead.outcome = lead.outcome_at = lead.outcome_by = lead.place = None
    found = await by_key(session, verify_key(lead.id))
    assert found is not None, "every lead has its verification"
    found.outcome = found.outcome_at = found.outcome_by = found.reason = None
    found.due_at = max(found.due_at, now + TIME_TO_ACT)
    await look_again(session, found, found.due_at)


async def identify(
    session: AsyncSession, lead: Lead, person: Person, document: IdDocument, by: int, now: datetime
) -> Person:
    """Whom a lead is about, now that her document is known: herself, or somebody whom we knew.

    Then the row made of what was told goes tonight; an open lead that she had takes the sources in.
    """
    await papers_shown(session, person.id, by, now)
    known = await person_by_document(session, document)
    if known is None:
        person.id_kind, person.id_number = document.kind, document.number
        person.id_index = id_index(document)
    if known is None or known is person:
        return person
    open_one = await session.scalar(
        select(Lead)
        .where(Lead.person_id == known.id, Lead.outcome.is_(None), Lead.id != lead.id)
        .order_by(Lead.id)
        .limit(1)
    )
    lead.person_id = known.id
    await session.execute(
        update(Obligation).where(Obligation.lead_id == lead.id).values(person_id=known.id)
    )
    if person.id_index is None and person.listed_at is None and person.purge_on is not None:
        person.purge_on = now.date()
    if open_one is not None:
        await session.execute(
            update(Source).where(Source.lead_id == lead.id).values(lead_id=open_one.id)
        )
        await close_lead(session, lead, LeadOutcome.MERGED, by, now)
    return known


async def hand_over(session: AsyncSession, lead: Lead, unit: Unit, now: datetime) -> None:
    """The lead goes to another unit: nobody has it there yet, and its worker gets time to act."""
    lead.unit_id, lead.claimed_by, lead.claimed_at = unit.id, None, None
    await end_retries(session, lead.id, None, now, over=True)
    found = await by_key(session, verify_key(lead.id))
    assert found is not None, "every lead has its verification"
    found.unit_id, found.owner_id = unit.id, None
    found.facts = {k: v for k, v in found.facts.items() if k not in ("tries", "may_end")}
    found.due_at = max(found.due_at, now + TIME_TO_ACT)
    await look_again(session, found, now)


async def confirm(
    session: AsyncSession, lead: Lead, earlier: Lead, sources: Sequence[int], by: int, now: datetime
) -> None:
    """What was found before still holds: it answers these sources, all that the lead has, and she
    is counted once."""
    answered = await session.scalars(
        select(Source).where(Source.id.in_(sources), Source.channel == LeadSource.SENTINEL)
    )
    if earlier.outcome is not None:
        await reply(session, answered.all(), earlier.outcome, now)
    await session.execute(
        update(Source)
        .where(Source.id.in_(sources), Source.lead_id == lead.id)
        .values(lead_id=earlier.id, confirmed_at=now)
        .execution_options(synchronize_session=False)
    )
    await close_lead(session, lead, LeadOutcome.MERGED, by, now)
    await look_at_batches(session, earlier.id, now)


async def take_apart(session: AsyncSession, lead: Lead, sources: Sequence[int]) -> None:
    """It does not hold after all: the lead has its sources again, and is to be reopened."""
    await session.execute(
        update(Source)
        .where(Source.id.in_(sources), Source.confirmed_at.is_not(None))
        .values(lead_id=lead.id, confirmed_at=None)
        .execution_options(synchronize_session=False)
    )
