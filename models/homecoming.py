"""A resident away and the leads about her: she is expected, was found here, or is not here yet.

What is reported of her changes nothing in her record before somebody has verified it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.away import (
    Absence,
    AwayEnd,
    Intention,
    contact_due,
    contact_key,
    end_absence,
    open_absence_of,
)
from models.leads import Lead, LeadOutcome, LeadSource
from models.obligations import by_key, oblige

HERE = (LeadOutcome.VERIFIED, LeadOutcome.NO_RISK)  # the worker has found her


async def expected_by(
    session: AsyncSession, person_id: int, unit_id: int | None = None
) -> Lead | None:
    """The newest open lead of a person, in a unit or anywhere: somebody told us that she comes."""
    query = select(Lead).where(Lead.person_id == person_id, Lead.outcome.is_(None))
    if unit_id is not None:
        query = query.where(Lead.unit_id == unit_id)
    return await session.scalar(query.order_by(Lead.id.desc()).limit(1))


async def lead_ended(
    session: AsyncSession, lead: Lead, outcome: LeadOutcome, by: int | None, now: datetime
) -> None:
    """She is here: the record ends with how we came to know. She is not: somebody asks her."""
    if outcome == LeadOutcome.MERGED:
        return  # another report took its place
    absence = await open_absence_of(session, lead.person_id)
    if absence is None:
        return
    if outcome in HERE:
        absence.lead_id = lead.id
        how = AwayEnd.UNANNOUNCED if came_unannounced(lead) else AwayEnd.RETURNED
        await end_absence(session, absence, how, by, now)
        return
    await session.flush()
    if await expected_by(session, lead.person_id) is not None:
        return
    absence.planned_at = None
    if absence.intention == Intention.PLANNED:
        absence.intention = Intention.UNDECIDED
    await _ask_now(session, absence, now)


def came_unannounced(lead: Lead) -> bool:
    """Did others tell us, after she had come?"""
    told_here = lead.known_at is not None and lead.known_at >= lead.expected_at
    return told_here and lead.source != LeadSource.SELF_REPORT


async def _ask_now(session: AsyncSession, absence: Absence, now: datetime) -> None:
    due = await by_key(session, contact_key(absence))
    if due is None or not due.is_open():
        absence.rounds += 1
        absence.next_on = now.date()
        await oblige(session, [contact_due(absence, now, now + timedelta(hours=24))])


async def lead_reopened(session: AsyncSession, lead: Lead) -> None:
    """What the worker found is taken back, and so is what it ended."""
    absence = await session.scalar(
        select(Absence)
        .where(
            Absence.lead_id == lead.id,
            Absence.ended_how.in_((AwayEnd.RETURNED, AwayEnd.UNANNOUNCED)),
        )
        .with_for_update()
    )
    if absence is not None and await open_absence_of(session, absence.person_id) is None:
        absence.ended_at = absence.ended_how = absence.ended_by = None
