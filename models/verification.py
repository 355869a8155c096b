"""From a report to a verified lead: who is meant, what the worker found.

Knows no chat: handlers bring typed answers, and get rows back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import homecoming
from models.accounts import Account
from models.attempts import end_retries
from models.batches import look_at_batches
from models.clock import at_local, local_day
from models.identity import IdDocument
from models.leads import Lead, LeadOutcome, LeadSource
from models.leave import stood_in_for
from models.obligations import Kind, Obligation, Outcome, by_key, look_again, oblige, settle
from models.people import (
    Person,
    id_index,
    person_by_document,
    phone_index,
)
from models.replies import reply, told_by_records
from models.rules import Rules, rules_for
from models.sources import (
    KEEP_DAYS,
    ON_ARRIVAL,
    PROMISED,
    Source,
    Told,
    deadline,
    found_before,
    purge_day,
    sources_of,
)
from models.units import Unit

__all__ = ["KEEP_DAYS"]  # of every submission, not of leads alone

TIME_TO_ACT = timedelta(hours=2)  # for whoever gets a lead whose time is nearly over
DAY_BEGINS = time(8)


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody told of a person who came or will come."""

    name: str
    phone: str | None
    document: IdDocument | None  # None: a person on record without papers
    address: str
    origin: str
    transport: str
    expected_at: datetime
    unit_id: int
    source: LeadSource = LeadSource.SELF_REPORT

    def told(self) -> Told:
        """An hour of arrival is known of these channels alone, unless somebody has told it."""
        arrived = self.source not in ON_ARRIVAL
        where = (self.address, self.origin, self.transport)
        return Told(self.name, self.phone, self.document, *where, arrived=arrived)


async def remember_person(
    session: AsyncSession, report: Report, now: datetime
) -> tuple[Person, bool]:
    """The person of a report, and whether she is new to us.

    One who is in the roster keeps her row: what a stranger types about her changes nothing
    before a worker has verified it. She is only kept as long as the newest report of her.
    """
    assert report.document is not None, "a stranger is known by her papers"
    known = await person_by_document(session, report.document)
    if known is not None:
        if known.purge_on is not None:
            known.purge_on = max(known.purge_on, purge_day(report.expected_at))
        return known, False
    person = Person(
        unit_id=report.unit_id,
        name=report.name,
        phone=report.phone,
        phone_index=phone_index(report.phone) if report.phone else None,
        id_kind=report.document.kind,
        id_number=report.document.number,
        id_index=id_index(report.document),
        address=report.address,
        created_at=now,
        purge_on=purge_day(report.expected_at),
    )
    session.add(person)
    await session.flush()
    return person, True


@dataclass(frozen=True, slots=True)
class Renewed:
    """A lead that a report took over or brought to its end, as it was before. `joined`: it came by
    other channels, and this report is one more source."""

    lead_id: int
    submission_id: int | None
    unit_id: int
    claimed_by: int | None
    joined: bool = False


async def open_lead(
    session: AsyncSession,
    report: Report,
    person: Person,
    account_id: int | None,
    submission_id: int | None,
    now: datetime,
    zone: ZoneInfo,
    corrected: Lead | None = None,
) -> tuple[Lead, list[Renewed]]:
    """A lead for the grid worker; it waits for the day of a planned arrival.

    Report once, count once: an open lead of the same person in the same unit takes the report in,
    and whoever has claimed it keeps it; so does the lead of the report that this one corrects.
    What the same account reported to another unit ends. What others report to another unit stands
    beside it: nobody can take somebody else's lead away from its worker.
    """
    earlier = await _given_up(session, person, report.unit_id, account_id, corrected)
    lead = next((one for one in earlier if one.unit_id == report.unit_id), None)
    before = [Renewed(o.id, o.submission_id, o.unit_id, o.claimed_by) for o in earlier]
    if lead is None:
        lead = Lead(unit_id=report.unit_id, source=report.source, created_at=now)
        session.add(lead)
    postponed = lead.expected_at != report.expected_at
    if _newly_told(lead, report):
        lead.known_at = now
    if account_id and not await _speaks_for_herself(session, lead, person, account_id):
        lead.account_id = account_id
    lead.person_id, lead.submission_id = person.id, submission_id or lead.submission_id
    lead.origin, lead.transport = report.origin, report.transport
    lead.expected_at, lead.purge_on = report.expected_at, purge_day(report.expected_at)
    await session.flush()
    for one in earlier:
        if one is not lead:
            await _merge(session, one, lead, report.source, account_id, now)
    sources = (await sources_of(session, [lead.id])).get(lead.id, [])
    mine = next((one for one in sources if one.channel == report.source), None)
    first = mine is None
    if mine is None:
        before = [replace(o, joined=o.lead_id == lead.id and bool(sources)) for o in before]
        mine = Source(lead_id=lead.id, channel=report.source, pushed_at=now, created_at=now)
    mine.account_id, mine.submission_id = account_id, submission_id
    mine.told, mine.purge_on = report.told().dump(), lead.purge_on
    if first or postponed or lead.claimed_by is None:
        rules = await _rules(session, lead)
        moved = [s for s in sources if postponed and s.channel in PROMISED]
        for source in (mine, *moved):
            since = lead.expected_at if source.channel in ON_ARRIVAL else source.pushed_at
            source.due_at = deadline(source.channel, since, now, rules, zone)
        session.add(mine)
        due_at = min(one.due_at for one in (mine, *sources))
        found = await found_before(session, [person.id], now, rules, zone) if first else {}
        await _ask_to_verify(session, lead, due_at, found.get(person.id), now, zone)
    return lead, before


def _newly_told(lead: Lead, report: Report) -> bool:
    """Does the report tell of an arrival that we did not know? An hour that is put right once
    she is here is none."""
    if lead.known_at is None:
        return True
    return lead.known_at < lead.expected_at != report.expected_at


async def _merge(
    session: AsyncSession, old: Lead, lead: Lead, channel: LeadSource, by: int | None, now: datetime
) -> None:
    """Who reported it has reported again; what others told of her goes along."""
    await session.execute(
        update(Source)
        .where(Source.lead_id == old.id, Source.channel != channel)
        .values(lead_id=lead.id)
    )
    await close_lead(session, old, LeadOutcome.MERGED, by, now)


async def _rules(session: AsyncSession, lead: Lead) -> Rules:
    unit = await session.get(Unit, lead.unit_id)
    assert unit is not None, "a lead belongs to a unit"
    return await rules_for(session, unit)


async def _speaks_for_herself(
    session: AsyncSession, lead: Lead, person: Person, account_id: int
) -> bool:
    """Did she report herself before somebody else reported her? Then she is the one to be told
    what comes of it, not whoever knows her number."""
    if lead.account_id in (None, account_id):
        return False
    reporter = await session.get(Account, lead.account_id)
    return reporter is not None and reporter.person_id == person.id


async def _given_up(
    session: AsyncSession,
    person: Person,
    unit_id: int,
    account_id: int | None,
    corrected: Lead | None,
) -> list[Lead]:
    """The open leads that a new report takes the place of, the corrected one first."""
    same = Lead.unit_id == unit_id
    if account_id is not None:
        same = or_(same, Lead.account_id == account_id)
    found = await session.scalars(
        select(Lead)
        .where(Lead.person_id == person.id, Lead.outcome.is_(None), same)
        .order_by(Lead.id)
        .with_for_update()
    )
    others = [one for one in found if one is not corrected]
    return [corrected, *others] if corrected is not None else others


async def _ask_to_verify(
    session: AsyncSession,
    lead: Lead,
    due_at: datetime,
    earlier: dict[str, Any] | None,
    now: datetime,
    zone: ZoneInfo,
) -> None:
    """Its verification; of a lead that has changed it is asked anew."""
    opens_at = max(now, at_local(local_day(lead.expected_at, zone), DAY_BEGINS, zone))
    if lead.expected_at <= now:
        opens_at = now
    found = await by_key(session, verify_key(lead.id))
    if found is not None:
        found.person_id, found.opens_at, found.due_at = lead.person_id, opens_at, due_at
        await look_again(session, found, opens_at)
        return
    row = {
        "key": verify_key(lead.id),
        "kind": Kind.VERIFY,
        "unit_id": lead.unit_id,
        "person_id": lead.person_id,
        "lead_id": lead.id,
        "opens_at": opens_at,
        "due_at": due_at,
        "facts": {"before": earlier} if earlier else {},
    }
    await oblige(session, [row])


def verify_key(lead_id: int) -> str:
    return f"verify:lead{lead_id}"


async def close_lead(
    session: AsyncSession, lead: Lead, outcome: LeadOutcome, by: int | None, now: datetime
) -> None:
    """End a lead; its obligation ends with it, as done when a worker found something out."""
    lead.outcome, lead.outcome_at, lead.outcome_by = outcome, now, by
    await homecoming.lead_ended(session, lead, outcome, by, now)
    await end_retries(session, lead.id, by, now, over=True)
    await look_at_batches(session, lead.id, now)
    await reply(session, await told_by_records(session, lead.id), outcome, now)
    found = await by_key(session, verify_key(lead.id))
    if found is None or not found.is_open():
        return
    if outcome in (LeadOutcome.MERGED, LeadOutcome.WITHDRAWN):
        await settle(session, [found], Outcome.CANCELLED, by, now, outcome)
    else:
        late = now > found.due_at
        await settle(session, [found], Outcome.LATE if late else Outcome.DONE, by, now, outcome)


async def claim(session: AsyncSession, obligation: Obligation, by: int, now: datetime) -> bool:
    """Take an obligation on; False when somebody else has it already."""
    if obligation.owner_id not in (None, by):
        return False
    if obligation.owner_id is None:
        obligation.owner_id, obligation.claimed_at = by, now
        # Claimed by a stand-in it is hers for whom she stands in, when she is back.
        obligation.held_for_id = await stood_in_for(session, by, obligation.unit_id, now)
    if obligation.lead_id is not None:
        lead = await session.get(Lead, obligation.lead_id)
        if lead is not None and lead.claimed_by is None:
            lead.claimed_by, lead.claimed_at = by, now
    return True
