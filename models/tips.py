"""Tips from residents (A59): what was seen where; checked within the district's hours; answered.

Nobody reads who sent an anonymous one: its row holds the account sealed, for the answer, and a
blind index of it, against abuse. Both go with the tip.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, String, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id
from models.crypto import Sealed, blind_index
from models.obligations import Kind, Obligation, by_key, fulfil, oblige
from models.rules import Rules

SAME_MATTER = timedelta(days=7)  # how far back a worker is offered tips on the same matter
FALSE_COUNTED = timedelta(days=30)
SLOWED = timedelta(hours=24)
KEPT_DAYS = 90


class TipKind(StrEnum):
    RETURNEE = "returnee"
    GATHERING = "gathering"
    VENUE = "venue"
    OTHER = "other"


class TipOutcome(StrEnum):
    TRUE = "true"
    UNTRUE = "untrue"
    UNKNOWN = "unknown"
    KNOWN = "known"


class Tip(Base):
    """One tip. `same_as_id` is the first tip on the same matter."""

    __tablename__ = "tips"

    id: Mapped[Id]
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    kind: Mapped[TipKind] = mapped_column(String(10))
    anonymous: Mapped[bool]
    sender: Mapped[str | None] = mapped_column(Sealed("tips.sender"))  # an account's id
    sender_index: Mapped[str | None] = mapped_column(String(32), index=True)
    text: Mapped[str | None] = mapped_column(Sealed("tips.text"))
    place: Mapped[str | None] = mapped_column(Sealed("tips.place"))
    photo: Mapped[str | None] = mapped_column(Sealed("tips.photo"))
    seen_at: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(index=True)
    outcome: Mapped[TipOutcome | None] = mapped_column(String(8))
    outcome_at: Mapped[datetime | None]
    outcome_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    same_as_id: Mapped[int | None] = mapped_column(ForeignKey("tips.id"), index=True)
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("leads.id"))
    purge_on: Mapped[date | None] = mapped_column(index=True)  # None: purged

    def sent_by(self) -> int | None:
        """The account that is answered; None once that was purged."""
        return int(self.sender) if self.sender else None


def sender_index(account_id: int) -> str:
    return blind_index(str(account_id), "tips.sender")


async def wait_until(
    session: AsyncSession, account_id: int, rules: Rules, now: datetime
) -> datetime | None:
    """When somebody whose last tips were untrue may send the next one; None: now."""
    mine = Tip.sender_index == sender_index(account_id)
    false = await session.scalar(
        select(func.count()).where(
            mine, Tip.outcome == TipOutcome.UNTRUE, Tip.created_at > now - FALSE_COUNTED
        )
    )
    last = await session.scalar(select(func.max(Tip.created_at)).where(mine))
    if last is None or (false or 0) < rules.tip_false or last + SLOWED <= now:
        return None
    return last + SLOWED


async def ask_to_check(
    session: AsyncSession, tip: Tip, address: str, rules: Rules, now: datetime
) -> None:
    """The worker's card; it knows the tip and not who sent it."""
    row = {
        "key": f"tip:{tip.id}",
        "kind": Kind.TIP,
        "unit_id": tip.unit_id,
        "opens_at": now,
        "due_at": now + timedelta(hours=rules.verify_tip),
        "facts": {"tip": tip.id, "tip_kind": tip.kind, "photo": tip.photo is not None},
        "detail": json.dumps({"text": tip.text, "place": address}, ensure_ascii=False),
    }
    await oblige(session, [row])


async def duty_of(session: AsyncSession, tip: Tip) -> Obligation | None:
    return await by_key(session, f"tip:{tip.id}")


async def matter_of(session: AsyncSession, tip: Tip) -> list[Tip]:
    """All tips on its matter in the order in which they came; the first is the first reporter's."""
    root = tip.same_as_id or tip.id
    found = await session.scalars(
        select(Tip)
        .where(or_(Tip.id == root, Tip.same_as_id == root))
        .order_by(Tip.created_at, Tip.id)
        .with_for_update()
    )
    return list(found)


async def like(session: AsyncSession, tip: Tip, most: int) -> Sequence[Tip]:
    """First tips of the unit that it could be about."""
    found = await session.scalars(
        select(Tip)
        .where(
            Tip.unit_id == tip.unit_id,
            Tip.id != tip.id,
            Tip.same_as_id.is_(None),
            Tip.created_at > tip.created_at - SAME_MATTER,
            Tip.created_at < tip.created_at + SAME_MATTER,
        )
        .order_by(Tip.id.desc())
        .limit(most)
    )
    return list(found)


async def join(session: AsyncSession, tip: Tip, other: Tip) -> None:
    """They are about the same matter: whichever came first leads it."""
    both = {one.id: one for one in await matter_of(session, tip)}
    both |= {one.id: one for one in await matter_of(session, other)}
    every = sorted(both.values(), key=lambda one: (one.created_at, one.id))
    for one in every:
        one.same_as_id = every[0].id if one is not every[0] else None
    await session.flush()


async def close_matter(
    session: AsyncSession, tip: Tip, outcome: TipOutcome, by: int, now: datetime
) -> list[Tip]:
    """The matter was checked: every tip on it that was open ends, the first reporter's as it is,
    the others as known already when it was true. Those that ended."""
    ended = []
    for one in await matter_of(session, tip):
        if one.outcome is not None:
            continue
        repeated = one.same_as_id is not None and outcome == TipOutcome.TRUE
        one.outcome = TipOutcome.KNOWN if repeated else outcome
        one.outcome_at, one.outcome_by = now, by
        if (duty := await duty_of(session, one)) is not None and duty.is_open():
            await fulfil(session, duty, by, now)
        ended.append(one)
    return ended
