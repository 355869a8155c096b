"""A random history of venues and their problems, for tests of what is written about them."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from random import Random

from cases import account_of, unit_of
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.messages import UserError
from models.registers import Submission
from models.rules import Rules
from models.venues.answering import prove
from models.venues.checklists import checklist
from models.venues.closing import close_problem, send_back
from models.venues.finding import Finding
from models.venues.inspection import Inspection, Visit
from models.venues.inspections import Walk, record_inspection
from models.venues.kinds import VenueKind
from models.venues.managing import Told, add_venue, appoint_manager
from models.venues.problem import Problem
from models.venues.problems import NOTHING
from models.venues.venue import Venue

RULES, HOUR = Rules(), timedelta(hours=1)
FORMULA = '=HYPERLINK("http://example.org")'


async def venue_of(
    session: AsyncSession, name: str, unit: str, now: datetime, *, manager: bool = True
) -> Venue:
    there = await unit_of(session, unit)
    told = Told(VenueKind.RESTAURANT, name, f"{name}的门口", there.id)
    venue = await add_venue(session, told, None, now)
    if manager:
        await appoint_manager(session, venue, "马兰", "13900000012", now)
    return venue


async def inspect(
    session: AsyncSession,
    venue: Venue,
    now: datetime,
    *failed: tuple[int, bool],
    word: str = "看到的情况",
    visit: Visit = Visit.DAILY,
    by: str = "郑义",
) -> tuple[Inspection, list[Problem]]:
    """An inspection at which these items fail; with True, put right at once."""
    account = (await account_of(session, by)).id
    items = await checklist(session, venue.kind)
    paper = Submission(
        form="inspect", version=1, receipt=f"{now:%m%d%H%M%S}{venue.id}", answers="{}",
        actor_id=account, unit_id=venue.unit_id, context={}, at=now,
    )  # fmt: skip
    session.add(paper)
    await session.flush()
    findings = [Finding(items[n], f"{word}{n}", None, fixed) for n, fixed in failed]
    walk = Walk(venue, account, paper.id, visit, items, now)
    return await record_inspection(session, walk, findings, RULES)


async def happen(session: AsyncSession, seed: int, now: datetime, steps: int = 40) -> datetime:
    """Inspections, proofs, closings and relapses in four places; when the last one was."""
    chance, by = Random(seed), (await account_of(session, "郑义")).id
    places = ("花园社区", "柳林村", "花园小区一网格", "城关镇")
    venues = [
        await venue_of(session, f"{place}饭店", place, now, manager=False) for place in places
    ]
    for _ in range(steps):
        now += timedelta(hours=chance.randrange(1, 9))
        venue = chance.choice(venues)
        if chance.random() < 0.6:
            failed = [(n, chance.random() < 0.3) for n in chance.sample(range(5), 2)]
            visit = chance.choice(list(Visit))
            await inspect(session, venue, now, *failed[: chance.randrange(3)], visit=visit)
            continue
        known = (await session.scalars(select(Problem).order_by(Problem.id))).all()
        if known:
            problem = chance.choice(known)
            there = await session.get_one(Venue, problem.venue_id)
            with suppress(UserError):  # it could not happen then, and nothing did
                await _deed(session, chance.randrange(3), problem, there, by, now)
        await session.flush()
    return now


async def _deed(
    session: AsyncSession, deed: int, problem: Problem, venue: Venue, by: int, now: datetime
) -> None:
    match deed:
        case 0:
            await prove(session, problem, venue, NOTHING, by, RULES, now)
        case 1:
            await close_problem(session, problem, venue, by, RULES, now)
        case _:
            await send_back(session, problem, venue, NOTHING, by, RULES, now)
