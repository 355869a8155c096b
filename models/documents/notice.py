"""The facts of a rectification notice: one inspection, what it found, by when it is to be right.

What nobody knows is None, never a guess; a signature that is still to come is an empty line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import Assignment
from models.clock import local_day
from models.documents.kinds import Facts, Row
from models.documents.series import IssuedDocument
from models.documents.signers import names_of
from models.identity import mask_phone
from models.messages import Text, Value, verbatim
from models.obligations import Kind, Obligation
from models.rules import rules_for
from models.units import Unit
from models.venues.checklists import Item, book, items_named
from models.venues.inspection import Inspection
from models.venues.problem import Problem, ProblemStep, Step
from models.venues.venue import Venue

_MET = (Step.FOUND, Step.SPOT, Step.SEEN, Step.RELAPSED, Step.CLOSED)
_FIXED = (Step.SPOT, Step.CLOSED)


def level_text(problem: Problem) -> Text:
    return Text("document.level.star" if problem.star else "document.level.plain")


def lapsed_text() -> Text:
    """The rules that the shipped lists are based on are no rules any more."""
    return Text("document.lapsed", {"on": book().lapsed_on.isoformat()})


async def notice_facts(
    session: AsyncSession, document: IssuedDocument, inspection: Inspection, zone: ZoneInfo
) -> Facts:
    """All that the notice says, by the codes of notice.toml."""
    venue = await session.get_one(Venue, inspection.venue_id)
    unit = await session.get_one(Unit, document.unit_id)
    met = await _met(session, inspection)
    items = {
        item.code: item
        for item in await items_named(session, venue.kind, [problem.item for problem, _ in met])
    }
    due = await _deadlines(session, [one for one, _ in met], inspection.at)
    rows = [
        _row(number, problem, step, items.get(problem.item), due.get(problem.id))
        for number, (problem, step) in enumerate(met, 1)
    ]
    open_due = [due.get(p.id) for p, step in met if step.step not in _FIXED]
    names = await names_of(session, [inspection.account_id, inspection.signed_by])
    return {
        "number": document.number_text(unit),
        "unit": unit.name,
        **await _about(session, venue),
        "at": inspection.at,
        "visit": Text(f"document.visit.{inspection.visit}"),
        "inspector": names.get(inspection.account_id),
        "items": len(inspection.items),
        "failed": inspection.failed,
        "basis": _basis([items.get(problem.item) for problem, _ in met]),
        **await _by_when(session, inspection, open_due, zone),
        "inspector_signed": _signed(names, inspection.account_id, inspection.at),
        "manager_signed": _signed(names, inspection.signed_by, inspection.signed_at),
        "issued_on": local_day(document.issued_at, zone),
        "remark": lapsed_text(),
        "problems": rows,
    }


async def _met(
    session: AsyncSession, inspection: Inspection
) -> Sequence[tuple[Problem, ProblemStep]]:
    """The problems that it met, in the order in which they were noted."""
    found = await session.execute(
        select(Problem, ProblemStep)
        .join(ProblemStep, ProblemStep.problem_id == Problem.id)
        .where(ProblemStep.inspection_id == inspection.id, ProblemStep.step.in_(_MET))
        .order_by(ProblemStep.id)
    )
    return [(problem, step) for problem, step in found]


async def _deadlines(
    session: AsyncSession, problems: Sequence[Problem], at: datetime
) -> Mapping[int, datetime]:
    """By problem: the deadline that stood after the inspection, whatever was moved since."""
    keys = [f"{Kind.PROBLEM}:{p.id}:{number}" for p in problems for number in range(p.rounds + 1)]
    found = await session.scalars(
        select(Obligation)
        .where(Obligation.key.in_(keys), Obligation.opens_at <= at)
        .order_by(Obligation.opens_at)
    )
    return {int(one.facts["problem"]): one.due_at for one in found}


def _row(
    number: int, problem: Problem, step: ProblemStep, item: Item | None, due: datetime | None
) -> Row:
    fixed = step.step in _FIXED
    measure = Text("document.measure.fixed" if fixed else "document.measure", {"n": number})
    return {
        "n": number,
        "problem": str(problem.id),
        "item": problem.text,
        "fact": step.word,
        "basis": _basis([item]),
        "level": level_text(problem),
        "measure": measure,
        "due": Text("document.fixed") if fixed else due,
    }


def _basis(items: Sequence[Item | None]) -> Value:
    """What these items are based on, each once; a district's own are its own."""
    named = dict.fromkeys(item.basis for item in items if item is not None)
    if not named:
        return None
    return [verbatim(basis) if basis else Text("document.basis.own") for basis in named]


async def _about(session: AsyncSession, venue: Venue) -> dict[str, Value]:
    """The venue, and who answers for it inside."""
    held = await session.get(Assignment, venue.manager_id) if venue.manager_id else None
    manager = held if held is not None and held.until_at is None else None
    return {
        "venue": venue.name,
        "kind": Text(f"venue.kind.choice.{venue.kind}"),
        "address": venue.address,
        "manager": manager.name if manager else None,
        "phone": mask_phone(manager.phone) if manager and manager.phone else None,
    }


async def _by_when(
    session: AsyncSession,
    inspection: Inspection,
    due: Sequence[datetime | None],
    zone: ZoneInfo,
) -> dict[str, Value]:
    """The last deadline, and the day by which somebody looks again."""
    if not due:
        return {"deadline": Text("document.fixed"), "recheck_on": Text("document.fixed")}
    known = [one for one in due if one is not None]
    if not known:
        return {"deadline": None, "recheck_on": None}
    rules = await rules_for(session, await session.get_one(Unit, inspection.unit_id))
    looked_at: date = local_day(max(known) + timedelta(hours=rules.recheck_hours), zone)
    return {"deadline": max(known), "recheck_on": looked_at}


def _signed(names: Mapping[int, str], account_id: int | None, at: datetime | None) -> Value:
    """Signed in chat, by whom and when; a line to sign on while it is not."""
    if account_id is None or at is None:
        return ""
    return Text("document.signed", {"name": names.get(account_id, ""), "at": at})
