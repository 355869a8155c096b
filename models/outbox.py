"""What is to be said, exactly once in intent: every message that leaves was a row here first.

`dedupe_key` says what a row is ("test:ep42:d3:rung1:a7"), so a duplicate is impossible rather than
unlikely. Lower `priority` goes first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    String,
    and_,
    delete,
    literal_column,
    or_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id
from models.crypto import Sealed
from models.messages import Outbound, dump_outbound
from models.statements import insert_new


class Priority(IntEnum):
    """Who waits: somebody looking at her phone, a person in trouble, a reminder, a broadcast."""

    REPLY = 10
    ALERT = 20
    NOTICE = 40
    REMINDER = 60
    DIGEST = 70
    BROADCAST = 90


class Delivery(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"


# Written out, not bound: a partial index is used only for its own, literal condition.
WAITING: ColumnElement[bool] = literal_column("state = 'waiting'")
TRIED: ColumnElement[bool] = literal_column(
    "state = 'waiting' AND (claimed_until_at IS NOT NULL OR attempts > 0)"
)


class OutboxRow(Base):
    """One message to one account. `unknown` counts sends whose end we never heard, `parts_sent`
    the pieces of a long message that arrived."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "ix_outbox_waiting",
            "priority",
            "id",
            sqlite_where=WAITING,
            postgresql_where=WAITING,
        ),
        Index("ix_outbox_tried", "account_id", sqlite_where=TRIED, postgresql_where=TRIED),
        Index("ix_outbox_created_at", "created_at"),
    )

    id: Mapped[Id]
    dedupe_key: Mapped[str] = mapped_column(String(160), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    priority: Mapped[int]
    payload: Mapped[str] = mapped_column(Sealed("outbox.payload"))
    state: Mapped[Delivery] = mapped_column(String(8), default=Delivery.WAITING)
    created_at: Mapped[datetime]
    not_before_at: Mapped[datetime | None]
    claimed_until_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    unknown: Mapped[int] = mapped_column(default=0)
    parts_sent: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    message_id: Mapped[str | None] = mapped_column(String(40))
    reason: Mapped[str | None] = mapped_column(String(120))


@dataclass(frozen=True, slots=True)
class Letter:
    """A message on its way into the outbox."""

    key: str
    account_id: int
    message: Outbound
    priority: Priority = Priority.REPLY
    not_before_at: datetime | None = None


async def enqueue(session: AsyncSession, letters: Sequence[Letter], now: datetime) -> None:
    """Put messages into the outbox; one whose key is there already is not put twice."""
    await insert_new(
        session,
        OutboxRow,
        [
            {
                "dedupe_key": letter.key,
                "account_id": letter.account_id,
                "priority": int(letter.priority),
                "payload": dump_outbound(letter.message),
                "state": Delivery.WAITING.value,
                "created_at": now,
                "not_before_at": letter.not_before_at,
                "attempts": 0,
                "unknown": 0,
                "parts_sent": 0,
            }
            for letter in letters
        ],
    )


async def let_go(session: AsyncSession, account_id: int) -> None:
    """Send what waited behind a form that has ended."""
    await session.execute(
        update(OutboxRow)
        .where(
            OutboxRow.account_id == account_id,
            OutboxRow.state == Delivery.WAITING,
            OutboxRow.attempts == 0,
            OutboxRow.priority != Priority.ALERT,  # an alert waits for its reader's hours alone
        )
        .values(not_before_at=None)
        .execution_options(synchronize_session=False)
    )


async def purge(session: AsyncSession, before: datetime, stale: datetime) -> None:
    """Forget messages that ended before `before`, which nobody needs to edit any more, and those
    that nobody could deliver since `stale`."""
    ended = and_(OutboxRow.created_at < before, OutboxRow.state != Delivery.WAITING)
    await session.execute(delete(OutboxRow).where(or_(ended, OutboxRow.created_at < stale)))
