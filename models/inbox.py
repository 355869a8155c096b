"""What arrived and is not lost: inbox rows, and the conversation that has taken them.

A row is committed before the platform is told that we have it. A conversation remembers the last
row that it took (`handled_id`); what waits is what lies beyond, so taking a turn marks nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

from sqlalchemy import (
    ForeignKey,
    Index,
    Row,
    String,
    UniqueConstraint,
    and_,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, aliased, mapped_column

from models.accounts import Account
from models.base import Base, Id
from models.crypto import Sealed
from models.messages import Inbound, dump_inbound
from models.statements import insert_new, queue_up

FORM_PATIENCE = timedelta(minutes=10)  # a reminder does not break into a form being filled


class Conversation(Base):
    """One person's talk with us on one channel: her draft, and the last event taken."""

    __tablename__ = "conversations"

    chat: Mapped[str] = mapped_column(String(80), primary_key=True)
    handled_id: Mapped[int] = mapped_column(default=0)
    draft: Mapped[str | None] = mapped_column(Sealed("conversations.draft"))
    live: Mapped[str] = mapped_column(String(160), default="")  # key of the message with buttons
    draft_at: Mapped[datetime | None]
    album: Mapped[str | None] = mapped_column(String(64))  # of the last picture taken
    album_said: Mapped[bool | None]  # that only its first picture is taken


class InboxRow(Base):
    """One event of one channel, once."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("channel", "update_id"),
        Index("ix_inbox_chat_id", "chat", "id"),
    )

    id: Mapped[Id]
    channel: Mapped[str] = mapped_column(String(20))
    update_id: Mapped[str] = mapped_column(String(80))
    chat: Mapped[str] = mapped_column(ForeignKey("conversations.chat"))
    payload: Mapped[str] = mapped_column(Sealed("inbox.payload"))
    received_at: Mapped[datetime] = mapped_column(index=True)


class Cursor(Base):
    """How far a polling channel has been acknowledged."""

    __tablename__ = "cursors"

    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    position: Mapped[int] = mapped_column(default=0)


async def receive(session: AsyncSession, events: Sequence[Inbound], now: datetime) -> None:
    """Store events; one that is here already stays as it was."""
    chats = sorted({event.chat for event in events})
    # A row that is committed later than a younger one of its chat would lie behind what is taken.
    await queue_up(session, chats)
    # Asked first: an insert that finds her there would wait for her turn under way.
    known = set(
        await session.scalars(select(Conversation.chat).where(Conversation.chat.in_(chats)))
    )
    new = [{"chat": chat, "handled_id": 0, "live": ""} for chat in chats if chat not in known]
    await insert_new(session, Conversation, new)
    await insert_new(
        session,
        InboxRow,
        [
            {
                "channel": event.channel,
                "update_id": event.update_id,
                "chat": event.chat,
                "payload": dump_inbound(event),
                "received_at": now,
            }
            for event in events
        ],
    )


Waiting: TypeAlias = "Sequence[Row[InboxRow, Conversation, Account | None]]"


async def take_waiting(session: AsyncSession, chats: Sequence[str]) -> Waiting:
    """The next waiting event of each of these chats, with conversation (locked) and account.

    Looked up by conversation: PostgreSQL takes "beyond what was taken" for a third of all there
    is, and would read the whole inbox for a handful of rows.
    """
    later = aliased(InboxRow)
    following = (
        select(func.min(later.id))
        .where(later.chat == Conversation.chat, later.id > Conversation.handled_id)
        .correlate(Conversation)
        .scalar_subquery()
    )
    found = await session.execute(
        select(InboxRow, Conversation, Account)
        .select_from(Conversation)
        .join(InboxRow, InboxRow.id == following)
        .outerjoin(Account, Account.chat == Conversation.chat)
        .where(Conversation.chat.in_(chats))
        .order_by(InboxRow.id)
        # Not the key: what arrives for her meanwhile refers to it, and need not wait for the turn.
        .with_for_update(of=Conversation, key_share=True)
        .execution_options(populate_existing=True)
    )
    return found.all()


async def filling(
    session: AsyncSession, accounts: Sequence[int], since: datetime
) -> dict[int, datetime]:
    """Which of these accounts are in the middle of a form, and when they last answered."""
    found = await session.execute(
        select(Account.id, Conversation.draft_at)
        .join(Conversation, Conversation.chat == Account.chat)
        .where(Account.id.in_(accounts), Conversation.draft_at > since)
    )
    return {account: at for account, at in found if at is not None}


async def waiting_chats(session: AsyncSession, after_id: int, limit: int = 500) -> list[str]:
    """Chats with an untaken event whose row id is beyond `after_id`."""
    found = await session.execute(
        select(InboxRow.chat)
        .join(Conversation, Conversation.chat == InboxRow.chat)
        .where(InboxRow.id > after_id, InboxRow.id > Conversation.handled_id)
        .group_by(InboxRow.chat)
        .order_by(func.min(InboxRow.id))
        .limit(limit)
    )
    return list(found.scalars())


async def newest_id(session: AsyncSession) -> int:
    return await session.scalar(select(func.max(InboxRow.id))) or 0


async def purge(session: AsyncSession, before: datetime) -> None:
    """Forget taken events older than a platform would deliver again.

    The newest row stays, without what it said: if it went, SQLite would count from the start
    again, and what arrives next would lie below what was taken.
    """
    handled = select(Conversation.handled_id).where(Conversation.chat == InboxRow.chat)
    newest = await newest_id(session)
    taken = and_(InboxRow.received_at < before, InboxRow.id <= handled.scalar_subquery())
    await session.execute(delete(InboxRow).where(taken, InboxRow.id < newest))
    await session.execute(
        update(InboxRow)
        .where(taken, InboxRow.id == newest)
        .values(payload="")
        .execution_options(synchronize_session=False)
    )
