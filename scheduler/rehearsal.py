"""What would be sent until an instant, if nobody answers: the sweep itself, played over a copy.

Whoever calls this hands over a copy of the database; this writes to it and sends nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import TEAM, Assignment, Role
from models.clock import local_day
from models.identity import mask_name
from models.obligations import Kind, Nudge, Obligation, next_due_at
from models.outbox import Delivery, OutboxRow, Priority
from models.rules import rules_for
from models.session import Database
from models.units import Unit, root
from scheduler.sweep import tick
from scheduler.upkeep import plan_recurring

WORKERS = (*TEAM, Role.INSPECTOR)


@dataclass(frozen=True, slots=True)
class Load:
    """What one worker hears on one day: messages, and the things that they are about."""

    account_id: int
    name: str  # masked
    unit: str
    on: date
    messages: int
    tasks: int


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """Messages by the hour (local) in which they come and by what they are: the kind of what is
    due, or a priority where the message is not of one thing. `waiting` stood in the outbox."""

    waiting: int
    hours: Mapping[datetime, Counter[str]]
    overloaded: tuple[Load, ...]
    most_messages: int
    most_tasks: int

    @property
    def total(self) -> int:
        return sum(counted.total() for counted in self.hours.values())


async def travel(db: Database, now: datetime, until: datetime, zone: ZoneInfo) -> None:
    """Let the time pass: each thing happens at its own hour."""
    async with db.write() as session:
        await plan_recurring(session, now, zone)
    at = now
    while True:
        await tick(db, at, zone)
        async with db.read() as session:
            due = await next_due_at(session)
        if due is None or due > until:
            return
        at = max(at, due)


async def rehearse(db: Database, now: datetime, until: datetime, zone: ZoneInfo) -> Rehearsed:
    """Play the time from `now` to `until` over this copy, and count what came of it."""
    async with db.read() as session:
        last = await session.scalar(select(func.max(OutboxRow.id))) or 0
        standing = select(func.count()).where(OutboxRow.state == Delivery.WAITING)
        waiting = await session.scalar(standing) or 0
    await travel(db, now, until, zone)
    async with db.read() as session:
        top = await root(session)
        rules = await rules_for(session, top) if top else None
        most = (rules.load_messages, rules.load_tasks) if rules else (0, 0)
        hours = await _by_hour(session, last, until, zone)
        loads = await _loads(session, last, until, zone)
    heavy = [one for one in loads if one.messages > most[0] or one.tasks > most[1]]
    heavy.sort(key=lambda one: (one.on, -one.messages, one.account_id))
    return Rehearsed(waiting, hours, tuple(heavy), *most)


async def _by_hour(
    session: AsyncSession, last: int, until: datetime, zone: ZoneInfo
) -> dict[datetime, Counter[str]]:
    kinds = (
        select(Nudge.letter_key, func.min(Obligation.kind).label("kind"))
        .join(Obligation, Obligation.id == Nudge.obligation_id)
        .where(Nudge.letter_key.is_not(None))
        .group_by(Nudge.letter_key)
        .subquery()
    )
    at = func.coalesce(OutboxRow.not_before_at, OutboxRow.created_at)
    rows = await session.execute(
        select(OutboxRow.created_at, OutboxRow.not_before_at, OutboxRow.priority, kinds.c.kind)
        .outerjoin(kinds, kinds.c.letter_key == OutboxRow.dedupe_key)
        .where(OutboxRow.id > last, at <= until)
        .order_by(OutboxRow.id)
    )
    hours: dict[datetime, Counter[str]] = defaultdict(Counter)
    for created, later, priority, kind in rows:
        hour = max(created, later or created).astimezone(zone)
        named = str(Kind(kind)) if kind else Priority(priority).name.lower()
        hours[hour.replace(minute=0, second=0, microsecond=0)][named] += 1
    return dict(sorted(hours.items()))


async def _loads(session: AsyncSession, last: int, until: datetime, zone: ZoneInfo) -> list[Load]:
    """What each worker hears, by day."""
    who = await session.execute(
        select(Assignment.account_id, Assignment.name, Unit.name)
        .join(Unit, Unit.id == Assignment.unit_id)
        .where(
            Assignment.role.in_(WORKERS),
            Assignment.until_at.is_(None),
        )
        .order_by(Assignment.id)
    )
    workers: dict[int, tuple[str, str]] = {}
    for account, name, unit in who:
        if account is not None:
            workers.setdefault(account, (mask_name(name or ""), unit))
    comes_at = func.coalesce(OutboxRow.not_before_at, OutboxRow.created_at)
    heard = await session.execute(
        select(OutboxRow.account_id, comes_at, OutboxRow.dedupe_key).where(
            OutboxRow.id > last, comes_at <= until
        )
    )
    messages: Counter[tuple[int, date]] = Counter()
    days: dict[str, tuple[int, date]] = {}
    for account, at, key in heard:
        if account in workers:
            days[key] = (account, local_day(at, zone))
            messages[days[key]] += 1
    about = await session.execute(
        select(Nudge.letter_key, Nudge.obligation_id)
        .join(OutboxRow, OutboxRow.dedupe_key == Nudge.letter_key)
        .where(OutboxRow.id > last, Nudge.account_id.is_not(None))
    )
    tasks: dict[tuple[int, date], set[int]] = defaultdict(set)
    for letter, obligation in about:
        if letter in days:
            tasks[days[letter]].add(obligation)
    return [
        Load(account, *workers[account], on, n, len(tasks[account, on]))
        for (account, on), n in messages.items()
    ]
