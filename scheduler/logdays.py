"""The day of all venues begins: what yesterday lacks is told once to those outside, and every open
venue owes today's logs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import Account, Assignment, Role
from models.clock import local_day
from models.leave import away
from models.obligations import Kind, Obligation, Outcome, oblige, settle
from models.outbox import Letter, Priority, enqueue
from models.rules import Rules
from models.units import Unit, ancestor_ids
from models.venues.gapcard import folded
from models.venues.gaps import Gap, gaps, unmanned
from models.venues.logbook import owe_day
from scheduler.daily import next_of, plan_daily

MONDAY = 0  # when those hear of venues without anybody who hear of nothing else


async def run(session: AsyncSession, item: Obligation, now: datetime, zone: ZoneInfo) -> None:
    """Tell of yesterday, owe today, plan the next. After an outage of days only yesterday is told
    of: of the days between nobody was asked."""
    top = await session.get_one(Unit, item.unit_id)
    await settle(session, [item], Outcome.DONE, None, now)
    await _tell(session, top, item.key, now, zone)
    await owe_day(session, top, now, zone)
    await oblige(session, [next_of(Kind.LOGDAY, top, _hour, now, zone)])


async def plan_log_day(session: AsyncSession, now: datetime, zone: ZoneInfo) -> None:
    """Make sure that the district has a morning ahead."""
    await plan_daily(session, Kind.LOGDAY, _hour, now, zone)


def _hour(rules: Rules) -> time:
    return rules.venue_morning


async def _tell(session: AsyncSession, top: Unit, key: str, now: datetime, zone: ZoneInfo) -> None:
    """One message to each inspector, community and officer of a trade, of all her venues."""
    on = local_day(now, zone) - timedelta(days=1)
    inside = Unit.path.startswith(top.path)
    found = await gaps(session, inside, on, zone)
    nobody = await unmanned(session, inside)
    lacks, lone = await _by_reader(session, found, now), await _by_reader(session, nobody, now)
    if local_day(now, zone).weekday() != MONDAY:
        lone = {reader: lone[reader] for reader in lone if reader in lacks}
    letters = [
        Letter(
            f"{key}:a{reader}",
            reader,
            folded(lacks.get(reader, ()), lone.get(reader, ()), on),
            Priority.DIGEST,
        )
        for reader in sorted({*lacks, *lone})
    ]
    await enqueue(session, letters, now)


async def _by_reader(
    session: AsyncSession, found: Iterable[Gap], now: datetime
) -> Mapping[int, Sequence[Gap]]:
    """The venues that each account hears of: of its units, or as the officer of their trade."""
    posts = await session.execute(
        select(Assignment.id, Assignment.account_id, Assignment.role, Assignment.unit_id)
        .join(Account, Account.id == Assignment.account_id)
        .where(
            or_(Assignment.until_at.is_(None), Assignment.until_at > now),
            Account.blocked_at.is_(None),
            ~away(now),
        )
    )
    account_of: dict[int, int] = {}
    readers: dict[int, list[int]] = defaultdict(list)
    for post, account, role, unit_id in posts:
        assert account is not None, "it is joined by its account"
        account_of[post] = account
        if role in (Role.COMMUNITY, Role.INSPECTOR):
            readers[unit_id].append(account)
    heard: dict[int, list[Gap]] = defaultdict(list)
    for gap in found:
        hearing = {a for unit in ancestor_ids(gap.path) for a in readers.get(unit, ())}
        if gap.venue.officer_id in account_of:
            hearing.add(account_of[gap.venue.officer_id])
        for account in hearing:
            heard[account].append(gap)
    return heard
