"""The ledger of problems: each one that was open or found in some days, as its row stands now.

Names are masked: what has to be known of somebody is asked for where the asking is written down.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Select, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import Assignment
from models.documents.kinds import Row
from models.documents.notice import level_text
from models.documents.signers import names_of
from models.identity import mask_name
from models.messages import Text, Value
from models.reports.periods import Period, within
from models.units import Unit
from models.venues.problem import Problem, ProblemStep, State, Step
from models.venues.venue import Venue

LEDGER = "ledger"  # the kind of job that writes one
COLUMNS = (
    "problem", "venue", "kind", "unit", "manager", "item", "fact", "level", "found", "due",
    "state", "rounds", "proof", "recheck", "closed", "closed_by", "relapses",
)  # fmt: skip

_BEGINS = (Step.FOUND, Step.RELAPSED)
_ENDS = (Step.CLOSED, Step.DROPPED)
_CLOSED = (*_ENDS, Step.SPOT)
_PASSED = (Step.RETURNED, Step.CLOSED, Step.HELD, Step.RELAPSED)


def _touched(period: Period) -> Select[int]:
    """Problems that were found or came back in the period, or were open as it began."""
    weight = case((ProblemStep.step.in_(_BEGINS), 1), (ProblemStep.step.in_(_ENDS), -1), else_=0)
    before = (
        select(ProblemStep.problem_id)
        .where(ProblemStep.at <= period.since_at)
        .group_by(ProblemStep.problem_id)
        .having(func.sum(weight) > 0)
    )
    during = select(ProblemStep.problem_id).where(
        ProblemStep.step.in_((*_BEGINS, Step.SPOT)), within(ProblemStep.at, period)
    )
    return select(Problem.id).where(Problem.id.in_(before.union(during)))


async def ledger_rows(
    session: AsyncSession, unit: Unit, period: Period, now: datetime
) -> Sequence[Row]:
    """By the codes of COLUMNS, in the order of their numbers."""
    found = await session.execute(
        select(Problem, Venue, Unit.name, Assignment)
        .join(Venue, Venue.id == Problem.venue_id)
        .join(Unit, Unit.id == Problem.unit_id)
        .outerjoin(Assignment, Assignment.id == Venue.manager_id)
        .where(Unit.path.startswith(unit.path), Problem.id.in_(_touched(period)))
        .order_by(Problem.id)
    )
    every = [(problem, venue, name, held) for problem, venue, name, held in found]
    steps = await _steps(session, unit, period)
    closers = {one.by_id for those in steps.values() for one in those if one.step in _CLOSED}
    names = await names_of(session, closers)
    return [
        _row(problem, venue, name, held, steps.get(problem.id, []), names, now)
        for problem, venue, name, held in every
    ]


async def _steps(
    session: AsyncSession, unit: Unit, period: Period
) -> Mapping[int, list[ProblemStep]]:
    """What became of each, oldest first."""
    found: dict[int, list[ProblemStep]] = {}
    for step in await session.scalars(
        select(ProblemStep)
        .join(Unit, Unit.id == ProblemStep.unit_id)
        .where(Unit.path.startswith(unit.path), ProblemStep.problem_id.in_(_touched(period)))
        .order_by(ProblemStep.at, ProblemStep.id)
    ):
        found.setdefault(step.problem_id, []).append(step)
    return found


def _row(
    problem: Problem,
    venue: Venue,
    unit: str,
    held: Assignment | None,
    steps: Sequence[ProblemStep],
    names: Mapping[int, str],
    now: datetime,
) -> Row:
    late = problem.is_open() and problem.state != State.PROVED and problem.due_at <= now
    ends = [step for step in steps if step.step in _CLOSED]
    closed = ends[-1] if ends and not problem.is_open() else None
    closer = names.get(closed.by_id or 0) if closed else None
    return {
        "problem": problem.id,
        "venue": venue.name,
        "kind": Text(f"venue.kind.choice.{venue.kind}"),
        "unit": unit,
        "manager": _manager(held),
        "item": problem.text,
        "fact": problem.word,
        "level": level_text(problem),
        "found": problem.found_at,
        "due": problem.due_at if problem.rounds else None,
        "state": Text("problem.state.late" if late else f"problem.state.{problem.state}"),
        "rounds": problem.rounds,
        "proof": _last(steps, (Step.PROVED,)),
        "recheck": _last(steps, _PASSED),
        "closed": problem.closed_at,
        "closed_by": mask_name(closer) if closer else None,
        "relapses": problem.relapses,
    }


def _manager(held: Assignment | None) -> Value:
    if held is None or held.until_at is not None or not held.name:
        return None
    return mask_name(held.name)


def _last(steps: Sequence[ProblemStep], kinds: Sequence[Step]) -> datetime | None:
    """When any of these happened last."""
    return next((step.at for step in reversed(steps) if step.step in kinds), None)
