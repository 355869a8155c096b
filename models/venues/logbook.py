"""What is written down in a venue every day (A44, A25): rounds of disinfection, temperatures of the
staff, their samples; and what it owes of them.

An obligation a venue, a day and a log, made in the morning for those that are open and have
somebody signed in to be asked: few statements, however many venues there are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, Index, String, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, aliased, mapped_column

from models.accounts import Assignment
from models.base import Base, Id
from models.clock import at_local, local_day
from models.obligations import (
    REPORTED,
    Kind,
    Obligation,
    Outcome,
    advance,
    fulfil,
    look_again,
    oblige,
    settle,
)
from models.registers import Submission
from models.rules import Rules, rules_for, rules_of
from models.units import Unit
from models.venues.duties import Log, owed_by
from models.venues.kinds import Trading
from models.venues.staff import Swab, VenueStaff, due_in, open_lines, waive_lines
from models.venues.venue import Venue

AT_ONCE = 3000  # obligations in one statement
_ASKED = 1  # past its first rung


class VenueLog(Base):
    """One entry of a venue's day, by the record that says what it was. `counts` are its figures
    ("well": 7), and name nobody."""

    __tablename__ = "venue_logs"
    __table_args__ = (Index("ix_venue_logs_venue_day", "venue_id", "on_day"),)

    id: Mapped[Id]
    venue_id: Mapped[int] = mapped_column(ForeignKey("venues.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    on_day: Mapped[date]
    log: Mapped[Log] = mapped_column(String(10))
    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), unique=True)
    at: Mapped[datetime]
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)


# -- entering -------------------------------------------------------------------------------------


async def note_log(
    session: AsyncSession,
    venue: Venue,
    log: Log,
    record: Submission,
    by: int,
    now: datetime,
    zone: ZoneInfo,
    counts: Mapping[str, int] | None = None,
) -> None:
    """An entry is made; a correction stays on the day of what it corrects."""
    entry = None
    if record.supersedes_id is not None:
        entry = await _entry(session, record.supersedes_id)
    if entry is None:
        entry = VenueLog(
            venue_id=venue.id, unit_id=venue.unit_id, on_day=local_day(now, zone), log=log, at=now
        )
        session.add(entry)
    entry.submission_id, entry.counts = record.id, dict(counts or {})
    await session.flush()
    await reckon(session, venue.id, entry.on_day, by, now)


async def strike(session: AsyncSession, record: Submission, by: int, now: datetime) -> None:
    """The record was taken back: the day lacks it again."""
    entry = await _entry(session, record.id)
    if entry is not None:
        await session.delete(entry)
        await session.flush()
        await reckon(session, entry.venue_id, entry.on_day, by, now)


async def _entry(session: AsyncSession, submission_id: int) -> VenueLog | None:
    return await session.scalar(select(VenueLog).where(VenueLog.submission_id == submission_id))


async def entries(session: AsyncSession, venue_id: int, on: date) -> Sequence[VenueLog]:
    """What was entered on a day, oldest first."""
    found = await session.scalars(
        select(VenueLog)
        .where(VenueLog.venue_id == venue_id, VenueLog.on_day == on)
        .order_by(VenueLog.at, VenueLog.id)
    )
    return found.all()


async def last_record(session: AsyncSession, venue_id: int, log: Log) -> Submission | None:
    """The venue's newest record of a log, for another one like it."""
    return await session.scalar(
        select(Submission)
        .join(VenueLog, VenueLog.submission_id == Submission.id)
        .where(VenueLog.venue_id == venue_id, VenueLog.log == log)
        .order_by(VenueLog.at.desc(), VenueLog.id.desc())
        .limit(1)
    )


# -- what is owed ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Hours:
    """A day of venues: when its managers are asked, and when they hear what is missing."""

    on: date
    opens_at: datetime
    due_at: datetime

    @classmethod
    def of(cls, rules: Rules, on: date, zone: ZoneInfo) -> _Hours:
        evening = at_local(on, rules.venue_evening, zone)
        return cls(on, min(at_local(on, rules.venue_morning, zone), evening), evening)


def log_key(venue_id: int, on: date, log: Log) -> str:
    return f"log:venue{venue_id}:{on:%Y%m%d}:{log}"


async def owe_day(session: AsyncSession, top: Unit, now: datetime, zone: ZoneInfo) -> int:
    """Every open venue below `top` that somebody signed in for owes its day; how many there are.

    Nothing from the evening on: whoever is asked has to have the time.
    """
    rules = rules_of(top)
    hours = _Hours.of(rules, local_day(now, zone), zone)
    if now >= hours.due_at:
        return 0
    inside = select(Unit.id).where(Unit.path.startswith(top.path))
    asked = await _asked(session, Venue.unit_id.in_(inside))
    await _open_calendars(session, asked, rules, now, zone)
    swabs = await due_in(session, Swab.unit_id.in_(inside), hours.on)
    await _owe(session, asked, swabs, hours)
    return len(asked)


async def owe_now(session: AsyncSession, venue: Venue, now: datetime, zone: ZoneInfo) -> None:
    """The same of one venue whose manager is looking: she has signed in, opened, or added
    somebody since the morning."""
    rules = await rules_for(session, await session.get_one(Unit, venue.unit_id))
    hours = _Hours.of(rules, local_day(now, zone), zone)
    asked = await _asked(session, Venue.id == venue.id)
    await _open_calendars(session, asked, rules, now, zone)
    if asked and now < hours.due_at:
        known = await duties_on(session, venue.id, hours.on)
        swabs = await due_in(session, Swab.venue_id == venue.id, hours.on)
        rows = [row for pair in asked for row in _rows(*pair, swabs, hours)]
        await oblige(session, [row for row in rows if Log(row["facts"]["log"]) not in known])
    owed = (await reckon(session, venue.id, hours.on, None, now)).values()
    # She is looking at it: what the morning would have told her she need not be told again.
    unasked = [item for item in owed if item.is_open() and item.rung < _ASKED]
    await advance(session, [(item.id, _ASKED, item.due_at) for item in unasked])


async def _asked(session: AsyncSession, which: Any) -> list[tuple[Venue, int]]:
    """Open venues with the account that is asked: the manager's, else her deputy's."""
    head, deputy = aliased(Assignment), aliased(Assignment)
    found = await session.execute(
        select(Venue, head.account_id, deputy.account_id)
        .outerjoin(head, (head.id == Venue.manager_id) & head.until_at.is_(None))
        .outerjoin(deputy, (deputy.id == Venue.deputy_id) & deputy.until_at.is_(None))
        .where(which, Venue.trading == Trading.OPEN)
        .where(or_(head.account_id.is_not(None), deputy.account_id.is_not(None)))
        .order_by(Venue.id)
    )
    every = ((venue, first or second) for venue, first, second in found)
    return [(venue, account) for venue, account in every if account is not None]


async def _open_calendars(
    session: AsyncSession,
    asked: Sequence[tuple[Venue, int]],
    rules: Rules,
    now: datetime,
    zone: ZoneInfo,
) -> None:
    """Whoever works in them and has no line in the calendar, as after a rest, gets one."""
    venues = {venue.id: venue for venue, _ in asked}
    lined = select(Swab.staff_id).where(Swab.outcome.is_(None))
    without = await session.scalars(
        select(VenueStaff)
        .join(Venue, Venue.id == VenueStaff.venue_id)
        .where(
            Venue.trading == Trading.OPEN,
            VenueStaff.left_at.is_(None),
            VenueStaff.id.not_in(lined),
            *([VenueStaff.venue_id == next(iter(venues))] if len(venues) == 1 else []),
        )
    )
    rows = [row for row in without if row.venue_id in venues]
    for start in range(0, len(rows), AT_ONCE):
        await open_lines(session, rows[start : start + AT_ONCE], venues, rules, now, zone)


async def _owe(
    session: AsyncSession,
    asked: Iterable[tuple[Venue, int]],
    swabs: Mapping[int, int],
    hours: _Hours,
) -> None:
    rows = [row for pair in asked for row in _rows(*pair, swabs, hours)]
    for start in range(0, len(rows), AT_ONCE):
        await oblige(session, rows[start : start + AT_ONCE])


def _rows(
    venue: Venue, owner: int, swabs: Mapping[int, int], hours: _Hours
) -> Iterator[dict[str, Any]]:
    for log in Log:
        times = swabs.get(venue.id, 0) if log == Log.SWABS else owed_by(venue.kind).times(log)
        if times:
            yield {
                "key": log_key(venue.id, hours.on, log),
                "kind": Kind.LOG,
                "unit_id": venue.unit_id,
                "owner_id": owner,
                "opens_at": hours.opens_at,
                "due_at": hours.due_at,
                "facts": {"venue": venue.id, "log": log, "times": times, "done": 0},
                "detail": json.dumps({"venue": venue.name}, ensure_ascii=False),
            }


async def duties_on(session: AsyncSession, venue_id: int, on: date) -> dict[Log, Obligation]:
    """What a venue owes of a day."""
    keys = [log_key(venue_id, on, log) for log in Log]
    found = await session.scalars(select(Obligation).where(Obligation.key.in_(keys)))
    return {Log(item.facts["log"]): item for item in found}


async def reckon(
    session: AsyncSession, venue_id: int, on: date, by: int | None, now: datetime
) -> dict[Log, Obligation]:
    """Set what a day owes against what was entered: what is complete is done, what was taken back
    is open again. What it owes."""
    owed = await duties_on(session, venue_id, on)
    if not owed:
        return owed
    found = await session.execute(
        select(VenueLog.log, func.count())
        .where(VenueLog.venue_id == venue_id, VenueLog.on_day == on)
        .group_by(VenueLog.log)
    )
    done = {Log(log): int(n) for log, n in found}
    if Log.SWABS in owed:
        done[Log.SWABS], times = await _sampled(session, venue_id, on)
        await _recount(session, owed[Log.SWABS], times, now)
    for log, item in owed.items():
        await _weigh(session, item, done.get(log, 0), by, now)
    return owed


async def _sampled(session: AsyncSession, venue_id: int, on: date) -> tuple[int, int]:
    """How many of those who were due by a day were sampled on it, and how many were due."""
    mine = Swab.venue_id == venue_id, Swab.due_on <= on
    done = select(func.count()).where(*mine, Swab.sampled_on == on, Swab.outcome.in_(REPORTED))
    left = select(func.count()).where(*mine, Swab.outcome.is_(None))
    sampled = await session.scalar(done) or 0
    return sampled, sampled + (await session.scalar(left) or 0)


async def _recount(session: AsyncSession, item: Obligation, times: int, now: datetime) -> None:
    """Those who were due have left or were added since: nothing is left to do, or more."""
    item.facts = {**item.facts, "times": times}
    if times == 0 and item.is_open():
        await settle(session, [item], Outcome.CANCELLED, None, now, "nobody_due")


async def _weigh(
    session: AsyncSession, item: Obligation, done: int, by: int | None, now: datetime
) -> None:
    times = int(item.facts["times"])
    item.facts = {**item.facts, "done": min(done, times)}
    if item.is_open() and done >= times:
        await fulfil(session, item, by, now)
    elif done < times and (item.outcome in REPORTED or item.reason == "nobody_due"):
        item.outcome = item.outcome_at = item.outcome_by = item.reason = None
        await look_again(session, item, max(now, item.due_at))
    await session.flush()


async def excuse_day(
    session: AsyncSession, venue: Venue, by: int | None, now: datetime, why: Trading
) -> None:
    """The venue does not trade: what it owes is waived, and so are the samples of its staff."""
    open_ = await session.scalars(
        select(Obligation).where(
            Obligation.kind == Kind.LOG,
            Obligation.key.startswith(f"log:venue{venue.id}:", autoescape=True),
            Obligation.outcome.is_(None),
        )
    )
    await settle(session, list(open_), Outcome.WAIVED, by, now, why)
    await waive_lines(session, venue.id, now)
