"""What becomes of a walk through a venue: the walk is kept, and each finding is a problem."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from models.rules import Rules
from models.venues.checklists import Item
from models.venues.finding import Finding, note_finding
from models.venues.inspection import Inspection, Visit
from models.venues.ladder import Ground, gravest, suspension_ladder
from models.venues.problem import Problem
from models.venues.suspensions import Case, draft, lapse
from models.venues.venue import Venue


@dataclass(frozen=True, slots=True)
class Walk:
    """What somebody did in a venue."""

    venue: Venue
    account_id: int
    submission_id: int
    visit: Visit
    items: Sequence[Item]
    at: datetime


async def record_inspection(
    session: AsyncSession, walk: Walk, findings: Sequence[Finding], rules: Rules
) -> tuple[Inspection, list[Problem]]:
    """Keep the walk and make a problem of each finding; the problems, in the list's order."""
    row = Inspection(
        venue_id=walk.venue.id,
        unit_id=walk.venue.unit_id,
        account_id=walk.account_id,
        submission_id=walk.submission_id,
        visit=walk.visit,
        at=walk.at,
        items=[item.code for item in walk.items],
        failed=len(findings),
    )
    session.add(row)
    walk.venue.inspected_at = walk.at
    await session.flush()
    order = {item.code: place for place, item in enumerate(walk.items)}
    findings = sorted(findings, key=lambda one: order[one.item.code])
    problems = [
        await note_finding(session, walk.venue, row.id, finding, walk.account_id, rules, walk.at)
        for finding in findings
    ]
    await _draft_at_once(session, row, list(zip(findings, problems, strict=True)), walk, rules)
    return row, problems


async def _draft_at_once(
    session: AsyncSession,
    row: Inspection,
    found: Sequence[tuple[Finding, Problem]],
    walk: Walk,
    rules: Rules,
) -> None:
    """What is so grave that an officer hears at once, and what is back after its closing."""
    ladder, grave = suspension_ladder(), {}
    for finding, problem in found:
        ground = ladder.at_once(problem.item, fixed=finding.fixed)
        back = problem.relapses and problem.is_open() and problem.inspection_id == row.id
        if ground is None and back:
            ground = Ground.RELAPSE
        if ground is not None:
            grave[problem] = ground
    if grave:
        case = Case(gravest(grave.values()), list(grave))
        await draft(session, walk.venue, case, rules, walk.at)
    else:
        await lapse(session, walk.venue, walk.at)
