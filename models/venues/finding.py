"""What an inspection finds: a new problem, one that is open already, or one that is back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.obligations import Kind
from models.rules import Rules
from models.venues.checklists import Item
from models.venues.problem import Problem, State, Step
from models.venues.problems import Proof, cancel, end, issue, note, time_to_fix
from models.venues.venue import Venue


@dataclass(frozen=True, slots=True)
class Finding:
    """An item that failed; `fixed`: it was put right before the inspector left."""

    item: Item
    word: str
    photo: str | None
    fixed: bool


async def note_finding(
    session: AsyncSession,
    venue: Venue,
    inspection_id: int,
    finding: Finding,
    by: int,
    rules: Rules,
    now: datetime,
) -> Problem:
    """A new problem; one that is open already, seen again; or a closed one that is back."""
    problem = await _same_before(session, venue, finding.item, rules, now)
    fresh = problem is None
    if problem is None:
        problem = Problem(
            venue_id=venue.id,
            unit_id=venue.unit_id,
            item=finding.item.code,
            item_words=finding.item.words or None,
            rounds=0,
            relapses=0,
            star=finding.item.star,
            state=State.CLOSED,
            found_at=now,
        )
        session.add(problem)
    was_open = problem.is_open()
    if not was_open:
        problem.inspection_id, problem.found_by = inspection_id, by
        problem.word, problem.photo = finding.word, finding.photo
        problem.due_at = now + time_to_fix(problem, rules)
    await session.flush()
    said = Proof(finding.word, finding.photo)
    if finding.fixed:
        step = Step.CLOSED if was_open else Step.SPOT
        await _put_right_at_once(session, problem, step, inspection_id, said, by, now)
    elif was_open:
        note(session, problem, Step.SEEN, by, now, said, inspection_id)
    else:
        step = Step.FOUND if fresh else Step.RELAPSED
        note(session, problem, step, by, now, said, inspection_id)
        problem.relapses += not fresh
        await cancel(session, problem, Kind.LOOKBACK, now, "relapsed")
        await issue(session, problem, venue, now)
    return problem


async def _same_before(
    session: AsyncSession, venue: Venue, item: Item, rules: Rules, now: datetime
) -> Problem | None:
    """The venue's last problem with the item, if it is open or was closed not long ago."""
    last = await session.scalar(
        select(Problem)
        .where(Problem.venue_id == venue.id, Problem.item == item.code)
        .order_by(Problem.id.desc())
        .limit(1)
        .with_for_update()
    )
    if last is None or last.closed_at is None or last.is_open():
        return last
    return last if last.closed_at > now - timedelta(days=rules.relapse_days) else None


async def _put_right_at_once(
    session: AsyncSession,
    problem: Problem,
    step: Step,
    inspection_id: int,
    said: Proof,
    by: int,
    now: datetime,
) -> None:
    note(session, problem, step, by, now, said, inspection_id)
    problem.state, problem.closed_at = State.CLOSED, now
    for kind in (Kind.PROBLEM, Kind.RECHECK):
        await end(session, problem, kind, by, now)
