"""The colour of a venue: which of its open problems warns it, since when, and what comes next.

Derived from problems and now: nothing is kept, so a card comes off with the problem's closing.
Knows no clock and no database but the reading of problems.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from models.clock import at_local
from models.rules import Rules
from models.venues.ladder import Colour
from models.venues.problem import Problem
from models.venues.problems import open_problems

SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Steps:
    """When a problem that stays as it is turns its venue yellow and red, and has a suspension
    drafted."""

    yellow_at: datetime
    red_at: datetime
    suspend_at: datetime


@dataclass(frozen=True, slots=True)
class Shown:
    """A venue's colour and the problem that it has it for; `next_at`: when the next step comes."""

    colour: Colour
    problem: Problem
    since_at: datetime
    next_at: datetime
    late: bool = False  # the next step, the draft of a suspension, has come


def working_days_later(at: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The same hour so many working days later: Saturdays and Sundays are none."""
    local = at.astimezone(zone)
    on = local.date()
    while days:
        on += timedelta(days=1)
        days -= on.weekday() < SATURDAY
    return at_local(on, time(local.hour, local.minute, local.second), zone)


def steps_of(problem: Problem, rules: Rules, zone: ZoneInfo) -> Steps:
    yellow_at = problem.due_at + timedelta(days=rules.yellow_days)
    red_at = yellow_at + timedelta(days=rules.red_days)
    return Steps(yellow_at, red_at, working_days_later(red_at, rules.suspend_days, zone))


def stands_at(problem: Problem, now: datetime) -> datetime:
    """Until when a problem's time has run: it rests while a proof waits to be looked at."""
    return problem.proved_at or now


def colour_of(problem: Problem, now: datetime, rules: Rules, zone: ZoneInfo) -> Shown | None:
    """What one problem warns its venue with; None while it is in time, or closed."""
    steps, at = steps_of(problem, rules, zone), stands_at(problem, now)
    if not problem.is_open() or at < steps.yellow_at:
        return None
    if at < steps.red_at:
        return Shown(Colour.YELLOW, problem, steps.yellow_at, steps.red_at)
    late = at >= steps.suspend_at
    return Shown(Colour.RED, problem, steps.red_at, steps.suspend_at, late)


def worst(problems: Iterable[Problem], now: datetime, rules: Rules, zone: ZoneInfo) -> Shown | None:
    """What a venue with these problems is warned with: the darkest, and of that the longest."""
    found = [shown for one in problems if (shown := colour_of(one, now, rules, zone))]
    order = list(Colour)
    return max(
        found,
        key=lambda shown: (order.index(shown.colour), -shown.since_at.timestamp()),
        default=None,
    )


async def colours_of(
    session: AsyncSession, venue_ids: Sequence[int], now: datetime, rules: Rules, zone: ZoneInfo
) -> Mapping[int, Shown]:
    """The colours of these venues; those without one are left out."""
    problems: defaultdict[int, list[Problem]] = defaultdict(list)
    for problem in await open_problems(session, venue_ids):
        problems[problem.venue_id].append(problem)
    shown = {number: worst(own, now, rules, zone) for number, own in problems.items()}
    return {number: found for number, found in shown.items() if found is not None}
