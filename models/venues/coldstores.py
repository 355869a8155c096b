"""The day's totals of cold stores (A47): each owes them at the cut-off, zero or not.

Nothing is counted by hand: the keeper confirms what the records come to, or that there was none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.actors import Actor
from models.clock import at_local
from models.messages import UserError
from models.obligations import Kind, Obligation, Outcome, fulfil, oblige, settle
from models.registers import Submission
from models.reports.periods import Period
from models.rules import rules_of
from models.tallies import Tally
from models.units import Unit
from models.venues.access import managed
from models.venues.kinds import Trading, VenueKind
from models.venues.problems import manager_of
from models.venues.venue import Venue

REGISTER = "coldchain"
FIGURES = ("in", "out", "lacking")
ASKED_BEFORE = timedelta(hours=1)  # of the cut-off: the evening of a working day


async def owe_totals(session: AsyncSession, top: Unit, on: date, zone: ZoneInfo) -> None:
    """Every cold store that does business owes the totals of the district's day `on`."""
    until_at = at_local(on, rules_of(top).cut_off, zone)
    stores = await session.scalars(
        select(Venue)
        .join(Unit, Unit.id == Venue.unit_id)
        .where(
            Unit.path.startswith(top.path),
            Venue.kind == VenueKind.COLD_STORE,
            Venue.trading == Trading.OPEN,
        )
        .order_by(Venue.id)
    )
    rows: list[dict[str, Any]] = [
        {
            "key": f"stock:v{store.id}:{on.isoformat()}",
            "kind": Kind.STOCK,
            "unit_id": store.unit_id,
            "owner_id": await manager_of(session, store),
            "opens_at": until_at - ASKED_BEFORE,
            "due_at": until_at,
            "facts": {"venue": store.id, "on": on.isoformat()},
            "detail": json.dumps({"venue": store.name}, ensure_ascii=False),
        }
        for store in stores.all()
    ]
    await oblige(session, rows)


async def access_totals(
    session: AsyncSession, actor: Actor, obligation_id: int, now: datetime
) -> Obligation:
    """The duty, locked, of a store that she answers for inside."""
    item = await session.scalar(
        select(Obligation)
        .where(Obligation.id == obligation_id, Obligation.kind == Kind.STOCK)
        .with_for_update()
    )
    mine = select(Venue.id).where(managed(actor, now))
    if item is None or item.facts["venue"] not in set(await session.scalars(mine)):
        raise UserError("access.denied")
    return item


async def totals(session: AsyncSession, item: Obligation, zone: ZoneInfo) -> dict[str, int]:
    """What the store's own records of that day come to, zeros included."""
    until_at = item.due_at
    period = Period(until_at - timedelta(days=1), until_at, zone)
    found = await session.execute(
        select(Tally.figure, func.sum(Tally.n))
        .join(Submission, Submission.id == Tally.submission_id)
        .where(
            Tally.register == REGISTER,
            Tally.figure.in_(FIGURES),
            Tally.at > period.since_at,
            Tally.at <= period.until_at,
            Submission.context["venue"].as_integer() == item.facts["venue"],
        )
        .group_by(Tally.figure)
    )
    return {**dict.fromkeys(FIGURES, 0), **{figure: int(n) for figure, n in found}}


async def confirm_totals(
    session: AsyncSession, item: Obligation, figures: Mapping[str, int], by: int, now: datetime
) -> None:
    """She has told them; a second tap keeps the first hour."""
    if item.is_open():
        item.facts = {**item.facts, "figures": dict(figures)}
        await fulfil(session, item, by, now)


async def owe_no_more(session: AsyncSession, venue: Venue, by: int, now: datetime) -> None:
    """A store that does no business owes nothing."""
    found: Sequence[Obligation] = (
        await session.scalars(
            select(Obligation).where(
                Obligation.kind == Kind.STOCK,
                Obligation.outcome.is_(None),
                Obligation.key.startswith(f"stock:v{venue.id}:"),
            )
        )
    ).all()
    await settle(session, found, Outcome.CANCELLED, by, now, "closed")
