"""Who writes to us: accounts on a channel, the roles that they hold, the codes that give them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, String, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id
from models.crypto import Sealed, one_way
from models.messages import UserError
from models.units import Level, Unit, ancestor_ids


class Role(StrEnum):
    RESIDENT = "resident"
    GRID_WORKER = "grid_worker"
    COMMUNITY = "community"
    TOWNSHIP = "township"
    DISTRICT = "district"
    INSPECTOR = "inspector"
    VENUE = "venue"
    SENTINEL = "sentinel"
    ADMIN = "admin"


SUPERVISORS = (Role.COMMUNITY, Role.TOWNSHIP, Role.DISTRICT)
TEAM = (Role.GRID_WORKER, *SUPERVISORS)
# Whose staff speaks for a unit, by its level.
STAFF_OF: Mapping[Level, Role] = {
    Level.DISTRICT: Role.DISTRICT,
    Level.TOWNSHIP: Role.TOWNSHIP,
    Level.VILLAGE: Role.COMMUNITY,
    Level.GRID: Role.GRID_WORKER,
}


class Account(Base):
    """One person's identity on one channel. `chat` is "channel:platform id"."""

    __tablename__ = "accounts"

    id: Mapped[Id]
    chat: Mapped[str] = mapped_column(String(80), unique=True)
    lang: Mapped[str] = mapped_column(String(12), default="zh_Hans")
    name: Mapped[str | None] = mapped_column(Sealed("accounts.name"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    gate_unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    consented_at: Mapped[datetime | None]
    blocked_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Assignment(Base):
    """A staff member's role in a unit; without an account until she has used her code."""

    __tablename__ = "assignments"

    id: Mapped[Id]
    role: Mapped[Role] = mapped_column(String(16))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    name: Mapped[str | None] = mapped_column(Sealed("assignments.name"))
    phone: Mapped[str | None] = mapped_column(Sealed("assignments.phone"))
    phone_index: Mapped[str | None] = mapped_column(String(32), index=True)
    since_at: Mapped[datetime]
    until_at: Mapped[datetime | None]
    held_for_id: Mapped[int | None]  # of accounts: whose role it is, while she is on leave


class Invite(Base):
    """A one-time code, kept as a hash, that gives a role in a unit."""

    __tablename__ = "invites"

    id: Mapped[Id]
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[Role] = mapped_column(String(16))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    assignment_id: Mapped[int | None] = mapped_column(ForeignKey("assignments.id"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))


class Gate(Base):
    """A QR code on a wall: an opaque token that carries the unit, used any number of times."""

    __tablename__ = "gates"

    id: Mapped[Id]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


INVITE_DAYS = 14
# No look-alikes (0/O, 1/l/I): codes are read aloud and typed with one thumb.
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def new_code(length: int = 16) -> str:
    """A code of about 79 bits, which fits a deep link."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


async def invite(
    session: AsyncSession,
    role: Role,
    unit_id: int,
    now: datetime,
    assignment_id: int | None = None,
) -> str:
    """Make a one-time code for a role in a unit; only its hash is stored."""
    code = new_code()
    session.add(
        Invite(
            code_hash=one_way(code),
            role=role,
            unit_id=unit_id,
            assignment_id=assignment_id,
            expires_at=now + timedelta(days=INVITE_DAYS),
        )
    )
    await session.flush()
    return code


async def open_gate(session: AsyncSession, unit_id: int, now: datetime) -> str:
    """Make the token of a gate's QR code."""
    token = new_code()
    session.add(Gate(token_hash=one_way(token), unit_id=unit_id, created_at=now))
    await session.flush()
    return token


async def gate_unit(session: AsyncSession, token: str) -> int | None:
    """The unit that an open gate's token carries."""
    return await session.scalar(
        select(Gate.unit_id).where(Gate.token_hash == one_way(token), Gate.closed_at.is_(None))
    )


async def redeem(
    session: AsyncSession, code: str, account: Account, now: datetime
) -> Invite | None:
    """Use a one-time code; None when there is no such code, UserError when it is spent."""
    found = await session.scalar(
        select(Invite).where(Invite.code_hash == one_way(code)).with_for_update()
    )
    if found is None:
        return None
    if found.used_at is not None:
        raise UserError("start.invite_mine" if found.used_by == account.id else "start.invite_used")
    if found.expires_at <= now:
        raise UserError("start.invite_expired")
    found.used_at, found.used_by = now, account.id
    await _assign(session, found, account, now)
    return found


async def _assign(session: AsyncSession, found: Invite, account: Account, now: datetime) -> None:
    """Give the account the invited role: on the imported staff row, or on a new one."""
    if found.role == Role.RESIDENT:
        account.gate_unit_id = found.unit_id
        return
    if found.assignment_id is not None:
        row = await session.get(Assignment, found.assignment_id)
        if row is not None and row.account_id is None and row.until_at is None:
            row.account_id = account.id
            return
    session.add(
        Assignment(
            role=found.role,
            unit_id=found.unit_id,
            account_id=account.id,
            name=account.name,
            since_at=now,
        )
    )


async def leaders_of(session: AsyncSession, unit_id: int, now: datetime) -> list[int]:
    """The reachable accounts of those who lead a unit: its village's staff, or of the nearest unit
    above that has any."""
    unit = await session.get_one(Unit, unit_id)
    found = await session.execute(
        select(Assignment.unit_id, Assignment.account_id)
        .join(Account, Account.id == Assignment.account_id)
        .where(
            Assignment.unit_id.in_(ancestor_ids(unit.path)),
            Assignment.role.in_(SUPERVISORS),
            or_(Assignment.until_at.is_(None), Assignment.until_at > now),
            Account.blocked_at.is_(None),
        )
        .order_by(Assignment.id)
    )
    rows = [(held_in, account) for held_in, account in found if account is not None]
    for level in reversed(ancestor_ids(unit.path)):
        if nearest := [account for held_in, account in rows if held_in == level]:
            return nearest
    return []


async def account_of_person(session: AsyncSession, person_id: int) -> Account | None:
    """The reachable account of a person: the newest that has not blocked us."""
    return await session.scalar(
        select(Account)
        .where(Account.person_id == person_id, Account.blocked_at.is_(None))
        .order_by(Account.id.desc())
        .limit(1)
    )
