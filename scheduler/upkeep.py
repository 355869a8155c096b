"""The night's work: forget what is past its purge date, seal the audit, plan the next night.

A purge leaves the count: leads and episodes stay as numbers, what names the person goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import audit, inbox, outbox
from models.accounts import Account
from models.clock import at_local, local_day
from models.episodes import Episode
from models.inbox import Conversation
from models.leads import Lead
from models.obligations import Kind, Obligation, Outcome, oblige, settle
from models.people import Person
from models.registers import Submission
from models.samples import Sample
from models.units import Level, Unit
from scheduler.digests import next_digest

AT = time(3, 30)
INBOX_KEPT = timedelta(days=3)  # a platform offers an update again for a day at most
OUTBOX_KEPT = timedelta(days=14)
DRAFT_KEPT = timedelta(days=14)
PURGE_BATCH = 500


async def run(session: AsyncSession, item: Obligation, now: datetime, zone: ZoneInfo) -> None:
    """One night's upkeep."""
    await settle(session, [item], Outcome.DONE, None, now)
    await inbox.purge(session, now - INBOX_KEPT)
    await outbox.purge(session, now - OUTBOX_KEPT)
    await session.execute(
        update(Conversation).where(Conversation.draft_at < now - DRAFT_KEPT).values(draft=None)
    )
    await purge_people(session, local_day(now, zone))
    await audit.seal(session, now)
    await plan_upkeep(session, local_day(now, zone) + timedelta(days=1), zone)


async def purge_people(session: AsyncSession, today: date) -> None:
    """Blank what names a person whose day has come and who is not under observation."""
    await session.execute(
        update(Submission).where(Submission.purge_on <= today).values(answers="{}", purge_on=None)
    )
    observed = select(Episode.person_id).where(Episode.outcome.is_(None))
    over = select(Person.id).where(Person.purge_on <= today, Person.id.not_in(observed))
    while gone := list(await session.scalars(over.limit(PURGE_BATCH))):
        await _forget(session, gone)


async def _forget(session: AsyncSession, gone: Sequence[int]) -> None:
    blank = {"name": "", "phone": None, "phone_index": None, "id_number": None, "purge_on": None}
    await session.execute(
        update(Person)
        .where(Person.id.in_(gone))
        .values(**blank, id_index=None, id_kind=None, address=None, guardian_id=None)
    )
    await session.execute(update(Account).where(Account.person_id.in_(gone)).values(person_id=None))
    await session.execute(
        update(Lead).where(Lead.person_id.in_(gone)).values(origin=None, transport=None)
    )
    await session.execute(
        update(Obligation).where(Obligation.person_id.in_(gone)).values(detail=None)
    )
    await session.execute(update(Sample).where(Sample.person_id.in_(gone)).values(photo=None))


async def plan_upkeep(session: AsyncSession, on: date, zone: ZoneInfo) -> None:
    """The upkeep of one night; it hangs on the district."""
    top = await session.scalar(select(Unit).where(Unit.level == Level.DISTRICT).order_by(Unit.id))
    if top is None:
        return
    at = at_local(on, AT, zone)
    row = {"key": f"upkeep:{on.isoformat()}", "kind": Kind.UPKEEP, "unit_id": top.id}
    await oblige(session, [{**row, "opens_at": at, "due_at": at}])


async def plan_recurring(session: AsyncSession, now: datetime, zone: ZoneInfo) -> None:
    """Make sure that every unit has a digest ahead and the district its upkeep: at start, and
    when units were added. What is planned already stays."""
    planned = select(Obligation.unit_id).where(
        Obligation.kind == Kind.DIGEST, Obligation.outcome.is_(None)
    )
    lacking = await session.scalars(
        select(Unit).where(Unit.level != Level.GRID, Unit.id.not_in(planned))
    )
    await oblige(session, [next_digest(unit, now, zone) for unit in lacking])
    await plan_upkeep(session, local_day(now, zone) + timedelta(days=1), zone)
