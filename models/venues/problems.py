"""What happens to problems: found, acknowledged, put right, looked at, closed, back again.

Each step is written down. Who is due to do something is an obligation: the venue's while the
problem is open, the inspector's while a proof waits and when the closing is looked back at.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import Assignment
from models.messages import UserError
from models.obligations import (
    Kind,
    Obligation,
    Outcome,
    by_key,
    fulfil,
    look_at_all_again,
    oblige,
    settle,
)
from models.rules import Rules
from models.venues.checklists import Item
from models.venues.problem import Problem, ProblemStep, State, Step
from models.venues.venue import Venue
from models.verification import KEEP_DAYS


@dataclass(frozen=True, slots=True)
class Finding:
    """An item that failed; `fixed`: it was put right before the inspector left."""

    item: Item
    word: str
    photo: str | None
    fixed: bool


@dataclass(frozen=True, slots=True)
class Proof:
    """What is shown or said with a step."""

    word: str | None = None
    photo: str | None = None


NOTHING = Proof()


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
        _note(session, problem, Step.SEEN, by, now, said, inspection_id)
    else:
        step = Step.FOUND if fresh else Step.RELAPSED
        _note(session, problem, step, by, now, said, inspection_id)
        problem.relapses += not fresh
        await _cancel(session, problem, Kind.LOOKBACK, now, "relapsed")
        await _issue(session, problem, venue, now)
    return problem


def time_to_fix(problem: Problem, rules: Rules) -> timedelta:
    return timedelta(hours=rules.fix_star_hours) if problem.star else timedelta(days=rules.fix_days)


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
    _note(session, problem, step, by, now, said, inspection_id)
    problem.state, problem.closed_at = State.CLOSED, now
    for kind in (Kind.PROBLEM, Kind.RECHECK):
        await _end(session, problem, kind, by, now)


async def _issue(session: AsyncSession, problem: Problem, venue: Venue, now: datetime) -> None:
    """It is the venue's to put right from now on."""
    problem.state, problem.closed_at = State.ISSUED, None
    problem.rounds += 1
    owner = await manager_of(session, venue)
    await _owe(session, problem, venue, Kind.PROBLEM, owner, now, problem.due_at)


async def manager_of(session: AsyncSession, venue: Venue) -> int | None:
    """The account that answers for a venue inside; None while nobody does in chat."""
    held = await session.get(Assignment, venue.manager_id) if venue.manager_id else None
    return held.account_id if held is not None and held.until_at is None else None


async def acknowledge(session: AsyncSession, problem: Problem, by: int, now: datetime) -> None:
    """The venue has taken note. A second tap changes nothing."""
    if problem.state == State.ISSUED:
        problem.state = State.ACKNOWLEDGED
        _note(session, problem, Step.ACKNOWLEDGED, by, now)


async def prove(
    session: AsyncSession, problem: Problem, venue: Venue, proof: Proof, by: int, rules: Rules,
    now: datetime,
) -> None:  # fmt: skip
    """The venue shows that it is right now: whoever found it looks again."""
    if not problem.is_open():
        raise UserError("problem.closed_already")
    if problem.state == State.PROVED:
        raise UserError("problem.proved_already")
    problem.state = State.PROVED
    _note(session, problem, Step.PROVED, by, now, proof)
    await _end(session, problem, Kind.PROBLEM, by, now)
    due_at = now + timedelta(hours=rules.recheck_hours)
    await _owe(session, problem, venue, Kind.RECHECK, problem.found_by, now, due_at)


async def close_problem(
    session: AsyncSession, problem: Problem, venue: Venue, by: int, rules: Rules, now: datetime
) -> None:
    """It is right: closed, and looked back at after some days."""
    if not problem.is_open():
        raise UserError("problem.closed_already")
    problem.state, problem.closed_at = State.CLOSED, now
    _note(session, problem, Step.CLOSED, by, now)
    for kind in (Kind.PROBLEM, Kind.RECHECK):
        await _end(session, problem, kind, by, now)
    opens_at = now + timedelta(days=rules.look_back_days)
    due_at = opens_at + timedelta(hours=rules.recheck_hours)
    await _owe(session, problem, venue, Kind.LOOKBACK, problem.found_by, opens_at, due_at)


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
    _note(session, problem, Step.RELAPSED if relapsed else Step.RETURNED, by, now, proof)
    problem.relapses += relapsed
    problem.due_at = now + time_to_fix(problem, rules)
    for kind in (Kind.RECHECK, Kind.LOOKBACK):
        await _end(session, problem, kind, by, now)
    await _issue(session, problem, venue, now)


async def hold(session: AsyncSession, problem: Problem, by: int, now: datetime) -> None:
    """Looked back at, and still right."""
    if problem.is_open():
        raise UserError("problem.open_again")
    _note(session, problem, Step.HELD, by, now)
    await _end(session, problem, Kind.LOOKBACK, by, now)


async def drop_problems(session: AsyncSession, venue: Venue, by: int, now: datetime) -> None:
    """The venue is no more: nothing of it can be put right or looked back at."""
    problems = (await session.scalars(select(Problem).where(Problem.venue_id == venue.id))).all()
    for problem in problems:
        if problem.is_open():
            problem.state, problem.closed_at = State.CLOSED, now
            _note(session, problem, Step.DROPPED, by, now)
    items = await _duties(session, problems, Kind.PROBLEM, Kind.RECHECK, Kind.LOOKBACK)
    await settle(session, items, Outcome.CANCELLED, None, now, "venue_gone")


async def hand_problems_over(
    session: AsyncSession, venue: Venue, owner: int | None, now: datetime
) -> None:
    """The venue has another manager, or one who has just signed in: its open problems are hers
    now, and she hears of them from the beginning."""
    items = await _duties(session, await open_problems(session, [venue.id]), Kind.PROBLEM)
    fresh = [item for item in items if item.owner_id != owner]
    for item in fresh:
        item.owner_id = owner
    await look_at_all_again(session, fresh, now)


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


async def _duties(
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


def _note(
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


async def _owe(
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


async def _end(session: AsyncSession, problem: Problem, kind: Kind, by: int, now: datetime) -> None:
    item = await duty_of(session, problem, kind)
    if item is not None and item.is_open():
        await fulfil(session, item, by, now)


async def _cancel(
    session: AsyncSession, problem: Problem, kind: Kind, now: datetime, why: str
) -> None:
    item = await duty_of(session, problem, kind)
    if item is not None and item.is_open():
        await settle(session, [item], Outcome.CANCELLED, None, now, why)
