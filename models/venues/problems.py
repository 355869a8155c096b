"""What every part of a problem's life shares: its steps, its duties, how it is found again.

Each step is written down. Who is due to do something is an obligation: the venue's while the
problem is open, the inspector's while a proof waits and when the closing is looked back at.
What is found is in finding.py, what the venue does in answering.py, what comes of it in closing.py.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import Assignment
from models.obligations import Kind, Obligation, Outcome, by_key, fulfil, oblige, settle
from models.rules import Rules
from models.venues.problem import Problem, ProblemStep, State, Step
from models.venues.venue import Venue
from models.venues.watching import watch
from models.verification import KEEP_DAYS


@dataclass(frozen=True, slots=True)
class Proof:
    """What is shown or said with a step."""

    word: str | None = None
    photo: str | None = None


NOTHING = Proof()


def time_to_fix(problem: Problem, rules: Rules) -> timedelta:
    return timedelta(hours=rules.fix_star_hours) if problem.star else timedelta(days=rules.fix_days)


async def manager_of(session: AsyncSession, venue: Venue) -> int | None:
    """The account that answers for a venue inside, the deputy's while there is no manager's; None
    while nobody does in chat."""
    for assignment_id in (venue.manager_id, venue.deputy_id):
        held = await session.get(Assignment, assignment_id) if assignment_id else None
        if held is not None and held.account_id is not None and held.until_at is None:
            return held.account_id
    return None


# -- reading --------------------------------------------------------------------------------------


async def open_problems(session: AsyncSession, venue_ids: Sequence[int]) -> Sequence[Problem]:
    """What is open in these venues, the nearest deadline first."""
    found = await session.scalars(
        select(Problem)
        .where(Problem.venue_id.in_(venue_ids), Problem.state != State.CLOSED)
        .order_by(Problem.due_at, Problem.id)
    )
    return found.all()


async def history(session: AsyncSession, problem: Problem) -> Sequence[ProblemStep]:
    """Everything that happened to it, oldest first."""
    found = await session.scalars(
        select(ProblemStep)
        .where(ProblemStep.problem_id == problem.id)
        .order_by(ProblemStep.at, ProblemStep.id)
    )
    return found.all()


async def duty_of(session: AsyncSession, problem: Problem, kind: Kind) -> Obligation | None:
    return await by_key(session, _key(problem, kind))


# -- the workings ---------------------------------------------------------------------------------


async def duties_of(
    session: AsyncSession, problems: Sequence[Problem], *kinds: Kind
) -> Sequence[Obligation]:
    """What is still due of these kinds about these problems."""
    keys = [_key(problem, kind) for problem in problems for kind in kinds]
    found = await session.scalars(
        select(Obligation).where(Obligation.key.in_(keys), Obligation.outcome.is_(None))
    )
    return found.all()


def _key(problem: Problem, kind: Kind) -> str:
    """One for each time that it is issued."""
    return f"{kind}:{problem.id}:{problem.rounds}"


def note(
    session: AsyncSession,
    problem: Problem,
    step: Step,
    by: int,
    now: datetime,
    proof: Proof = NOTHING,
    inspection_id: int | None = None,
) -> None:
    session.add(
        ProblemStep(
            problem_id=problem.id,
            unit_id=problem.unit_id,
            step=step,
            at=now,
            by_id=by,
            inspection_id=inspection_id,
            word=proof.word,
            photo=proof.photo,
            purge_on=(now + timedelta(days=KEEP_DAYS)).date(),
        )
    )


async def owe(
    session: AsyncSession,
    problem: Problem,
    venue: Venue,
    kind: Kind,
    owner: int | None,
    opens_at: datetime,
    due_at: datetime,
) -> None:
    detail = {
        "venue": venue.name,
        "address": venue.address,
        "word": problem.word or "",
        "item": problem.item_words or "",
    }
    row = {
        "key": _key(problem, kind),
        "kind": kind,
        "unit_id": problem.unit_id,
        "owner_id": owner,
        "opens_at": opens_at,
        "due_at": due_at,
        "facts": {"problem": problem.id, "item": problem.item, "relapses": problem.relapses},
        "detail": json.dumps(detail, ensure_ascii=False),
    }
    await oblige(session, [row])


async def end(session: AsyncSession, problem: Problem, kind: Kind, by: int, now: datetime) -> None:
    item = await duty_of(session, problem, kind)
    if item is not None and item.is_open():
        await fulfil(session, item, by, now)


async def cancel(
    session: AsyncSession, problem: Problem, kind: Kind, now: datetime, why: str
) -> None:
    item = await duty_of(session, problem, kind)
    if item is not None and item.is_open():
        await settle(session, [item], Outcome.CANCELLED, None, now, why)


async def issue(session: AsyncSession, problem: Problem, venue: Venue, now: datetime) -> None:
    """It is the venue's to put right from now on."""
    problem.state, problem.closed_at, problem.proved_at = State.ISSUED, None, None
    problem.rounds += 1
    await watch(session, venue, problem.due_at)
    owner = await manager_of(session, venue)
    await owe(session, problem, venue, Kind.PROBLEM, owner, now, problem.due_at)
