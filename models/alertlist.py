"""The alerts of somebody's units: what is open, and how quickly the last week's were seen to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.access import under
from models.actors import Action, Actor
from models.obligations import GONE, Kind, Obligation, Outcome

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Week:
    """Alerts raised in the last days: how many, the usual time until somebody took one on (None:
    nobody has), and how many were not dealt with in time."""

    raised: int
    claimed_after: timedelta | None
    late: int


async def open_alerts(
    session: AsyncSession, actor: Actor, limit: int
) -> tuple[Sequence[Obligation], int]:
    """Those that are nobody's first, then by deadline; and how many there are."""
    paths = actor.paths(Action.SEE)
    found = await session.scalars(
        select(Obligation)
        .where(_open(paths))
        .order_by(Obligation.owner_id.is_not(None), Obligation.due_at, Obligation.id)
        .limit(limit)
    )
    items = list(found)
    if len(items) < limit:
        return items, len(items)
    return items, await how_many_open(session, paths)


async def how_many_open(session: AsyncSession, paths: tuple[str, ...]) -> int:
    """Alerts of these branches that nobody has ended yet."""
    return await session.scalar(select(func.count(Obligation.id)).where(_open(paths))) or 0


def _open(paths: tuple[str, ...]) -> ColumnElement[bool]:
    return and_(
        Obligation.kind == Kind.ALERT,
        Obligation.outcome.is_(None),
        under(paths, Obligation.unit_id),
    )


async def week(session: AsyncSession, actor: Actor, now: datetime) -> Week:
    """What was withdrawn does not count."""
    found = await session.execute(
        select(
            Obligation.opens_at, Obligation.claimed_at, Obligation.due_at, Obligation.outcome
        ).where(
            Obligation.kind == Kind.ALERT,
            Obligation.due_at > now - WEEK,
            Obligation.opens_at > now - WEEK,
            under(actor.paths(Action.SEE), Obligation.unit_id),
            or_(Obligation.outcome.is_(None), Obligation.outcome.not_in(GONE)),
        )
    )
    rows = found.all()
    taken = [(claimed - opens).total_seconds() for opens, claimed, _, _ in rows if claimed]
    late = sum(
        outcome == Outcome.LATE or (outcome is None and due <= now) for _, _, due, outcome in rows
    )
    return Week(len(rows), timedelta(seconds=median(taken)) if taken else None, late)
