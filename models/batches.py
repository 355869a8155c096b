"""Batches and letters: which leads came in each, and what is answered to whoever sent them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.attempts import Attempt
from models.episodes import Episode
from models.leads import Lead, LeadOutcome, LeadSource
from models.sources import Batch, Source
from models.units import Unit


async def batch_for(session: AsyncSession, made: Batch) -> Batch:
    """The batch of this channel and number: the one that is known, else the one made."""
    known = await session.scalar(
        select(Batch).where(Batch.channel == made.channel, Batch.number == made.number)
    )
    if known is not None:
        return known
    session.add(made)
    await session.flush()
    return made


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one row: `cells` as it came (empty once purged), `at` and `unit` of the
    finding, `since` and `until` when she is observed."""

    cells: Sequence[str]
    channel: LeadSource
    outcome: LeadOutcome | None
    at: datetime | None
    unit: str
    place: str
    since: datetime | None
    until: date | None
    attempts: int


async def answers(session: AsyncSession, batch: Batch) -> list[Answer]:
    """Every row of a batch, in the order of its sheet: a handful of queries."""
    tried = select(Attempt.lead_id, func.count().label("n")).group_by(Attempt.lead_id).subquery()
    found = await session.execute(
        select(Source, Lead, Unit.name, tried.c.n)
        .join(Lead, Lead.id == Source.lead_id)
        .join(Unit, Unit.id == Lead.unit_id)
        .outerjoin(tried, tried.c.lead_id == Lead.id)
        .where(Source.batch_id == batch.id)
        .order_by(Source.row, Source.id)
    )
    rows = list(found)
    episodes = await _episodes(session, [lead.id for _, lead, *_ in rows])
    out = []
    for source, lead, unit, attempts in rows:
        episode = episodes.get(lead.id)
        told = source.facts()
        cells = told.get("cells") or [t for t in (told.get("name"), told.get("address")) if t]
        out.append(
            Answer(
                cells=cells,
                channel=LeadSource(source.channel),
                outcome=LeadOutcome(lead.outcome) if lead.outcome else None,
                at=source.confirmed_at or lead.outcome_at,
                unit=unit,
                place=lead.place or "",
                since=episode.opened_at if episode else None,
                until=episode.ends_on if episode else None,
                attempts=attempts or 0,
            )
        )
    return out


async def _episodes(session: AsyncSession, lead_ids: Sequence[int]) -> dict[int, Episode]:
    found = await session.scalars(
        select(Episode).where(Episode.lead_id.in_(lead_ids)).order_by(Episode.id)
    )
    return {episode.lead_id: episode for episode in found if episode.lead_id is not None}
