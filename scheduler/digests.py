"""The daily digest of a unit: an obligation that comes again by itself every day."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import SUPERVISORS, Account, Assignment
from models.clock import at_local, local_day
from models.closed import closed_sheets
from models.obligations import Kind, Obligation, Outcome, oblige, settle
from models.outbox import Letter, Priority, enqueue
from models.reports.digest import compose
from models.reports.periods import closed_period
from models.units import Unit
from scheduler import caring, postings


async def run(session: AsyncSession, item: Obligation, now: datetime, zone: ZoneInfo) -> None:
    """Send the unit's digest to its supervisors and plan the next.

    After an outage of days one digest goes out, of the last cut-off; nobody gets a pile.
    """
    unit = await session.get(Unit, item.unit_id)
    assert unit is not None, "a digest belongs to a unit"
    await settle(session, [item], Outcome.DONE, None, now)
    hearing = await readers(session, unit.id, now)
    letters = []
    if hearing:
        message = await compose(session, unit, now, zone)
        period = await closed_period(session, unit, now, zone)
        (sheet,) = await closed_sheets(session, unit, [period], now)
        sheet.told = hearing
        letters = [Letter(f"{item.key}:a{r}", r, message, Priority.DIGEST) for r in hearing]
    letters += await caring.letters(session, unit, hearing, now, zone)
    letters += await postings.figures(session, unit, item.key, now, zone)
    await enqueue(session, letters, now)
    await oblige(session, [next_digest(unit, now, zone)])


async def readers(session: AsyncSession, unit_id: int, now: datetime) -> list[int]:
    """The supervisors of a unit who can be reached."""
    found = await session.scalars(
        select(Assignment.account_id)
        .join(Account, Account.id == Assignment.account_id)
        .where(
            Assignment.unit_id == unit_id,
            Assignment.role.in_(SUPERVISORS),
            or_(Assignment.until_at.is_(None), Assignment.until_at > now),
            Account.blocked_at.is_(None),
        )
        .distinct()
    )
    return [account for account in found if account is not None]


def next_digest(unit: Unit, now: datetime, zone: ZoneInfo) -> dict[str, object]:
    """The unit's digest at its own hour, when that comes next.

    The hour is part of the key: one that was moved ahead of its day must not stand in for the
    day's own.
    """
    on = local_day(now, zone)
    if at_local(on, unit.digest_time, zone) <= now:
        on += timedelta(days=1)
    at = at_local(on, unit.digest_time, zone)
    return {
        "key": f"digest:u{unit.id}:{on.isoformat()}T{unit.digest_time:%H:%M}",
        "kind": Kind.DIGEST,
        "unit_id": unit.id,
        "opens_at": at,
        "due_at": at,
    }
