"""What comes of a problem: closed, sent back, looked back at; or the venue is gone."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.messages import UserError
from models.obligations import Kind, Outcome, settle
from models.rules import Rules
from models.venues.ladder import Ground
from models.venues.problem import Problem, State, Step
from models.venues.problems import Proof, duties_of, end, issue, note, owe, time_to_fix
from models.venues.suspensions import Case, draft, lapse, leave
from models.venues.venue import Venue


async def close_problem(
    session: AsyncSession, problem: Problem, venue: Venue, by: int, rules: Rules, now: datetime
) -> None:
    """It is right: closed, and looked back at after some days."""
    if not problem.is_open():
        raise UserError("problem.closed_already")
    problem.state, problem.closed_at = State.CLOSED, now
    note(session, problem, Step.CLOSED, by, now)
    for kind in (Kind.PROBLEM, Kind.RECHECK):
        await end(session, problem, kind, by, now)
    opens_at = now + timedelta(days=rules.look_back_days)
    due_at = opens_at + timedelta(hours=rules.recheck_hours)
    await owe(session, problem, venue, Kind.LOOKBACK, problem.found_by, opens_at, due_at)
    await lapse(session, venue, now)


async def send_back(
    session: AsyncSession, problem: Problem, venue: Venue, proof: Proof, by: int, rules: Rules,
    now: datetime,
) -> None:  # fmt: skip
    """What was shown is not enough, or it is back: the venue has the whole time once more."""
    relapsed = not problem.is_open()
    if not venue.is_there():
        raise UserError("venue.gone_for_good", name=venue.name)
    if not relapsed and problem.state != State.PROVED:
        raise UserError("problem.not_proved")
    note(session, problem, Step.RELAPSED if relapsed else Step.RETURNED, by, now, proof)
    problem.relapses += relapsed
    problem.due_at = now + time_to_fix(problem, rules)
    for kind in (Kind.RECHECK, Kind.LOOKBACK):
        await end(session, problem, kind, by, now)
    await issue(session, problem, venue, now)
    if relapsed:
        await draft(session, venue, Case(Ground.RELAPSE, [problem]), rules, now)


async def hold(session: AsyncSession, problem: Problem, by: int, now: datetime) -> None:
    """Looked back at, and still right."""
    if problem.is_open():
        raise UserError("problem.open_again")
    note(session, problem, Step.HELD, by, now)
    await end(session, problem, Kind.LOOKBACK, by, now)


async def drop_problems(session: AsyncSession, venue: Venue, by: int, now: datetime) -> None:
    """The venue is no more: nothing of it can be put right or looked back at."""
    problems = (await session.scalars(select(Problem).where(Problem.venue_id == venue.id))).all()
    for problem in problems:
        if problem.is_open():
            problem.state, problem.closed_at = State.CLOSED, now
            note(session, problem, Step.DROPPED, by, now)
    items = await duties_of(session, problems, Kind.PROBLEM, Kind.RECHECK, Kind.LOOKBACK)
    await settle(session, items, Outcome.CANCELLED, None, now, "venue_gone")
    await leave(session, venue, now)
