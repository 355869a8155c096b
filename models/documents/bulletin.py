"""The facts of a bulletin: what inspections of a unit came to in a period, venue by venue.

Its figures are those of the daily sheet over the same days, and what must add up is checked there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.documents.head import head_of
from models.documents.kinds import Facts, Row
from models.documents.notice import level_text
from models.documents.series import IssuedDocument
from models.documents.signers import names_of
from models.messages import Text, Value, verbatim
from models.obligations import Kind, Obligation
from models.reports.checks import mismatches
from models.reports.figures import Figures, checks_of, count_below, count_figures
from models.reports.periods import Period, happened, within
from models.reports.sheet import differing
from models.reports.venues import DIGESTED, FIXING, PROBLEMS, VENUES, by_kind, visited_text
from models.units import Unit
from models.venues.inspection import Inspection, Visit
from models.venues.problem import Problem, ProblemStep, State, Step
from models.venues.venue import Venue

FACTS_OF = (Step.FOUND, Step.SPOT, Step.RELAPSED)  # what is found or is back
AGAIN = (Step.SEEN, Step.RELAPSED)
COLUMNS = {
    "inspections": "venues.inspections",
    "sites": "venues.sites",
    "faulty": "venues.faulty",
    "found": "problems.found",
    "relapsed": "problems.relapsed",
    "closed": "problems.closed",
    "open": "fixing.open",
    "overdue": "fixing.overdue",
}


async def bulletin_facts(
    session: AsyncSession,
    document: IssuedDocument,
    unit: Unit,
    days: tuple[date, date],
    period: Period,
) -> Facts:
    """All that the bulletin about these days (first, last) says, by the codes of bulletin.toml;
    `period` is what the daily sheet counts for them."""
    figures = await count_figures(session, unit, period, DIGESTED)
    table, wrong = await _table(session, unit, period, figures)
    visits = await _visits(session, unit, period)
    if sum(visits.values()) != figures["venues.inspections"]:
        wrong.append(Text("document.check.visits"))
    return {
        **head_of(document, unit, days, period),
        **_counts(figures),
        "inspectors": await _inspectors(session, unit, period),
        "daily": visits.get(Visit.DAILY, 0),
        "supervision": visits.get(Visit.SUPERVISION, 0),
        "check": wrong or Text("document.check.good"),
        "good": await _good(session, unit, period),
        "problems": await _found(session, unit, period),
        "again": await _again(session, unit, period),
        "waiting": await _waiting(session, unit, period),
        "table": table,
    }


def _counts(figures: Figures) -> dict[str, Value]:
    kinds = [visited_text(kind, n) for kind, n in by_kind(figures).items()]
    return {
        **{code: figures[name] for code, name in COLUMNS.items()},
        "kinds": kinds,
        "ordered": figures["problems.ordered"],
        "before": figures["fixing.before"],
    }


def _under(unit: Unit) -> ColumnElement[bool]:
    return Unit.path.startswith(unit.path)


async def _visits(session: AsyncSession, unit: Unit, period: Period) -> Mapping[Visit, int]:
    """How many inspections of each sort."""
    found = await session.execute(
        select(Inspection.visit, func.count())
        .join(Unit, Unit.id == Inspection.unit_id)
        .where(_under(unit), within(Inspection.at, period))
        .group_by(Inspection.visit)
    )
    return {Visit(visit): n for visit, n in found}


async def _inspectors(session: AsyncSession, unit: Unit, period: Period) -> Value:
    """Who inspected; nobody is nobody."""
    found = await session.scalars(
        select(Inspection.account_id)
        .join(Unit, Unit.id == Inspection.unit_id)
        .where(_under(unit), within(Inspection.at, period))
        .group_by(Inspection.account_id)
        .order_by(func.min(Inspection.id))
    )
    names = await names_of(session, accounts := list(found))
    return [verbatim(names.get(one, "?")) for one in accounts] or Text("document.nobody")


async def _good(session: AsyncSession, unit: Unit, period: Period) -> Sequence[Row]:
    """Venues where nothing failed in the whole period."""
    found = await session.execute(
        select(Venue, Unit.name, func.count())
        .join(Inspection, Inspection.venue_id == Venue.id)
        .join(Unit, Unit.id == Inspection.unit_id)
        .where(_under(unit), within(Inspection.at, period))
        .group_by(Venue.id, Unit.id)
        .having(func.sum(Inspection.failed) == 0)
        .order_by(Unit.path, Venue.id)
    )
    return [
        {"n": n, **_place(venue, name), "times": times}
        for n, (venue, name, times) in enumerate(found, 1)
    ]


def _place(venue: Venue, unit: str) -> dict[str, Value]:
    kind = Text(f"venue.kind.choice.{venue.kind}")
    return {"unit": unit, "venue": venue.name, "kind": kind}


def _steps(
    unit: Unit, period: Period, steps: Sequence[Step]
) -> Select[Problem, ProblemStep, Venue, str]:
    return (
        select(Problem, ProblemStep, Venue, Unit.name)
        .join(ProblemStep, ProblemStep.problem_id == Problem.id)
        .join(Venue, Venue.id == Problem.venue_id)
        .join(Unit, Unit.id == ProblemStep.unit_id)
        .where(_under(unit), ProblemStep.step.in_(steps), within(ProblemStep.at, period))
        .order_by(Unit.path, Venue.id, ProblemStep.at, ProblemStep.id)
    )


async def _found(session: AsyncSession, unit: Unit, period: Period) -> Sequence[Row]:
    """Each time that something was found or was back: as many as the figures say."""
    rows = await session.execute(_steps(unit, period, FACTS_OF))
    return [
        {
            "n": n,
            **_place(venue, name),
            "fact": step.word,
            "item": problem.text,
            "level": level_text(problem),
            "step": Text(f"problem.step.{step.step}"),
        }
        for n, (problem, step, venue, name) in enumerate(rows, 1)
    ]


async def _again(session: AsyncSession, unit: Unit, period: Period) -> Sequence[Row]:
    """What was back after its closing, or found again before it was right."""
    rows = await session.execute(_steps(unit, period, AGAIN))
    return [
        {
            "n": n,
            **_place(venue, name),
            "fact": step.word,
            "item": problem.text,
            "step": Text(f"problem.step.{step.step}"),
            "times": problem.relapses,
        }
        for n, (problem, step, venue, name) in enumerate(rows, 1)
    ]


async def _waiting(session: AsyncSession, unit: Unit, period: Period) -> Sequence[Row]:
    """What was open as the period ended, the nearest deadline first."""
    duties = await session.scalars(
        select(Obligation)
        .join(Unit, Unit.id == Obligation.unit_id)
        .where(
            _under(unit),
            Obligation.kind.in_((Kind.PROBLEM, Kind.RECHECK)),
            and_(
                Obligation.opens_at <= period.until_at,
                ~happened(Obligation.outcome_at, period.until_at),
            ),
        )
        .order_by(Obligation.due_at, Obligation.id)
    )
    owed = {int(one.facts["problem"]): one for one in duties}
    found = await session.execute(
        select(Problem, Venue, Unit.name)
        .join(Venue, Venue.id == Problem.venue_id)
        .join(Unit, Unit.id == Problem.unit_id)
        .where(Problem.id.in_(owed))
    )
    known = {problem.id: (problem, _place(venue, name)) for problem, venue, name in found}
    return [
        {
            "n": n,
            **known[number][1],
            "item": known[number][0].text,
            "level": level_text(known[number][0]),
            "due": duty.due_at,
            "state": Text(f"problem.state.{_state(duty, period)}"),
        }
        for n, (number, duty) in enumerate(owed.items(), 1)
    ]


def _state(duty: Obligation, period: Period) -> str:
    """How it stood as the period ended."""
    if duty.kind == Kind.RECHECK:
        return State.PROVED
    return "late" if duty.due_at <= period.until_at else State.ACKNOWLEDGED


async def _table(
    session: AsyncSession, unit: Unit, period: Period, figures: Figures
) -> tuple[Sequence[Row], list[Text]]:
    """A row for each unit below, what lies in the unit itself, and the sum; what does not add up.

    The sum is counted by itself, so that it can differ from its parts.
    """
    each = await count_below(session, unit, period, (VENUES, PROBLEMS, FIXING))
    below = await session.scalars(
        select(Unit).where(Unit.parent_id == unit.id).order_by(Unit.code, Unit.id)
    )
    rows: list[dict[str, Value]] = []
    sums = dict.fromkeys(COLUMNS, 0)
    rest = {code: each[unit.id].get(name, 0) for code, name in COLUMNS.items()}
    for one in below:
        counts = {code: each[one.id].get(name, 0) for code, name in COLUMNS.items()}
        rest = {code: rest[code] - counts[code] for code in COLUMNS}
        sums = {code: sums[code] + counts[code] for code in COLUMNS}
        if any(counts.values()):
            rows.append({"unit": one.name, **counts})
    if any(rest.values()):
        sums = {code: sums[code] + rest[code] for code in COLUMNS}
        rows.append({"unit": Text("document.itself", {"unit": unit.name}), **rest})
    total = {code: figures[name] for code, name in COLUMNS.items()}
    rows.append({"unit": Text("document.total"), **total})
    wrong = [] if sums == total else [Text("document.check.table")]
    return rows, [*wrong, *differing(mismatches(checks_of(DIGESTED), figures))]
