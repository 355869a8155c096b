"""Who has which role, who leaves the team, and what becomes of her work.

The end of a role is an hour; what she had taken on goes to somebody else at once.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import TEAM, Account, Assignment, Role
from models.actors import Action, Actor
from models.away import give_absences
from models.handover import end, refuse
from models.leave import Leave, held, leaves_of, move_claim, own_roles, standing
from models.messages import Text, UserError, verbatim
from models.obligations import Obligation
from models.outbox import Letter
from models.units import Level, Unit
from models.worklist import Load, loads

MOST_NAMED = 10
UNDO_WITHIN = timedelta(hours=2)  # as long as a submission can be corrected


@dataclass(frozen=True, slots=True)
class Member:
    """A role that somebody has, and how busy she is; `seen_at` is when she last did something."""

    role: Assignment
    name: str
    unit: Unit
    seen_at: datetime | None
    load: Load


def _below(paths: Collection[str]) -> ColumnElement[bool]:
    first, *rest = (Unit.path.startswith(path) for path in paths)
    for condition in rest:
        first = first | condition
    return first


def overseen(actor: Actor) -> tuple[str, ...]:
    """The branches whose staff she sees to."""
    return tuple({*actor.paths(Action.OVERSEE), *actor.paths(Action.ADMINISTER)})


async def members(
    session: AsyncSession, actor: Actor, now: datetime, offset: int, limit: int
) -> list[Member]:
    """A page of the staff in her branches, from the top down."""
    found = await session.execute(
        select(Assignment, Unit, Account.name)
        .join(Unit, Unit.id == Assignment.unit_id)
        .outerjoin(Account, Account.id == Assignment.account_id)
        .where(_below(overseen(actor)), Assignment.held_for_id.is_(None), held(now))
        .order_by(Unit.path, Assignment.id)
        .offset(offset)
        .limit(limit)
    )
    rows = found.all()
    accounts = {row.account_id: unit.path for row, unit, _ in rows if row.account_id}
    done = await session.execute(
        select(Obligation.outcome_by, func.max(Obligation.outcome_at))
        .where(Obligation.outcome_by.in_(accounts))
        .group_by(Obligation.outcome_by)
    )
    seen = {row[0]: row[1] for row in done}
    known = await loads(session, accounts, now) if accounts else {}
    return [
        Member(
            row,
            row.name or chat_name or unit.name,
            unit,
            seen.get(row.account_id),
            known.get(row.account_id or 0, Load()),
        )
        for row, unit, chat_name in rows
    ]


async def unstaffed(session: AsyncSession, branches: Collection[str], now: datetime) -> Text | None:
    """Said to whoever sees to them: in how many grids of these branches nobody works who has
    signed in, the first by name; None where somebody works in each."""
    staffed = select(Assignment.unit_id).where(
        Assignment.role == Role.GRID_WORKER, Assignment.account_id.is_not(None), held(now)
    )
    found = await session.execute(
        select(Unit.path, Unit.name).where(
            _below(branches), Unit.level == Level.GRID, Unit.id.not_in(staffed)
        )
    )
    # Few are empty, and asked for their order the database would walk through all.
    empty = sorted((path, name) for path, name in found)
    if not empty:
        return None
    units = [verbatim(name) for _, name in empty[:MOST_NAMED]]
    return Text("staff.unstaffed", {"n": len(empty), "units": units})


async def access_role(
    session: AsyncSession, actor: Actor, number: int, now: datetime
) -> tuple[Assignment, Unit]:
    """A role that she may end: below her own unit, or anywhere in an administrator's; not hers."""
    row = await session.get(Assignment, number, with_for_update=True)
    unit = await session.get(Unit, row.unit_id) if row else None
    if row is None or unit is None or row.held_for_id is not None:
        raise UserError("access.denied")
    above = any(unit.path.startswith(p) and unit.path != p for p in actor.paths(Action.OVERSEE))
    above = above and row.role != Role.ADMIN
    if row.account_id == actor.account_id or not (above or actor.may(Action.ADMINISTER, unit.path)):
        raise UserError("access.denied")
    if row.until_at is not None and row.until_at + UNDO_WITHIN <= now:
        raise UserError("staff.gone")
    return row, unit


async def end_role(
    session: AsyncSession, row: Assignment, unit: Unit, receiver: int | None, now: datetime
) -> list[Letter]:
    """The role ends now. Her claims there go to the receiver, or are anybody's of the unit; a
    leave of hers is over, and whom she stood in for gets somebody else."""
    row.until_at = now
    await session.flush()
    if row.account_id is None:
        return []
    claims = await session.scalars(
        select(Obligation)
        .join(Unit, Unit.id == Obligation.unit_id)
        .where(
            Obligation.owner_id == row.account_id,
            Obligation.outcome.is_(None),
            Unit.path.startswith(unit.path),
        )
    )
    for item in claims:
        await move_claim(session, item, receiver, item.held_for_id or receiver)
    await give_absences(session, row.account_id, unit.path, receiver)
    if row.role not in TEAM or await own_roles(session, row.account_id, now):
        return []
    letters: list[Letter] = []
    for mine in await leaves_of(session, row.account_id, now):
        letters += await end(session, mine, now, quietly=True)
    stood_in = select(Leave).where(Leave.receiver_id == row.account_id, standing(now))
    for leave in list(await session.scalars(stood_in)):
        letters += await refuse(session, leave, row.account_id, now)
    return letters
