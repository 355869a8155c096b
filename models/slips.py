"""Slips (二维码卡) left at a door where nobody was met: a token that opens this door's own answer.

A slip is a claim, never a right: whoever has it may say what a household says of itself, and
learns nothing of who lives there. It ends with its days, or when the visit is taken back.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.accounts import new_code
from models.base import Base, Id
from models.crypto import one_way
from models.messages import UserError
from models.obligations import Kind, Obligation, by_key, look_again, oblige
from models.people import Household
from models.reach import CONTACT_WITHIN
from models.visits import Found, Visit, appointed, met, record_visit, undo, visits_since

SLIP_DAYS = 14


class Slip(Base):
    """One card; of its token only a hash is kept."""

    __tablename__ = "slips"

    id: Mapped[Id]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"), index=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


async def leave_slip(session: AsyncSession, visit: Visit, now: datetime) -> tuple[Slip, str]:
    """A slip for the door that this visit found closed, and its token."""
    token = new_code()
    slip = Slip(
        token_hash=one_way(token),
        visit_id=visit.id,
        household_id=visit.household_id,
        unit_id=visit.unit_id,
        created_at=now,
        expires_at=now + timedelta(days=SLIP_DAYS),
    )
    session.add(slip)
    await session.flush()
    return slip, token


async def slip_of(session: AsyncSession, token: str, now: datetime) -> Slip | None:
    """The slip behind a token; None when it is no slip's, UserError when its time is over."""
    row = (
        await session.execute(
            select(Slip, Visit.undone_at)
            .join(Visit, Visit.id == Slip.visit_id)
            .where(Slip.token_hash == one_way(token))
        )
    ).first()
    if row is None:
        return None
    slip, undone_at = row
    if undone_at is not None or slip.expires_at <= now:
        raise UserError("slip.over")
    return slip


async def home_of(session: AsyncSession, slip: Slip) -> Household:
    """The slip's door, locked."""
    return (
        await session.scalars(
            select(Household).where(Household.id == slip.household_id).with_for_update()
        )
    ).one()


async def answered(session: AsyncSession, slip: Slip) -> bool:
    """Has the door been done since the slip was left there?"""
    return met(await visits_since(session, slip.household_id, slip.created_at)) is not None


async def answer(
    session: AsyncSession, slip: Slip, home: Household, by: int, now: datetime
) -> list[Obligation]:
    """The household has told for itself: the door is done. What nobody has to come for any more."""
    if await answered(session, slip):
        return []
    ended = await appointed(session, home.id)
    await record_visit(session, home, Found.TOLD, by, now)
    return ended


async def take_back(
    session: AsyncSession, slip: Slip, at: datetime, by: int, now: datetime
) -> None:
    """What was told `at` that hour by way of the slip is withdrawn: the door is as it was."""
    for visit in await visits_since(session, slip.household_id, at):
        if visit.found == Found.TOLD and visit.at == at and visit.account_id == by:
            await undo(session, visit, by, now)


async def host_of(session: AsyncSession, slip: Slip) -> int:
    """The account to be told: who is to come again, else who was at the door."""
    for item in await appointed(session, slip.household_id):
        if item.owner_id is not None:
            return item.owner_id
    visit = await session.get_one(Visit, slip.visit_id)
    return visit.account_id


async def ask_call(
    session: AsyncSession, slip: Slip, home: Household, name: str, phone: str, now: datetime
) -> None:
    """Whoever scanned the slip would like to be called; asked again, the newest number counts."""
    key = f"contact:slip{slip.id}"
    detail = json.dumps({"name": name, "door": home.address, "phone": phone}, ensure_ascii=False)
    row = {
        "key": key,
        "kind": Kind.CONTACT,
        "unit_id": home.unit_id,
        "owner_id": await host_of(session, slip),
        "opens_at": now,
        "due_at": now + CONTACT_WITHIN,
        "facts": {"cause": "slip"},
        "detail": detail,
    }
    await oblige(session, [row])
    made = await by_key(session, key)
    assert made is not None, "it has just been made"
    if made.detail != detail or not made.is_open():
        made.detail, made.due_at = detail, now + CONTACT_WITHIN
        made.outcome = made.outcome_at = made.outcome_by = made.reason = None
        await look_again(session, made, now)
