"""Suspensions of business: the program drafts one, an officer issues or refuses it, an inspector
looks before the venue opens again. Nothing here closes a venue without an officer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import Assignment
from models.clock import at_local, local_day
from models.messages import UserError
from models.obligations import Kind, Outcome, by_key, fulfil, look_again, oblige, settle
from models.rules import Rules
from models.venues.coldstores import owe_no_more
from models.venues.kinds import Trading
from models.venues.ladder import Ground, gravest, suspension_ladder
from models.venues.logbook import excuse_day
from models.venues.problem import Problem
from models.venues.suspension import Standing, Suspension
from models.venues.venue import Venue
from models.verification import KEEP_DAYS

LOOK = time(8)  # the hour at which an inspector is asked to look again


@dataclass(frozen=True, slots=True)
class Case:
    """Why a venue should be closed. Without `by` the program says so."""

    ground: Ground
    problems: Sequence[Problem]
    by: int | None = None
    word: str | None = None


# -- reading --------------------------------------------------------------------------------------


async def live_of(session: AsyncSession, venue_id: int, state: Standing) -> Suspension | None:
    """The venue's draft, or the closure that stands."""
    return await session.scalar(
        select(Suspension)
        .where(Suspension.venue_id == venue_id, Suspension.state == state)
        .order_by(Suspension.id.desc())
        .limit(1)
    )


async def basis(session: AsyncSession, order: Suspension) -> Sequence[Problem]:
    """The problems that it rests on, in the order in which they were found."""
    found = await session.scalars(
        select(Problem).where(Problem.id.in_(order.problems())).order_by(Problem.id)
    )
    return found.all()


async def spoken_for(session: AsyncSession, problem: Problem) -> bool:
    """Has a suspension been drafted for it since its deadline? What was refused is not drafted
    again for the same delay."""
    since = select(Suspension.problem_ids).where(
        Suspension.venue_id == problem.venue_id, Suspension.drafted_at >= problem.due_at
    )
    return any(str(problem.id) in numbers for numbers in await session.scalars(since))


def decision_key(order: Suspension) -> str:
    return f"{Kind.SUSPEND}:{order.id}"


def look_key(order: Suspension) -> str:
    return f"{Kind.REOPEN}:{order.id}:{order.looks}"


# -- drafting -------------------------------------------------------------------------------------


async def draft(
    session: AsyncSession, venue: Venue, case: Case, rules: Rules, now: datetime
) -> Suspension | None:
    """Put it before the officer; what is drafted already gets the new problems as well. None: the
    venue is closed, and nothing is to be added to that."""
    standing = await live_of(session, venue.id, Standing.ISSUED)
    if standing is not None and case.ground != Ground.AGAINST_ORDER:
        return None
    order = await live_of(session, venue.id, Standing.DRAFTED)
    if order is None:
        order = Suspension(
            venue_id=venue.id,
            unit_id=venue.unit_id,
            ground=case.ground,
            days=0,
            state=Standing.DRAFTED,
            extends_id=standing.id if standing else None,
            officer_id=venue.officer_id,
            drafted_at=now,
            drafted_by=case.by,
            looks=0,
            purge_on=(now + timedelta(days=KEEP_DAYS)).date(),
        )
        session.add(order)
    before = order.ground
    order.ground = gravest([Ground(before), case.ground])
    named = dict.fromkeys([*(order.problem_ids or []), *(str(one.id) for one in case.problems)])
    news = list(named) != (order.problem_ids or []) or case.word or order.ground != before
    order.problem_ids, order.word = list(named), case.word or order.word
    await session.flush()
    if news or not order.days:
        await _put_before(session, order, venue, rules, now)
    return order


async def _put_before(
    session: AsyncSession, order: Suspension, venue: Venue, rules: Rules, now: datetime
) -> None:
    """The officer hears of it; of what has been added since, once more."""
    problems = await basis(session, order)
    order.days = _days(order, problems)
    officer = await _officer(session, order, now)
    detail = {
        "venue": venue.name,
        "address": venue.address,
        "word": order.word or "",
        "words": [one.item_words or "" for one in problems],
    }
    told: dict[str, Any] = {
        "facts": {
            "suspension": order.id,
            "ground": order.ground,
            "days": order.days,
            "extends": order.extends_id is not None,
            "items": [one.item for one in problems],
        },
        "detail": json.dumps(detail, ensure_ascii=False),
    }
    item = await by_key(session, decision_key(order))
    if item is not None:
        item.facts, item.detail = told["facts"], told["detail"]
        await look_again(session, item, now)
        return
    row = {
        "key": decision_key(order),
        "kind": Kind.SUSPEND,
        "unit_id": order.unit_id,
        "owner_id": officer.account_id if officer else None,
        "opens_at": now,
        "due_at": now + timedelta(hours=rules.order_hours),
    }
    await oblige(session, [{**row, **told}])


def _days(order: Suspension, problems: Iterable[Problem]) -> int:
    ladder = suspension_ladder()
    if order.extends_id is not None:
        return ladder.extension.days
    return ladder.days(one.item for one in problems)


async def _officer(session: AsyncSession, order: Suspension, now: datetime) -> Assignment | None:
    held = await session.get(Assignment, order.officer_id) if order.officer_id else None
    gone = held is None or (held.until_at is not None and held.until_at <= now)
    return None if gone else held


async def lapse(session: AsyncSession, venue: Venue, now: datetime, *, gone: bool = False) -> None:
    """A draft whose problems are closed has nothing to rest on, unless what was done cannot be
    undone; one of a venue that is no more never has."""
    order = await live_of(session, venue.id, Standing.DRAFTED)
    if order is None:
        return
    if not gone:
        lasts = suspension_ladder().lasts(Ground(order.ground)) or not order.problem_ids
        if lasts or any(one.is_open() for one in await basis(session, order)):
            return
    order.state, order.closed_at = Standing.LAPSED, now
    await _cancel(session, decision_key(order), now, "lapsed")


async def _cancel(session: AsyncSession, key: str, now: datetime, why: str) -> None:
    item = await by_key(session, key)
    if item is not None and item.is_open():
        await settle(session, [item], Outcome.CANCELLED, None, now, why)


async def _done(session: AsyncSession, key: str, by: int, now: datetime) -> None:
    item = await by_key(session, key)
    if item is not None and item.is_open():
        await fulfil(session, item, by, now)


# -- deciding -------------------------------------------------------------------------------------


async def issue_suspension(
    session: AsyncSession, order: Suspension, venue: Venue, by: int, now: datetime, zone: ZoneInfo
) -> None:
    """The officer orders it: the venue is closed from today, or for longer than it was."""
    _undecided(order)
    if not venue.is_there():
        raise UserError("venue.gone_for_good", name=venue.name)
    today = local_day(now, zone)
    order.issued_at, order.issued_by, order.from_on = now, by, today
    order.until_on = today + timedelta(days=order.days - 1)
    await _done(session, decision_key(order), by, now)
    if order.extends_id is None:
        order.state, venue.trading = Standing.ISSUED, Trading.SUSPENDED
        await excuse_day(session, venue, by, now, venue.trading)
        await owe_no_more(session, venue, by, now)
        await _plan_look(session, order, venue, now, zone)
        return
    order.state, order.closed_at, order.closed_by = Standing.ENDED, now, by
    standing = await session.get_one(Suspension, order.extends_id)
    if standing.state != Standing.ISSUED:
        raise UserError("suspension.decided_already")
    assert standing.from_on is not None, "it was issued"
    assert standing.until_on is not None, "it was issued"
    whole = standing.from_on + timedelta(days=order.days - 1)
    # Closed for that long already, it is so once more from today.
    standing.until_on = order.until_on = whole if whole > standing.until_on else order.until_on
    await _plan_look(session, standing, venue, now, zone)


def _undecided(order: Suspension) -> None:
    if order.state != Standing.DRAFTED:
        raise UserError("suspension.decided_already")


async def refuse_suspension(
    session: AsyncSession, order: Suspension, word: str, by: int, now: datetime
) -> None:
    """The officer does not order it, and says why."""
    _undecided(order)
    order.state, order.closed_at, order.closed_by = Standing.REFUSED, now, by
    order.word = word
    await _done(session, decision_key(order), by, now)


# -- opening again --------------------------------------------------------------------------------


async def _plan_look(
    session: AsyncSession, order: Suspension, venue: Venue, now: datetime, zone: ZoneInfo
) -> None:
    """On the morning after its last day somebody looks."""
    assert order.until_on is not None, "it was issued"
    await _cancel(session, look_key(order), now, "put_off")
    order.looks += 1
    order.look_at = at_local(order.until_on + timedelta(days=1), LOOK, zone)
    await expect_look(session, order, venue)


async def expect_look(session: AsyncSession, order: Suspension, venue: Venue) -> None:
    """Whoever found what it rests on looks again, else another inspector."""
    assert order.look_at is not None, "it was planned"
    problems = await basis(session, order)
    finders: list[int | None] = [one.found_by for one in problems]
    detail = {"venue": venue.name, "address": venue.address}
    row = {
        "key": look_key(order),
        "kind": Kind.REOPEN,
        "unit_id": order.unit_id,
        "owner_id": next(iter(finders), order.drafted_by),
        "opens_at": order.look_at,
        "due_at": order.look_at + timedelta(hours=24),
        "facts": {"suspension": order.id, "ground": order.ground, "venue_id": venue.id},
        "detail": json.dumps(detail, ensure_ascii=False),
    }
    await oblige(session, [row])


async def reopen(
    session: AsyncSession, order: Suspension, venue: Venue, by: int, now: datetime
) -> None:
    """Somebody has looked: what it rested on is closed, and the venue opens."""
    _closed(order)
    if waiting := [one for one in await basis(session, order) if one.is_open()]:
        raise UserError("suspension.problems_open", n=len(waiting))
    order.state, order.closed_at, order.closed_by = Standing.ENDED, now, by
    if venue.trading == Trading.SUSPENDED:
        venue.trading = Trading.OPEN
    await _done(session, look_key(order), by, now)
    await _withdraw_extension(session, venue, now)


async def _withdraw_extension(session: AsyncSession, venue: Venue, now: datetime) -> None:
    """There is nothing left to prolong."""
    order = await live_of(session, venue.id, Standing.DRAFTED)
    if order is not None and order.extends_id is not None:
        order.state, order.closed_at = Standing.LAPSED, now
        await _cancel(session, decision_key(order), now, "lapsed")


async def stay_shut(
    session: AsyncSession, order: Suspension, venue: Venue, by: int, now: datetime, zone: ZoneInfo
) -> None:
    """Somebody has looked, and it is not right yet: again tomorrow morning."""
    _closed(order)
    await _done(session, look_key(order), by, now)
    order.looks += 1
    order.look_at = at_local(local_day(now, zone) + timedelta(days=1), LOOK, zone)
    await expect_look(session, order, venue)


def _closed(order: Suspension) -> None:
    if order.state != Standing.ISSUED:
        raise UserError("suspension.over")


# -- a venue that goes, and comes back ------------------------------------------------------------


async def leave(session: AsyncSession, venue: Venue, now: datetime) -> None:
    """The venue is no more: nothing is to be decided, nobody looks. A closure stands all the
    same, or whoever is struck off and entered anew would be rid of it."""
    await lapse(session, venue, now, gone=True)
    standing = await live_of(session, venue.id, Standing.ISSUED)
    if standing is not None:
        await _cancel(session, look_key(standing), now, "venue_gone")
        standing.looks += 1


async def come_back(session: AsyncSession, venue: Venue) -> None:
    """A venue that was gone trades again, unless a closure stands."""
    standing = await live_of(session, venue.id, Standing.ISSUED)
    venue.trading = Trading.OPEN
    if standing is not None:
        venue.trading = Trading.SUSPENDED
        await expect_look(session, standing, venue)
