"""What volunteers have served: their shifts and hours."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.duty import Shift
from models.rules import rules_for
from models.service import Task, credit
from models.units import Unit
from models.volunteers import Volunteer


async def shifts_ahead(session: AsyncSession, volunteer: Volunteer, now: datetime) -> list[Shift]:
    """Where the rota has her and she has not signed in yet."""
    found = await session.scalars(
        select(Shift)
        .where(
            Shift.volunteer_id == volunteer.id,
            Shift.cancelled_at.is_(None),
            Shift.signed_in_at.is_(None),
            Shift.until_at > now,
        )
        .order_by(Shift.since_at, Shift.id)
        .with_for_update()
    )
    return list(found)


async def credit_shift(session: AsyncSession, shift: Shift, now: datetime) -> None:
    """A volunteer has signed out of her post: the hours of the rota that she stood there."""
    if shift.volunteer_id is None or shift.signed_in_at is None or shift.signed_out_at is None:
        return
    volunteer = await session.get_one(Volunteer, shift.volunteer_id)
    rules = await rules_for(session, await session.get_one(Unit, shift.unit_id))
    shift.served_minutes = minutes_of(shift)
    await credit(session, f"service:s{shift.id}", volunteer, shift.served_minutes, rules, now)


def minutes_of(shift: Shift) -> int:
    """How long somebody stood at a post, as far as the rota asked her to."""
    if shift.signed_in_at is None or shift.signed_out_at is None:
        return 0
    begun = max(shift.signed_in_at, shift.since_at)
    ended = min(shift.signed_out_at, shift.until_at)
    return max(0, int((ended - begun).total_seconds()) // 60)


async def served_minutes(session: AsyncSession, volunteer: Volunteer) -> int:
    """All that she has served, on errands and at posts."""
    errands = await session.scalar(
        select(func.coalesce(func.sum(Task.minutes), 0)).where(Task.volunteer_id == volunteer.id)
    )
    shifts = await session.scalars(select(Shift).where(Shift.volunteer_id == volunteer.id))
    return int(errands or 0) + sum(minutes_of(shift) for shift in shifts)
