"""The one message of a job in somebody's chat: it turns into whatever is to be said next."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.errands import Errand
from models.jobs import Claimed
from models.messages import Edit, Outbound
from models.outbox import Delivery, Letter, OutboxRow, Priority, enqueue
from models.sending import message_id_of


async def show(
    session: AsyncSession, job: Claimed, errand: Errand, message: Outbound, now: datetime
) -> None:
    """Turn the job's message into this one; a new one while nobody knows that it arrived."""
    shown = errand.message_id or await message_id_of(session, errand.key)
    if shown:
        message = replace(message, edit=Edit.REPLACE, edits=shown)
    errand.key, errand.message_id = await add(session, job, errand, message, now), ""


async def add(
    session: AsyncSession, job: Claimed, errand: Errand, message: Outbound, now: datetime
) -> str:
    """Say something more; the message's key."""
    errand.said += 1
    key = f"job:{job.id}:{errand.said}"
    await enqueue(session, [Letter(key, job.account_id, message, Priority.REPLY)], now)
    return key


async def arrived(session: AsyncSession, errand: Errand) -> bool:
    """Has the last thing said left already? Until then nothing new need be said."""
    state = select(OutboxRow.state).where(OutboxRow.dedupe_key == errand.key)
    return await session.scalar(state) != Delivery.WAITING
