"""Leads that a record of a register brings: as many as the people whom it tells of, put right with
its correction, taken back with it. What a worker has found out stays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.leads import UNDECIDED, Lead, LeadOutcome, LeadSource
from models.messages import Outbound, Text
from models.outbox import Letter, enqueue
from models.people import Person
from models.pushes import Push, Taken, take_in
from models.registers import Submission
from models.rules import rules_for
from models.sources import Source, Told
from models.units import Unit
from models.verification import close_lead

UNREACHED = (LeadOutcome.EMPTY_NUMBER, *UNDECIDED)


async def bring(
    session: AsyncSession,
    record: Submission,
    people: Sequence[tuple[Told, Unit]],
    now: datetime,
    zone: ZoneInfo,
) -> list[Taken]:
    """A lead for each of these people, or one more source of the lead that she has. A correction
    leaves those alone of whom it says the same; what it tells no more is taken back."""
    left = await _standing(session, record, people, now)
    if not left:
        return []
    rules = await rules_for(session, left[0][1])
    pushes = [
        Push(
            told,
            unit.id,
            LeadSource.SENTINEL,
            pushed_at=now,
            account_id=record.actor_id,
            submission_id=record.id,
        )
        for told, unit in left
    ]
    return await take_in(session, pushes, now, rules, zone)


async def _standing(
    session: AsyncSession,
    record: Submission,
    people: Sequence[tuple[Told, Unit]],
    now: datetime,
) -> list[tuple[Told, Unit]]:
    """Hand the sources of the record that is corrected on to this one; who is new in it."""
    left = {(told.name, told.address): (told, unit) for told, unit in people}
    for source in await sources_of_record(session, record.supersedes_id):
        said = source.facts()
        who = (str(said.get("name", "")), str(said.get("address", "")))
        lead = await session.get_one(Lead, source.lead_id)
        mended = who in left and left[who][0].phone != said.get("phone")
        if who not in left and lead.outcome is None:
            await take_source_back(session, source, record.actor_id, now)
            continue
        if lead.outcome in UNREACHED and (mended or who not in left):
            continue  # now perhaps she can be
        source.submission_id = record.id
        if who in left:
            source.told = left.pop(who)[0].dump()
            await _tell(session, lead, "mended", f"mended:s{record.id}", now, told=mended)
        elif left:
            left.popitem()  # she was found under the name that was told first
    await session.flush()
    return list(left.values())


async def sources_of_record(session: AsyncSession, record_id: int | None) -> Sequence[Source]:
    found = await session.scalars(
        select(Source)
        .where(Source.submission_id == record_id, Source.channel == LeadSource.SENTINEL)
        .order_by(Source.id)
    )
    return found.all() if record_id is not None else []


async def take_record_back(session: AsyncSession, record_id: int, by: int, now: datetime) -> None:
    """It told of nobody after all."""
    for source in await sources_of_record(session, record_id):
        lead = await session.get_one(Lead, source.lead_id)
        if lead.outcome is None:
            await take_source_back(session, source, by, now)


async def take_source_back(session: AsyncSession, source: Source, by: int, now: datetime) -> None:
    """A source is none; an open lead that nobody else told of ends, and whoever has taken it on,
    and may be on her way to the door, hears so."""
    lead = await session.get_one(Lead, source.lead_id, with_for_update=True)
    others = await session.scalar(
        select(Source.id).where(Source.lead_id == lead.id, Source.id != source.id).limit(1)
    )
    if others is None:
        await close_lead(session, lead, LeadOutcome.WITHDRAWN, by, now)
        await _tell(session, lead, "withdrawn", "withdrawn", now)
    source.key = source.batch_id = None  # the letter may name her again
    await session.flush()
    if others is not None:
        await session.delete(source)


async def _tell(
    session: AsyncSession, lead: Lead, what: str, key: str, now: datetime, *, told: bool = True
) -> None:
    person = await session.get(Person, lead.person_id)
    if told and lead.outcome in (None, LeadOutcome.WITHDRAWN) and lead.claimed_by and person:
        message = Outbound((Text(f"newlead.{what}", {"name": person.name}),))
        await enqueue(session, [Letter(f"{key}:lead{lead.id}", lead.claimed_by, message)], now)
