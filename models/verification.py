"""From a report to a verified lead: who is meant, whose grid it is, what the worker found.

Knows no chat: handlers bring typed answers, and get rows back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import Account
from models.clock import at_local, local_day
from models.identity import IdDocument
from models.leads import Lead, LeadOutcome, LeadSource
from models.obligations import Kind, Obligation, Outcome, by_key, look_again, oblige, settle
from models.people import (
    Person,
    address_key,
    households_at,
    id_index,
    person_by_document,
    phone_index,
)
from models.units import Level, Unit

KEEP_DAYS = 90  # how long a report is kept once nothing follows from it
VERIFY_WITHIN = timedelta(hours=2)  # know a returnee within two hours of arrival
DAY_BEGINS = time(8)
NIGHT, MORNING = time(22), time(7)  # nobody is sent to a door; the ladders' quiet hours


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody told of a person who came or will come."""

    name: str
    phone: str | None
    document: IdDocument
    address: str
    origin: str
    transport: str
    expected_at: datetime
    unit_id: int
    source: LeadSource = LeadSource.SELF_REPORT


async def grid_for(
    session: AsyncSession, address: str, gate: Unit | None, top: Unit
) -> Unit | None:
    """The unit that an address leads to: its household's, one that it names, the gate's.

    None when nothing tells: then the person is asked for the village.
    """
    homes = await households_at(session, address, gate.path if gate else top.path)
    if homes:
        return await session.get(Unit, homes[0].unit_id)
    if gate is not None and gate.level in (Level.GRID, Level.VILLAGE):
        return gate
    return await _named_in(session, address, (gate or top).path)


async def _named_in(session: AsyncSession, address: str, path: str) -> Unit | None:
    """The deepest grid or village whose name stands in the address."""
    key = address_key(address)
    local = await session.scalars(
        select(Unit).where(Unit.path.startswith(path), Unit.level.in_((Level.GRID, Level.VILLAGE)))
    )
    named = [unit for unit in local if address_key(unit.name) in key]
    return max(named, key=lambda u: (u.level == Level.GRID, len(u.name)), default=None)


async def remember_person(
    session: AsyncSession, report: Report, now: datetime
) -> tuple[Person, bool]:
    """The person of a report, and whether she is new to us.

    One who is in the roster keeps her row: what a stranger types about her changes nothing
    before a worker has verified it. She is only kept as long as the newest report of her.
    """
    known = await person_by_document(session, report.document)
    if known is not None:
        if known.purge_on is not None:
            known.purge_on = max(known.purge_on, _purge_on(report.expected_at))
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
        purge_on=_purge_on(report.expected_at),
    )
    session.add(person)
    await session.flush()
    return person, True


def _purge_on(expected_at: datetime) -> date:
    return (expected_at + timedelta(days=KEEP_DAYS)).date()


@dataclass(frozen=True, slots=True)
class Renewed:
    """A lead that a report took over or brought to its end, as it was before."""

    lead_id: int
    submission_id: int | None
    unit_id: int
    claimed_by: int | None


async def open_lead(
    session: AsyncSession,
    report: Report,
    person: Person,
    account_id: int,
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
    for one in earlier:
        if one is not lead:
            await close_lead(session, one, LeadOutcome.MERGED, account_id, now)
    if lead is None:
        lead = Lead(unit_id=report.unit_id, created_at=now)
        session.add(lead)
    postponed = lead.expected_at != report.expected_at
    if not await _speaks_for_herself(session, lead, person, account_id):
        lead.account_id = account_id
    lead.person_id, lead.submission_id = person.id, submission_id
    lead.source, lead.origin, lead.transport = report.source, report.origin, report.transport
    lead.expected_at, lead.purge_on = report.expected_at, _purge_on(report.expected_at)
    await session.flush()
    if postponed or lead.claimed_by is None:
        await _ask_to_verify(session, lead, now, zone)
    return lead, before


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
    session: AsyncSession, person: Person, unit_id: int, account_id: int, corrected: Lead | None
) -> list[Lead]:
    """The open leads that a new report takes the place of, the corrected one first."""
    found = await session.scalars(
        select(Lead)
        .where(
            Lead.person_id == person.id,
            Lead.outcome.is_(None),
            or_(Lead.unit_id == unit_id, Lead.account_id == account_id),
        )
        .order_by(Lead.id)
        .with_for_update()
    )
    others = [one for one in found if one is not corrected]
    return [corrected, *others] if corrected is not None else others


async def _ask_to_verify(session: AsyncSession, lead: Lead, now: datetime, zone: ZoneInfo) -> None:
    """Its verification; of a lead that has changed it is asked anew."""
    opens_at = max(now, at_local(local_day(lead.expected_at, zone), DAY_BEGINS, zone))
    if lead.expected_at <= now:
        opens_at = now
    due_at = _after_night(max(lead.expected_at, now), zone) + VERIFY_WITHIN
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
    }
    await oblige(session, [row])


def _after_night(at: datetime, zone: ZoneInfo) -> datetime:
    """The same instant, or the end of the night that it falls into."""
    local = at.astimezone(zone)
    if MORNING <= local.time() < NIGHT:
        return at
    day = local.date() + timedelta(days=1 if local.time() >= NIGHT else 0)
    return at_local(day, MORNING, zone)


def verify_key(lead_id: int) -> str:
    return f"verify:lead{lead_id}"


async def close_lead(
    session: AsyncSession, lead: Lead, outcome: LeadOutcome, by: int, now: datetime
) -> None:
    """End a lead; its obligation ends with it, as done when a worker found something out."""
    lead.outcome, lead.outcome_at, lead.outcome_by = outcome, now, by
    found = await by_key(session, verify_key(lead.id))
    if found is None or not found.is_open():
        return
    if outcome in (LeadOutcome.MERGED, LeadOutcome.WITHDRAWN):
        await settle(session, [found], Outcome.CANCELLED, by, now, outcome)
    else:
        late = now > found.due_at
        await settle(session, [found], Outcome.LATE if late else Outcome.DONE, by, now, outcome)


async def reopen_lead(session: AsyncSession, lead: Lead, now: datetime) -> None:
    """What a worker found is taken back: the lead is hers again, its ladder begins anew."""
    lead.outcome = lead.outcome_at = lead.outcome_by = None
    found = await by_key(session, verify_key(lead.id))
    assert found is not None, "every lead has its verification"
    found.outcome = found.outcome_at = found.outcome_by = found.reason = None
    found.due_at = max(found.due_at, now + VERIFY_WITHIN)
    await look_again(session, found, found.due_at)


async def claim(session: AsyncSession, obligation: Obligation, by: int, now: datetime) -> bool:
    """Take an obligation on; False when somebody else has it already."""
    if obligation.owner_id not in (None, by):
        return False
    obligation.owner_id = by
    if obligation.lead_id is not None:
        lead = await session.get(Lead, obligation.lead_id)
        if lead is not None and lead.claimed_by is None:
            lead.claimed_by, lead.claimed_at = by, now
    return True
