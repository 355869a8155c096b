"""What is answered to whoever sent a batch or a letter: each row as it came, and what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.attempts import Attempt
from models.audit import AuditRow, record
from models.episodes import Episode
from models.leads import Lead, LeadOutcome, LeadSource
from models.sources import Batch, Source
from models.units import Unit

ANSWER = "answer"  # the kind of job that writes one


# Of whom a row speaks, where no sheet has said it.
TOLD = ("name", "id_number", "phone", "address")


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one row: `cells` as it came in a sheet, `told` by TOLD (both empty once
    purged), `at` and `unit` of the finding, `since` and `until` when she is observed."""

    person_id: int
    number: str
    told: Mapping[str, str]
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
    episodes = await _episodes(session, batch)
    out = []
    for source, lead, unit, attempts in rows:
        episode = episodes.get(lead.id)
        facts = source.facts()
        out.append(
            Answer(
                person_id=lead.person_id,
                number=batch.number,
                told=_told(facts),
                cells=facts.get("cells", ()),
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


def _told(facts: Mapping[str, Any]) -> dict[str, str]:
    papers = facts.get("document") or {}
    said = {**facts, "id_number": papers.get("number")}
    return {name: said.get(name) or "" for name in TOLD}


async def note_sent(
    session: AsyncSession, batch: Batch, rows: Sequence[Answer], by: int | None, now: datetime
) -> None:
    """Everybody whom an answer names can see that it has left; `by` is None for the operator."""
    record(session, now, by, "batch.exported", f"batch:{batch.id}", rows=len(rows))
    named = dict.fromkeys(row.person_id for row in rows)
    told: dict[str, Any] = {
        "at": now,
        "account_id": by,
        "action": "answer.sent",
        "reason": "",
        "facts": {},
    }
    if named:
        await session.execute(
            insert(AuditRow), [{**told, "subject": f"person:{person}"} for person in named]
        )


async def _episodes(session: AsyncSession, batch: Batch) -> dict[int, Episode]:
    named = select(Source.lead_id).where(Source.batch_id == batch.id)
    found = await session.scalars(
        select(Episode).where(Episode.lead_id.in_(named)).order_by(Episode.id)
    )
    return {episode.lead_id: episode for episode in found if episode.lead_id is not None}
