"""The points ledger (A59): entries are only added, a balance is their sum, nothing is spent twice.

A holder is a person, or an account of which we know no person yet.
"""

from __future__ import annotations

import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, ForeignKey, String, false, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.accounts import Account
from models.base import Base, Id
from models.crypto import one_way
from models.messages import UserError
from models.people import Person
from models.statements import insert_new

CODE_HOLDS = timedelta(minutes=30)
MOST_AWARDED = 10_000


class Reason(StrEnum):
    """Why points came or went; the first five are awarded by hand."""

    JOIN = "join"
    SIMPLE_FEAST = "simple_feast"
    CONTEST = "contest"
    HELP = "help"
    OTHER = "other"
    TIP = "tip"
    SERVICE = "service"
    REDEEMED = "redeemed"
    REVERSED = "reversed"


class PointEntry(Base):
    """One line of the ledger; `key` makes it once, `reverses_id` takes another back."""

    __tablename__ = "point_entries"

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(80), unique=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    n: Mapped[int]
    reason: Mapped[Reason] = mapped_column(String(12))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("point_entries.id"), unique=True)
    at: Mapped[datetime] = mapped_column(index=True)


class ShopItem(Base):
    """Something that a village's shop gives for points."""

    __tablename__ = "shop_items"

    id: Mapped[Id]
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    price: Mapped[int]
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class Redemption(Base):
    """She asks for an item; her code, shown to the staff, spends the points once."""

    __tablename__ = "redemptions"

    id: Mapped[Id]
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("shop_items.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    price: Mapped[int]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    expires_at: Mapped[datetime]
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("point_entries.id"))


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose points: either may be unknown, not both."""

    person_id: int | None = None
    account_id: int | None = None

    def owns(self) -> ColumnElement[bool]:
        """Condition on PointEntry."""
        mine: ColumnElement[bool] = false()
        if self.person_id is not None:
            mine = or_(mine, PointEntry.person_id == self.person_id)
        if self.account_id is not None:
            mine = or_(mine, PointEntry.account_id == self.account_id)
        return mine


def holder_of(account: Account) -> Holder:
    return Holder(account.person_id, account.id)


@cache
def awards() -> Mapping[Reason, int]:
    """What is awarded by hand, and how many points it starts from: the example's numbers."""
    raw = tomllib.loads(Path(__file__).with_name("points.toml").read_text(encoding="utf-8"))
    return TypeAdapter(dict[Reason, int]).validate_python(raw["award"])


def new_digits() -> str:
    """A code that can be shown and typed with one thumb."""
    return f"{secrets.randbelow(10**8):08}"


async def award(
    session: AsyncSession,
    key: str,
    holder: Holder,
    n: int,
    reason: Reason,
    unit_id: int,
    by: int | None,
    now: datetime,
) -> None:
    """Add points, once a key: "service:shift12:p7". Rewards for tips and for hours of service
    come through here, as do those that staff give by hand."""
    row = {
        "key": key,
        "person_id": holder.person_id,
        "account_id": None if holder.person_id else holder.account_id,
        "unit_id": unit_id,
        "n": n,
        "reason": reason,
        "by_id": by,
        "at": now,
    }
    await insert_new(session, PointEntry, [row])


async def balance(session: AsyncSession, holder: Holder) -> int:
    total = select(func.coalesce(func.sum(PointEntry.n), 0)).where(holder.owns())
    return int(await session.scalar(total) or 0)


async def history(session: AsyncSession, holder: Holder, most: int) -> list[PointEntry]:
    """The newest first."""
    found = await session.scalars(
        select(PointEntry).where(holder.owns()).order_by(PointEntry.id.desc()).limit(most)
    )
    return list(found)


async def ask_for(session: AsyncSession, item: ShopItem, account: Account, now: datetime) -> str:
    """A code for one item, good for half an hour; only its hash is kept. UserError when her
    points do not reach."""
    have = await balance(session, holder_of(account))
    if have < item.price:
        raise UserError("points.too_few", item=item.name, price=item.price, have=have)
    code = new_digits()
    session.add(
        Redemption(
            code_hash=one_way(code),
            item_id=item.id,
            unit_id=item.unit_id,
            price=item.price,
            account_id=account.id,
            person_id=account.person_id,
            expires_at=now + CODE_HOLDS,
        )
    )
    await session.flush()
    return code


async def redemption_by(session: AsyncSession, code: str) -> Redemption | None:
    return await session.scalar(select(Redemption).where(Redemption.code_hash == one_way(code)))


async def spend(session: AsyncSession, asked: Redemption, by: int, now: datetime) -> int:
    """Take the points, once; what is left. Two phones at once: one of them is told that it is
    done. UserError when the code is spent or old, or when the points went elsewhere meanwhile."""
    await session.refresh(asked, with_for_update=True)
    if asked.entry_id is not None:
        raise UserError("points.spent_already")
    if asked.expires_at <= now:
        raise UserError("points.code_old")
    holder = Holder(asked.person_id, asked.account_id)
    await _lock(session, holder)
    have = await balance(session, holder)
    if have < asked.price:
        raise UserError("points.too_few_now", price=asked.price, have=have)
    key = f"redeem:{asked.id}"
    await award(session, key, holder, -asked.price, Reason.REDEEMED, asked.unit_id, by, now)
    asked.entry_id = await session.scalar(select(PointEntry.id).where(PointEntry.key == key))
    await session.flush()
    return have - asked.price


async def reverse(session: AsyncSession, entry: PointEntry, by: int, now: datetime) -> PointEntry:
    """Take an entry back by another one; it can be taken back once, and a reversal never."""
    if entry.reason == Reason.REVERSED:
        raise UserError("points.reversal_stays")
    found = await session.scalar(select(PointEntry.id).where(PointEntry.reverses_id == entry.id))
    if found is not None:
        raise UserError("points.reversed_already")
    row = PointEntry(
        key=f"reverse:{entry.id}",
        person_id=entry.person_id,
        account_id=entry.account_id,
        unit_id=entry.unit_id,
        n=-entry.n,
        reason=Reason.REVERSED,
        by_id=by,
        reverses_id=entry.id,
        at=now,
    )
    session.add(row)
    await session.flush()
    return row


async def _lock(session: AsyncSession, holder: Holder) -> None:
    """One spending of a holder at a time, whichever code and phone it comes by."""
    if holder.person_id is not None:
        held = select(Person.id).where(Person.id == holder.person_id)
    else:
        held = select(Account.id).where(Account.id == holder.account_id)
    await session.execute(held.with_for_update())
