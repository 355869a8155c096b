"""A venue's colour turns: its manager is told, and what is red for too long is put before an
officer as a draft. Closes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import Assignment
from models.obligations import Obligation, advance
from models.outbox import Letter, Priority, enqueue
from models.rules import Rules, rules_for
from models.units import Unit
from models.venues.colours import Shown, stands_at, steps_of, worst
from models.venues.kinds import Trading
from models.venues.ladder import Colour, Ground
from models.venues.problem import Problem
from models.venues.problems import manager_of, open_problems
from models.venues.situation import warning, warning_officer
from models.venues.suspensions import Case, draft, spoken_for
from models.venues.venue import Venue
from scheduler.ladders import ladders

_ORDER = ("", *Colour)
_DAY = timedelta(days=1)


async def run(session: AsyncSession, item: Obligation, now: datetime, zone: ZoneInfo) -> None:
    """Look at one venue, and plan the next look: at its next step, never in the quiet hours."""
    if (morning := ladders().quiet_hours.end(now, zone)) is not None:
        await advance(session, [(item.id, item.rung, morning)])
        return
    # Whoever has the venue may wait for what this sweep has: it stays due, and is taken at once.
    one = select(Venue).where(Venue.id == item.facts["venue"]).with_for_update(skip_locked=True)
    venue = await session.scalar(one)
    if venue is None:
        return
    problems = await open_problems(session, [venue.id])
    rules = await rules_for(session, await session.get_one(Unit, venue.unit_id))
    shown = worst(problems, now, rules, zone)
    colour = shown.colour if shown else ""
    if venue.trading == Trading.SUSPENDED:
        # It is closed already; what else waits there is looked at once it is open again.
        await advance(session, [(item.id, item.rung, now + _DAY if problems else None)])
        return
    if shown is not None and _ORDER.index(colour) > _ORDER.index(item.facts["told"]):
        await _warn(session, item, venue, shown, now)
    item.facts = {**item.facts, "told": colour}
    await _draft_late(session, venue, problems, rules, now, zone)
    ahead = [at for one in problems for at in _ahead(one, now, rules, zone)]
    await advance(session, [(item.id, item.rung, min(ahead, default=None))])


def _ahead(problem: Problem, now: datetime, rules: Rules, zone: ZoneInfo) -> Sequence[datetime]:
    """The steps that a problem has still before it; none while a proof waits."""
    if problem.proved_at is not None:
        return ()
    steps = steps_of(problem, rules, zone)
    return [at for at in (steps.yellow_at, steps.red_at, steps.suspend_at) if at > now]


async def _warn(
    session: AsyncSession, item: Obligation, venue: Venue, shown: Shown, now: datetime
) -> None:
    """The venue's manager hears of every card, its officer of a red one."""
    manager = await manager_of(session, venue)
    officer = await session.get(Assignment, venue.officer_id) if venue.officer_id else None
    told = {manager: warning(venue, shown)}
    red = shown.colour == Colour.RED and not shown.late  # else the draft itself comes now
    if red and officer is not None and officer.until_at is None:
        told.setdefault(officer.account_id, warning_officer(venue, shown))
    round_ = f"{shown.colour}:{shown.problem.id}:{shown.problem.rounds}"
    letters = [
        Letter(f"{item.key}:{round_}:a{account}", account, message, Priority.NOTICE)
        for account, message in told.items()
        if account is not None
    ]
    await enqueue(session, letters, now)


async def _draft_late(
    session: AsyncSession,
    venue: Venue,
    problems: Sequence[Problem],
    rules: Rules,
    now: datetime,
    zone: ZoneInfo,
) -> None:
    """Red for too long, and not decided about yet."""
    late = [
        one
        for one in problems
        if stands_at(one, now) >= steps_of(one, rules, zone).suspend_at
        and not await spoken_for(session, one)
    ]
    if late:
        await draft(session, venue, Case(Ground.OVERDUE, late), rules, now)
