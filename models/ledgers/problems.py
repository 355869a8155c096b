"""The ledger of problems: each one that was open or found in some days, as its row stands now.

Names are masked for whoever has given no reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import Assignment
from models.actors import Action
from models.documents.kinds import Row
from models.documents.notice import level_text
from models.documents.signers import names_of
from models.identity import mask_name
from models.ledgers.declaration import Entry, Ledger, Scope, column
from models.messages import Text, Value
from models.reports.periods import Period, within
from models.reports.venues import FIXING, PROBLEMS
from models.units import Unit
from models.venues.problem import Problem, ProblemStep, State, Step
from models.venues.venue import Venue

_BEGINS = (Step.FOUND, Step.RELAPSED)
_ENDS = (Step.CLOSED, Step.DROPPED)
_CLOSED = (*_ENDS, Step.SPOT)
_PASSED = (Step.RETURNED, Step.CLOSED, Step.HELD, Step.RELAPSED)


def _touched(period: Period) -> ColumnElement[bool]:
    """Condition on Problem: found or back in the period, or open as it began."""
    mine = ProblemStep.problem_id == Problem.id
    weight = case((ProblemStep.step.in_(_BEGINS), 1), (ProblemStep.step.in_(_ENDS), -1), else_=0)
    before = select(func.sum(weight)).where(mine, ProblemStep.at <= period.since_at)
    begun = ProblemStep.step.in_((*_BEGINS, Step.SPOT))
    during = exists().where(and_(mine, begun, within(ProblemStep.at, period)))
    return or_(during, before.correlate(Problem).scalar_subquery() > 0)


def _listed(scope: Scope) -> Select[int]:
    return (
        select(Problem.id)
        .join(Unit, Unit.id == Problem.unit_id)
        .where(PROBLEM_LEDGER.within(scope, Problem.unit_id), _touched(scope.period))
        .order_by(Problem.id)
    )


async def _read(session: AsyncSession, scope: Scope, ids: Sequence[int]) -> Sequence[Entry]:
    found = await session.execute(
        select(Problem, Venue, Unit.name, Assignment)
        .join(Venue, Venue.id == Problem.venue_id)
        .join(Unit, Unit.id == Problem.unit_id)
        .outerjoin(Assignment, Assignment.id == Venue.manager_id)
        .where(Problem.id.in_(ids))
        .order_by(Problem.id)
    )
    every = [(problem, venue, name, held) for problem, venue, name, held in found]
    steps = await _steps(session, [problem.id for problem, *_ in every])
    closers = {one.by_id for those in steps.values() for one in those if one.step in _CLOSED}
    names = await names_of(session, closers)
    return [
        Entry(
            problem.id,
            problem.unit_id,
            problem.found_at,
            _row(problem, venue, name, held, steps.get(problem.id, []), names, scope),
        )
        for problem, venue, name, held in every
    ]


async def _steps(
    session: AsyncSession, problem_ids: Sequence[int]
) -> Mapping[int, list[ProblemStep]]:
    """What became of each, oldest first."""
    found: dict[int, list[ProblemStep]] = {}
    for step in await session.scalars(
        select(ProblemStep)
        .where(ProblemStep.problem_id.in_(problem_ids))
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
    scope: Scope,
) -> Row:
    late = problem.is_open() and problem.state != State.PROVED and problem.due_at <= scope.now
    ends = [step for step in steps if step.step in _CLOSED]
    closed = ends[-1] if ends and not problem.is_open() else None
    closer = names.get(closed.by_id or 0) if closed else None
    return {
        "problem": problem.id,
        "venue": venue.name,
        "kind": Text(f"venue.kind.choice.{venue.kind}"),
        "unit": unit,
        "manager": _manager(held, scope),
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
        "closed_by": scope.seen(mask_name, closer),
        "relapses": problem.relapses,
    }


def _manager(held: Assignment | None, scope: Scope) -> Value:
    if held is None or held.until_at is not None:
        return None
    return scope.seen(mask_name, held.name)


def _last(steps: Sequence[ProblemStep], kinds: Sequence[Step]) -> datetime | None:
    """When any of these happened last."""
    return next((step.at for step in reversed(steps) if step.step in kinds), None)


PROBLEM_LEDGER = Ledger(
    "problems",
    Text("ledger.title.problems"),
    (
        *(column("problem"), column("venue", 20), column("kind"), column("unit", 16)),
        *(column("manager"), column("item", 28), column("fact", 32), column("level")),
        *(column("found", 17), column("due", 17), column("state"), column("rounds")),
        *(column("proof", 17), column("recheck", 17), column("closed", 17)),
        *(column("closed_by"), column("relapses")),
    ),
    _listed,
    _read,
    Action.ISSUE,
    sections=(PROBLEMS, FIXING),
)
