"""What the venue does about its problems: it takes note, it shows that they are right, and they
pass on with whoever answers for it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from models.messages import UserError
from models.obligations import Kind, look_at_all_again
from models.rules import Rules
from models.venues.problem import Problem, State, Step
from models.venues.problems import Proof, duties_of, end, note, open_problems, owe
from models.venues.venue import Venue


async def acknowledge(session: AsyncSession, problem: Problem, by: int, now: datetime) -> None:
    """The venue has taken note. A second tap changes nothing."""
    if problem.state == State.ISSUED:
        problem.state = State.ACKNOWLEDGED
        note(session, problem, Step.ACKNOWLEDGED, by, now)


async def prove(
    session: AsyncSession, problem: Problem, venue: Venue, proof: Proof, by: int, rules: Rules,
    now: datetime,
) -> None:  # fmt: skip
    """The venue shows that it is right now: whoever found it looks again."""
    if not problem.is_open():
        raise UserError("problem.closed_already")
    if problem.state == State.PROVED:
        raise UserError("problem.proved_already")
    problem.state, problem.proved_at = State.PROVED, now
    note(session, problem, Step.PROVED, by, now, proof)
    await end(session, problem, Kind.PROBLEM, by, now)
    due_at = now + timedelta(hours=rules.recheck_hours)
    await owe(session, problem, venue, Kind.RECHECK, problem.found_by, now, due_at)


async def hand_problems_over(
    session: AsyncSession, venue: Venue, owner: int | None, now: datetime
) -> None:
    """The venue has another manager, or one who has just signed in: its open problems are hers
    now, and she hears of them from the beginning."""
    items = await duties_of(session, await open_problems(session, [venue.id]), Kind.PROBLEM)
    fresh = [item for item in items if item.owner_id != owner]
    for item in fresh:
        item.owner_id = owner
    await look_at_all_again(session, fresh, now)
