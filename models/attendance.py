"""Attendance: signing in and out of a shift, what is handed over, and the figures of it.

That nobody signed in is a fact with its hour; nothing here judges.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import Assignment
from models.duty import Post, Shift, names_of, signin_key, signout_key
from models.messages import UserError
from models.obligations import Kind, by_key, fulfil, oblige
from models.reports.figures import count_figures
from models.reports.periods import Period
from models.reports.sections import DUTY
from models.rota import Hand, shift_facts
from models.rules import rules_for
from models.served import credit_shift
from models.units import Unit
from models.volunteers import Volunteer

NOTE_KEPT = timedelta(hours=48)  # a note that nobody has read by then is history
OUT_AHEAD = timedelta(minutes=10)


async def sign_in(
    session: AsyncSession,
    shift: Shift,
    post: Post,
    by: int,
    now: datetime,
    zone: ZoneInfo,
    distance_m: int | None,
) -> None:
    """She is there. Raises UserError when it is too early, over, or done."""
    unit = await session.get_one(Unit, shift.unit_id)
    rules = await rules_for(session, unit)
    check_sign_in(shift, now, timedelta(minutes=rules.duty_window_minutes))
    shift.signed_in_at, shift.distance_m, shift.asked_id = now, distance_m, None
    item = await by_key(session, signin_key(shift.id))
    if item is not None and item.is_open():
        await fulfil(session, item, by, now)
    row = {
        "key": signout_key(shift.id),
        "kind": Kind.SIGNOUT,
        "unit_id": shift.unit_id,
        "owner_id": shift.account_id,
        "opens_at": max(now, shift.until_at - OUT_AHEAD),
        "due_at": shift.until_at + timedelta(minutes=rules.duty_signout_minutes),
        "facts": shift_facts(shift, post, zone),
        "detail": item.detail if item is not None else None,
    }
    await oblige(session, [row])


def check_sign_in(shift: Shift, now: datetime, window: timedelta) -> None:
    """Raises UserError when nobody can sign in to it now."""
    if shift.cancelled_at is not None:
        raise UserError("duty.cancelled")
    if shift.signed_in_at is not None:
        raise UserError("duty.signed_in_already", at=shift.signed_in_at)
    if now < shift.since_at - window:
        raise UserError("duty.too_early", at=shift.since_at - window)
    if now >= shift.until_at:
        raise UserError("duty.over", at=shift.until_at)


async def sign_out(
    session: AsyncSession, shift: Shift, by: int, now: datetime, note: str | None
) -> None:
    """She leaves; the note waits for whoever comes next."""
    if shift.signed_in_at is None:
        raise UserError("duty.not_signed_in")
    if shift.signed_out_at is not None:
        raise UserError("duty.signed_out_already", at=shift.signed_out_at)
    shift.signed_out_at, shift.note = now, note
    item = await by_key(session, signout_key(shift.id))
    if item is not None and item.is_open():
        await fulfil(session, item, by, now)
    await credit_shift(session, shift, now)


async def unread_notes(session: AsyncSession, shift: Shift) -> list[Shift]:
    """What those before her left for her, oldest first."""
    found = await session.scalars(
        select(Shift)
        .where(
            Shift.post_id == shift.post_id,
            Shift.id != shift.id,
            Shift.note.is_not(None),
            Shift.read_at.is_(None),
            Shift.signed_out_at > shift.since_at - NOTE_KEPT,
        )
        .order_by(Shift.signed_out_at)
    )
    return list(found)


@dataclass(frozen=True, slots=True)
class Turnout:
    """应到 = 实到 + 脱岗: who was to come by the end of the period, who had signed in when her
    time was over, who had not; `later` of these came after all."""

    expected: int = 0
    present: int = 0
    absent: int = 0
    later: int = 0


async def turnout(session: AsyncSession, unit: Unit, period: Period) -> Turnout:
    """The shifts of a unit and below whose time for signing in ended within the period."""
    figures = await count_figures(session, unit, period, (DUTY,))
    return Turnout(**{name.partition(".")[2]: n for name, n in figures.items()})


async def phone_of(session: AsyncSession, shift: Shift) -> tuple[str, str]:
    """Name and phone of who is on duty; raises UserError when no phone is known."""
    name = (await names_of(session, shift))[shift.id]
    staff: Hand | None = None
    if shift.assignment_id:
        staff = await session.get(Assignment, shift.assignment_id)
    elif shift.volunteer_id:
        staff = await session.get(Volunteer, shift.volunteer_id)
    if staff is None or not staff.phone:
        raise UserError("duty.no_phone", name=name)
    return name, staff.phone
