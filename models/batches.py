"""Batches and letters: whose they are, how far each is, and when it waits for an answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import Account, Assignment
from models.leads import Lead, LeadOutcome
from models.leave import held
from models.obligations import Kind, Obligation, by_key, look_again, oblige
from models.reports.periods import rows
from models.sources import Batch, Source


async def batch_for(session: AsyncSession, made: Batch) -> Batch:
    """The unit's batch of this channel and number: the one that is known, else the one made."""
    known = await session.scalar(
        select(Batch).where(
            Batch.channel == made.channel,
            Batch.number == made.number,
            Batch.unit_id == made.unit_id,
        )
    )
    if known is not None:
        return known
    session.add(made)
    await session.flush()
    return made


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a batch is: rows = answered + waiting + overdue; `observed` are some of the first."""

    batch: Batch
    rows: int = 0
    answered: int = 0
    observed: int = 0
    waiting: int = 0
    overdue: int = 0

    @property
    def is_whole(self) -> bool:
        return 0 < self.rows == self.answered


async def standings(
    session: AsyncSession, batches: Sequence[Batch], now: datetime
) -> list[Standing]:
    """The same batches, counted at `now`: one query."""
    is_open = Lead.outcome.is_(None)
    found = await session.execute(
        select(
            Source.batch_id,
            func.count(),
            rows(~is_open),
            rows(Lead.outcome == LeadOutcome.VERIFIED),
            rows(and_(is_open, Source.due_at > now)),
            rows(and_(is_open, Source.due_at <= now)),
        )
        .join(Lead, Lead.id == Source.lead_id)
        .where(Source.batch_id.in_([batch.id for batch in batches]))
        .group_by(Source.batch_id)
    )
    counted = {batch_id: tuple(map(int, numbers)) for batch_id, *numbers in found}
    return [Standing(batch, *counted.get(batch.id, ())) for batch in batches]


# -- waiting for the answer -----------------------------------------------------------------------


def batch_key(batch_id: int) -> str:
    return f"batch:{batch_id}"


async def expect_answers(session: AsyncSession, sources: Iterable[Source], now: datetime) -> None:
    """New rows of batches: each batch is looked at when the last of them is due."""
    due: dict[int, datetime] = {}
    for source in sources:
        if source.batch_id is not None:
            due[source.batch_id] = max(source.due_at, due.get(source.batch_id, source.due_at))
    if not due:
        return
    batches = {b.id: b for b in await session.scalars(select(Batch).where(Batch.id.in_(due)))}
    for batch in batches.values():
        batch.due_at, batch.replied_at = max(batch.due_at, due[batch.id]), None
    made = [
        {
            "key": batch_key(batch.id),
            "kind": Kind.BATCH,
            "unit_id": batch.unit_id,
            "opens_at": batch.due_at,
            "due_at": batch.due_at,
            "facts": {"batch": batch.id},
        }
        for batch in batches.values()
    ]
    await oblige(session, made)
    keys = [row["key"] for row in made]
    for item in list(await session.scalars(select(Obligation).where(Obligation.key.in_(keys)))):
        due_at = batches[item.facts["batch"]].due_at
        if item.is_open() and item.due_at == due_at:
            continue
        item.outcome = item.outcome_at = item.outcome_by = item.reason = None
        item.opens_at = item.due_at = due_at
        await look_again(session, item, due_at)


async def look_at_batches(session: AsyncSession, lead_id: int, now: datetime) -> None:
    """A lead has ended: the batches of which it was the last one are looked at now."""
    waiting = (
        select(Source.batch_id)
        .join(Lead, Lead.id == Source.lead_id)
        .where(Source.batch_id.is_not(None), Lead.outcome.is_(None), Lead.id != lead_id)
    )
    found = await session.scalars(
        select(Source.batch_id)
        .where(
            Source.lead_id == lead_id,
            Source.batch_id.is_not(None),
            Source.batch_id.not_in(waiting),
        )
        .distinct()
    )
    keys = [batch_key(batch_id) for batch_id in found if batch_id is not None]
    if not keys:
        return
    items = await session.scalars(
        select(Obligation).where(Obligation.key.in_(keys), Obligation.outcome.is_(None))
    )
    for item in list(items):
        await look_again(session, item, now)


async def expect_again(session: AsyncSession, lead_id: int, now: datetime) -> None:
    """A finding is taken back: an answer that was handed out with it holds no longer."""
    of_lead = select(Source.batch_id).where(Source.lead_id == lead_id)
    for batch in list(await session.scalars(select(Batch).where(Batch.id.in_(of_lead)))):
        item = await by_key(session, batch_key(batch.id))
        if item is None:
            continue
        if batch.replied_at is not None:
            batch.replied_at = None
            item.facts = {**item.facts, "taken": item.facts.get("taken", 0) + 1}
        if not item.is_open():
            item.outcome = item.outcome_at = item.outcome_by = item.reason = None
            if item.due_at > now:
                await look_again(session, item, item.due_at)


async def bringers(session: AsyncSession, batch: Batch, now: datetime) -> list[int]:
    """The accounts that brought its rows, as far as they are still staff and can be reached."""
    brought = select(Source.account_id).where(
        Source.batch_id == batch.id, Source.account_id.is_not(None)
    )
    on_staff = select(Assignment.account_id).where(held(now), Assignment.account_id.is_not(None))
    found = await session.scalars(
        select(Account.id)
        .where(
            Account.id.in_(brought),
            Account.id.in_(on_staff),
            Account.blocked_at.is_(None),
        )
        .order_by(Account.id)
    )
    return list(found)
