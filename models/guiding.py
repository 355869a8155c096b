"""Gatherings that somebody attends for the village: who is named, what came of the day (A43)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.access import under
from models.accounts import TEAM, Account, Assignment
from models.actors import Action, Actor
from models.messages import UserError
from models.obligations import REPORTED, Kind, Obligation, fulfil
from models.registers import Submission
from models.tallies import Tally
from models.units import Level, Unit, chain

MOST = 20


async def access_guided(session: AsyncSession, actor: Actor, obligation_id: int) -> Obligation:
    """The duty to attend, locked: of staff of its unit or above, and of whoever was named."""
    mine = or_(
        Obligation.owner_id == actor.account_id,
        under(actor.paths(Action.CLAIM), Obligation.unit_id),
    )
    item = await session.scalar(
        select(Obligation)
        .where(Obligation.id == obligation_id, Obligation.kind == Kind.GUIDE, mine)
        .with_for_update()
    )
    if item is None:
        raise UserError("access.denied")
    return item


async def officers(
    session: AsyncSession, item: Obligation, now: datetime
) -> Sequence[tuple[int, str]]:
    """Who can be named: staff of the village and its grids, account and name."""
    unit = await session.get_one(Unit, item.unit_id)
    village = (await chain(session, unit)).get(Level.VILLAGE, unit)
    found = await session.execute(
        select(Account.id, Assignment.name, Account.name)
        .join(Account, Account.id == Assignment.account_id)
        .join(Unit, Unit.id == Assignment.unit_id)
        .where(
            Unit.path.startswith(village.path),
            Assignment.role.in_(TEAM),
            or_(Assignment.until_at.is_(None), Assignment.until_at > now),
            Account.blocked_at.is_(None),
        )
        .order_by(Assignment.id)
    )
    people = {account: held or known or "" for account, held, known in found}
    return list(people.items())[:MOST]


async def attended(
    session: AsyncSession,
    item: Obligation,
    outcome: str,
    figures: Mapping[str, int],
    by: int,
    now: datetime,
) -> None:
    """The day is over: what came of it counts where the gathering was told."""
    await fulfil(session, item, by, now)
    item.reason = outcome
    record = await session.get_one(Submission, item.facts["record"])
    rows = [
        {
            "register": record.form,
            "figure": name,
            "unit_id": item.unit_id,
            "at": now,
            "n": n,
            "submission_id": record.id,
        }
        for name, n in figures.items()
    ]
    await session.execute(insert(Tally), rows)


async def was_attended(session: AsyncSession, record_id: int) -> bool:
    """Somebody was there: what she saw is not taken back with the word that came before."""
    found = await session.scalar(
        select(Obligation.id).where(
            Obligation.key == f"follow:s{record_id}",
            Obligation.kind == Kind.GUIDE,
            Obligation.outcome.in_(REPORTED),
        )
    )
    return found is not None
