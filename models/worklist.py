"""What is open for somebody who works in a unit: how much of each kind, where, and a page of it.

Counted in the database: four hundred open things are not loaded to show eight.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.access import under
from models.actors import Action, Actor
from models.cards import REMIND, URGENCY
from models.obligations import GONE, Kind, Obligation
from models.units import Unit
from models.wards import unanswered

Where: TypeAlias = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Sum:
    """So many open things, those past their deadline among them, and the earliest deadline."""

    n: int
    late: int
    due_at: datetime

    def __add__(self, other: Sum) -> Sum:
        due_at = min(self.due_at, other.due_at)
        return Sum(self.n + other.n, self.late + other.late, due_at)


def open_for(actor: Actor, now: datetime, path: str = "") -> Where:
    """Condition on Obligation: hers to see to now, in all her units or below `path`.

    What others have claimed is theirs. What a person does herself is the worker's once it is late,
    or when nobody can be asked.
    """
    branches = [under(actor.paths(Action.SEE), Obligation.unit_id)]
    if path:
        branches.append(under((path,), Obligation.unit_id))
    mine = or_(Obligation.owner_id.is_(None), Obligation.owner_id == actor.account_id)
    return and_(_waiting(now), mine, *branches)


def _waiting(now: datetime) -> Where:
    """Open, and somebody of the team's to see to."""
    return and_(
        Obligation.outcome.is_(None),
        Obligation.opens_at <= now,
        Obligation.kind.in_(URGENCY),
        or_(Obligation.kind.not_in(REMIND), Obligation.due_at <= now, unanswered()),
    )


def _late(now: datetime) -> ColumnElement[int]:
    return func.sum(case((Obligation.due_at <= now, 1), else_=0))


async def sums(session: AsyncSession, where: Where, now: datetime) -> dict[Kind, Sum]:
    """How much of each kind, in one query."""
    found = await session.execute(
        select(Obligation.kind, func.count(), _late(now), func.min(Obligation.due_at))
        .where(where)
        .group_by(Obligation.kind)
    )
    return {Kind(kind): Sum(n, late, due_at) for kind, n, late, due_at in found}


def total(parts: Mapping[Kind, Sum], kinds: Collection[Kind] = URGENCY) -> Sum | None:
    """These kinds together; None when nothing is open."""
    out: Sum | None = None
    for kind in parts.keys() & set(kinds):
        out = parts[kind] if out is None else out + parts[kind]
    return out


def urgent(parts: Mapping[Kind, Sum]) -> int:
    """Alerts, and whatever is past its deadline."""
    return sum(part.n if kind == Kind.ALERT else part.late for kind, part in parts.items())


async def by_unit(
    session: AsyncSession, where: Where, now: datetime, kinds: Sequence[Kind]
) -> dict[str, Sum]:
    """How much in each unit, by its path."""
    found = await session.execute(
        select(Unit.path, func.count(), _late(now), func.min(Obligation.due_at))
        .join(Unit, Unit.id == Obligation.unit_id)
        .where(where, Obligation.kind.in_(kinds))
        .group_by(Unit.path)
    )
    return {path: Sum(n, late, due_at) for path, n, late, due_at in found}


@dataclass(frozen=True, slots=True)
class Load:
    """How much is open for somebody, and how much of it is urgent."""

    n: int = 0
    urgent: int = 0


async def loads(session: AsyncSession, people: Mapping[int, str], now: datetime) -> dict[int, Load]:
    """The load of each account in her branch of the tree: what nobody else has claimed there."""
    pressing = case((or_(Obligation.kind == Kind.ALERT, Obligation.due_at <= now), 1), else_=0)
    found = await session.execute(
        select(Obligation.owner_id, Unit.path, func.count(), func.sum(pressing))
        .join(Unit, Unit.id == Obligation.unit_id)
        .where(_waiting(now), under(tuple(people.values()), Obligation.unit_id))
        .group_by(Obligation.owner_id, Unit.path)
    )
    rows = found.all()
    out = {}
    for account, branch in people.items():
        hers = [r for r in rows if r[0] in (None, account) and r[1].startswith(branch)]
        out[account] = Load(sum(r[2] for r in hers), sum(r[3] for r in hers))
    return out


async def page(
    session: AsyncSession,
    where: Where,
    now: datetime,
    kinds: Sequence[Kind],
    offset: int,
    limit: int,
) -> list[Obligation]:
    """A page, most urgent first."""
    rank = case({kind: i for i, kind in enumerate(URGENCY)}, value=Obligation.kind, else_=99)
    found = await session.scalars(
        select(Obligation)
        .where(where, Obligation.kind.in_(kinds))
        .order_by(
            case((Obligation.kind == Kind.ALERT, 0), else_=1),
            case((Obligation.due_at <= now, 0), else_=1),
            rank,
            Obligation.due_at,
            Obligation.id,
        )
        .offset(offset)
        .limit(limit)
    )
    return list(found)


async def done_since(
    session: AsyncSession, account_id: int, since: datetime, paths: tuple[str, ...] = ()
) -> int:
    """How many things she has brought to an end, anywhere or in these branches."""
    query = select(func.count(Obligation.id)).where(
        Obligation.outcome_by == account_id,
        Obligation.outcome_at >= since,
        Obligation.outcome.not_in(GONE),
        Obligation.kind.in_(URGENCY),
    )
    if paths:
        query = query.where(under(paths, Obligation.unit_id))
    return await session.scalar(query) or 0
