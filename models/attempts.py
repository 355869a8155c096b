"""Attempts to reach somebody: when, how, what came of it, and when to try again.

An attempt ends no lead. Each next one falls into another part of the day.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id
from models.clock import at_local, local_day
from models.leads import Lead, LeadOutcome
from models.messages import UserError
from models.obligations import Kind, Obligation, Outcome, fulfil, oblige, settle
from models.rules import Rules

# Who is out in the morning is at home in the evening: the hours at which a call is tried again.
TRIES = (time(9), time(12, 30), time(19))
SOONEST = timedelta(hours=2)
RETRY_WITHIN = timedelta(hours=1)


class Way(StrEnum):
    """How she was tried."""

    CALL = "call"
    DOOR = "door"
    MESSAGE = "message"


class Attempt(Base):
    """One attempt without an end. A system fault has no way: nobody was tried."""

    __tablename__ = "lead_attempts"

    id: Mapped[Id]
    lead_id: Mapped[int] = mapped_column(ForeignKey("leads.id"), index=True)
    at: Mapped[datetime]
    way: Mapped[Way | None] = mapped_column(String(8))
    result: Mapped[LeadOutcome] = mapped_column(String(14))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    submission_id: Mapped[int | None] = mapped_column(ForeignKey("submissions.id"))


async def attempts_at(session: AsyncSession, lead_id: int) -> list[Attempt]:
    """The attempts at a lead, the first one first."""
    found = await session.scalars(
        select(Attempt).where(Attempt.lead_id == lead_id).order_by(Attempt.at, Attempt.id)
    )
    return list(found)


async def try_lead(
    session: AsyncSession,
    lead: Lead,
    duty: Obligation,
    attempt: Attempt,
    rules: Rules,
    zone: ZoneInfo,
) -> tuple[int, datetime]:
    """Write an attempt down and plan the next: how many there are now, when she is tried again.

    UserError when it follows the last one so soon that it would be the same one.
    """
    earlier = await attempts_at(session, lead.id)
    if earlier and attempt.at < earlier[-1].at + timedelta(minutes=rules.attempts_apart):
        raise UserError("attempt.too_soon", at=earlier[-1].at, minutes=rules.attempts_apart)
    session.add(attempt)
    await session.flush()
    await end_retries(session, lead.id, attempt.account_id, attempt.at)
    count = len(earlier) + 1
    again = next_try([one.at for one in (*earlier, attempt)], zone)
    row = {
        "key": f"retry:lead{lead.id}:a{attempt.id}",
        "kind": Kind.RETRY,
        "unit_id": lead.unit_id,
        "person_id": lead.person_id,
        "lead_id": lead.id,
        "owner_id": duty.owner_id,
        "opens_at": again,
        "due_at": again + RETRY_WITHIN,
        "facts": {"tries": count},
    }
    await oblige(session, [row])
    _note(duty, count, rules)
    return count, again


def _note(duty: Obligation, count: int, rules: Rules) -> None:
    """The verification's card says how often she was tried, and whether that is enough."""
    duty.facts = {**duty.facts, "tries": count, "may_end": count >= rules.attempts}


def next_try(tried: Sequence[datetime], zone: ZoneInfo) -> datetime:
    """The next hour whose part of the day was not tried yet, or was tried longest ago."""
    last = tried[-1]
    on = local_day(last, zone)
    ahead = [
        (at_local(on + timedelta(days=day), hour, zone), part)
        for day in range(3)
        for part, hour in enumerate(TRIES)
    ]
    coming = [(at, part) for at, part in ahead if at >= last + SOONEST]
    order = {_part(at, zone): n for n, at in enumerate(tried)}
    return min(coming[: len(TRIES)], key=lambda one: (order.get(one[1], -1), one[0]))[0]


def _part(at: datetime, zone: ZoneInfo) -> int:
    """Morning, noon or evening."""
    hour = at.astimezone(zone).time()
    return 0 if hour < time(11, 30) else 1 if hour < time(17) else 2


async def forget_attempt(
    session: AsyncSession, duty: Obligation, submission_id: int, rules: Rules
) -> None:
    """The attempt that a submission told of is taken back."""
    assert duty.lead_id is not None, "a verification belongs to a lead"
    every = await attempts_at(session, duty.lead_id)
    gone = [one for one in every if one.submission_id == submission_id]
    for one in gone:
        await session.delete(one)
    if gone:
        _note(duty, len(every) - len(gone), rules)
        await session.flush()


async def end_retries(
    session: AsyncSession, lead_id: int, by: int | None, now: datetime, *, over: bool = False
) -> None:
    """Nothing is left to be tried again: it was just done, or the lead is `over`."""
    found = await session.scalars(
        select(Obligation).where(
            Obligation.lead_id == lead_id,
            Obligation.kind == Kind.RETRY,
            Obligation.outcome.is_(None),
        )
    )
    for item in list(found):
        if over:
            await settle(session, [item], Outcome.CANCELLED, by, now)
        else:
            await fulfil(session, item, by, now)
