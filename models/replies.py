"""What a pharmacy, a clinic or a hotel hears of somebody whom its register has told of.

It hears that she was seen to, never what was found: that is hers and her worker's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.identity import mask_name
from models.leads import Lead, LeadOutcome, LeadSource
from models.messages import Button, Outbound, Text, Value
from models.outbox import Letter, Priority, enqueue
from models.registers import Submission
from models.sources import Source
from models.tallies import FOLLOWED, Tally

REPLIES: Mapping[LeadOutcome, str] = {
    LeadOutcome.VERIFIED: "met",
    LeadOutcome.NO_RISK: "met",
    LeadOutcome.DUPLICATE: "met",
    LeadOutcome.LEFT: "elsewhere",
    LeadOutcome.OTHER_AREA: "elsewhere",
    LeadOutcome.EMPTY_NUMBER: "no_number",
    LeadOutcome.NO_ANSWER: "unmet",
    LeadOutcome.SYSTEM_FAULT: "unmet",
}


async def told_by_records(session: AsyncSession, lead_id: int) -> Sequence[Source]:
    """The sources of a lead that are records of a register."""
    found = await session.scalars(
        select(Source)
        .where(Source.lead_id == lead_id, Source.channel == LeadSource.SENTINEL)
        .order_by(Source.id)
    )
    return found.all()


async def reply(
    session: AsyncSession, sources: Sequence[Source], outcome: LeadOutcome, now: datetime
) -> None:
    """A lead has ended: each record that told of her counts as followed, and its author hears."""
    letters = []
    for source in sources:
        record = await session.get(Submission, source.submission_id or 0)
        if record is None or record.unit_id is None or outcome not in REPLIES:
            continue
        session.add(
            Tally(
                register=record.form,
                figure=FOLLOWED,
                unit_id=record.unit_id,
                at=now,
                n=1,
                submission_id=record.id,
            )
        )
        key = f"replied:src{source.id}:{outcome}"
        message = _message(source, record, REPLIES[outcome])
        letters.append(Letter(key, record.actor_id, message, Priority.NOTICE))
    await enqueue(session, letters, now)


def _message(source: Source, record: Submission, said: str) -> Outbound:
    told: dict[str, Value] = {
        "title": Text(f"{record.form}.title"),
        "number": record.receipt,
        "name": mask_name(source.facts().get("name", "")),
    }
    mend = ((Button(Text("receipt.correct"), f"a:correct:{record.id}"),),)
    return Outbound((Text(f"replied.{said}", told),), mend if said == "no_number" else ())


async def take_reply_back(session: AsyncSession, lead: Lead) -> None:
    """What was found is open again: the records count as followed no more."""
    records = [one.submission_id for one in await told_by_records(session, lead.id)]
    await session.execute(
        delete(Tally).where(Tally.submission_id.in_(records), Tally.figure == FOLLOWED)
    )
