"""The head of a contact ring is asked how everybody is, every few days. If she does not answer,
nothing follows: a ring is a help and not a duty."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import account_of_person
from models.obligations import Obligation, Outcome, settle
from models.outbox import Letter, Priority, enqueue
from models.ringcards import asked
from models.rings import Ring, ask_next, doors_of, head_of
from models.rules import rules_for
from models.units import Unit


async def run(session: AsyncSession, item: Obligation, now: datetime, zone: ZoneInfo) -> None:
    """Ask, and plan the next time. A ring whose head has moved away is asked no more."""
    ring = await session.get_one(Ring, item.facts["ring"])
    unit = await session.get_one(Unit, ring.unit_id)
    await settle(session, [item], Outcome.DONE, None, now)
    head = await head_of(session, ring)
    if head is None:
        return
    account = await account_of_person(session, head.id)
    if account is not None:
        message = asked(ring, unit, len(await doors_of(session, ring)))
        await enqueue(session, [Letter(item.key, account.id, message, Priority.REMINDER)], now)
    await ask_next(session, ring, await rules_for(session, unit), now, zone)
