"""Who may see and do what in venues and with what hangs on them. Denies by default."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.access import under
from models.accounts import SUPERVISORS, Assignment, Role
from models.actors import Action, Actor
from models.messages import UserError
from models.venues.inspection import Inspection
from models.venues.problem import Problem
from models.venues.staff import VenueStaff
from models.venues.suspension import Suspension
from models.venues.venue import Venue


def managed(actor: Actor, now: datetime) -> ColumnElement[bool]:
    """Condition on Venue: hers to answer for inside, as its manager or as the manager's deputy."""
    hers = select(Assignment.id).where(
        Assignment.account_id == actor.account_id,
        Assignment.role == Role.VENUE,
        or_(Assignment.until_at.is_(None), Assignment.until_at > now),
    )
    return or_(Venue.manager_id.in_(hers), Venue.deputy_id.in_(hers))


async def access_own_venue(
    session: AsyncSession, actor: Actor, venue_id: int, now: datetime
) -> Venue:
    """The venue, locked, if she answers for it inside."""
    venue = await session.scalar(
        select(Venue).where(Venue.id == venue_id, managed(actor, now)).with_for_update()
    )
    if venue is None:
        raise UserError("access.denied")
    return venue


async def access_venue_staff(
    session: AsyncSession, actor: Actor, staff_id: int, now: datetime
) -> tuple[VenueStaff, Venue]:
    """Somebody who works in a venue that she answers for inside, and the venue, locked."""
    worker = await session.get(VenueStaff, staff_id)
    if worker is None or worker.left_at is not None:
        raise UserError("access.denied")
    return worker, await access_own_venue(session, actor, worker.venue_id, now)


async def access_venue(session: AsyncSession, actor: Actor, venue_id: int) -> Venue:
    """The venue, locked, if it lies where she inspects."""
    reach = under(actor.paths(Action.INSPECT), Venue.unit_id)
    venue = await session.scalar(select(Venue).where(Venue.id == venue_id, reach).with_for_update())
    if venue is None:
        raise UserError("access.denied")
    return venue


async def access_inspection(
    session: AsyncSession, actor: Actor, inspection_id: int, now: datetime, *, own: bool = True
) -> Inspection:
    """The inspection, locked, of a venue that she answers for inside; without `own`, one that
    lies where she issues notices."""
    hers = Inspection.venue_id.in_(select(Venue.id).where(managed(actor, now)))
    may = hers if own else under(actor.paths(Action.ISSUE), Inspection.unit_id)
    row = await session.scalar(
        select(Inspection).where(Inspection.id == inspection_id, may).with_for_update()
    )
    if row is None:
        raise UserError("access.denied")
    return row


async def access_problem(
    session: AsyncSession, actor: Actor, problem_id: int, now: datetime, *, own: bool = False
) -> Problem:
    """The problem, locked, if it lies where she inspects; with `own`, if she has to put it right
    in the venue that she answers for."""
    hers = Problem.venue_id.in_(select(Venue.id).where(managed(actor, now)))
    may = hers if own else under(actor.paths(Action.INSPECT), Problem.unit_id)
    await _lock_venue(session, select(Problem.venue_id).where(Problem.id == problem_id, may))
    return await session.get_one(Problem, problem_id, with_for_update=True)


async def _lock_venue(session: AsyncSession, claimed: Select[int]) -> None:
    """Whoever changes what hangs on a venue has the venue first: two would wait for each other."""
    venue_id = await session.scalar(claimed)
    if venue_id is None:
        raise UserError("access.denied")
    await session.scalar(select(Venue.id).where(Venue.id == venue_id).with_for_update())


async def access_walk(session: AsyncSession, actor: Actor, inspection_id: int) -> Inspection:
    """The inspection, if it was of a venue where she inspects."""
    reach = under(actor.paths(Action.INSPECT), Inspection.unit_id)
    row = await session.scalar(select(Inspection).where(Inspection.id == inspection_id, reach))
    if row is None:
        raise UserError("access.denied")
    return row


def decides(actor: Actor, now: datetime) -> ColumnElement[bool]:
    """Condition on Suspension: put before her as the venue's officer, unless she proposed it
    herself, or hers to order."""
    hers = select(Assignment.id).where(
        Assignment.account_id == actor.account_id,
        Assignment.role.in_((Role.INSPECTOR, *SUPERVISORS)),
        or_(Assignment.until_at.is_(None), Assignment.until_at > now),
    )
    reach = under(actor.paths(Action.SUSPEND), Suspension.unit_id)
    proposed = Suspension.drafted_by.is_distinct_from(actor.account_id)
    return or_(and_(Suspension.officer_id.in_(hers), proposed), reach)


async def access_suspension(
    session: AsyncSession, actor: Actor, number: int, now: datetime, *, decide: bool = False
) -> Suspension:
    """The suspension, locked behind its venue, if it lies where she inspects; with `decide`, if
    she may order it."""
    reach = under(actor.paths(Action.INSPECT), Suspension.unit_id)
    may = decides(actor, now) if decide else reach
    await _lock_venue(session, select(Suspension.venue_id).where(Suspension.id == number, may))
    return await session.get_one(Suspension, number, with_for_update=True)
