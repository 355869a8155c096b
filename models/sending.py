"""The outbox seen by whoever sends: what may go now, and how each message ended.

A row is leased, sent and recorded; nothing behind it goes to the same person before it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, false, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import Account
from models.messages import Outbound, load_outbound
from models.outbox import TRIED, WAITING, Delivery, OutboxRow, Priority


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row that this process may send now; `parts_sent` of its parts have arrived, and
    `message_id` is that of the one with buttons (empty: none of them)."""

    id: int
    dedupe_key: str
    account_id: int
    chat: str
    lang: str
    blocked: bool
    priority: int
    attempts: int
    unknown: int
    parts_sent: int
    message_id: str
    message: Outbound


async def claim(
    session: AsyncSession,
    now: datetime,
    limit: int,
    lease: timedelta,
    *,
    channel: str,
    skip: Collection[int] = (),
    resting: Collection[str] = (),
    least: Priority = Priority.BROADCAST,
) -> list[Claimed]:
    """Lease the most urgent waiting rows of a channel, at most one an account.

    None is less urgent than `least`. `skip` are accounts being served now. `resting` are chats
    that have just been written to: only replies go out to them, because a reply may be an edit,
    which need not rest.
    """
    query = (
        select(OutboxRow.id, OutboxRow.account_id)
        .where(*await _due(session, now, channel), OutboxRow.priority <= least)
        .order_by(OutboxRow.priority, OutboxRow.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    if skip:
        query = query.where(OutboxRow.account_id.not_in(skip))
    if resting:
        replies = OutboxRow.priority <= Priority.REPLY
        query = query.where(or_(replies, _CHAT.not_in(resting)))
    first: dict[int, int] = {}
    for row_id, account_id in await session.execute(query):
        first.setdefault(account_id, row_id)
    if not first:
        return []
    await session.execute(
        update(OutboxRow)
        .where(OutboxRow.id.in_(first.values()))
        .values(claimed_until_at=now + lease)
        .execution_options(synchronize_session=False)
    )
    return await _claimed(session, first.values())


async def _claimed(session: AsyncSession, row_ids: Collection[int]) -> list[Claimed]:
    """These rows with their readers, most urgent first."""
    found = await session.execute(
        select(OutboxRow, Account.chat, Account.lang, Account.blocked_at)
        .join(Account, Account.id == OutboxRow.account_id)
        .where(OutboxRow.id.in_(row_ids))
        .order_by(OutboxRow.priority, OutboxRow.id)
    )
    return [
        Claimed(
            row.id,
            row.dedupe_key,
            row.account_id,
            chat,
            lang,
            blocked_at is not None,
            row.priority,
            row.attempts,
            row.unknown,
            row.parts_sent,
            row.message_id or "",
            load_outbound(row.payload),
        )
        for row, chat, lang, blocked_at in found
    ]


async def has_due(session: AsyncSession, now: datetime, channel: str) -> bool:
    """Is there a row that could be claimed, if its chat need not rest?"""
    query = select(OutboxRow.id).where(*await _due(session, now, channel)).limit(1)
    return await session.scalar(query) is not None


_CHAT: ColumnElement[str] = (
    select(Account.chat).where(Account.id == OutboxRow.account_id).correlate(OutboxRow)
).scalar_subquery()


async def _due(session: AsyncSession, now: datetime, channel: str) -> list[ColumnElement[bool]]:
    """Waiting for this channel, not leased, not put off, not behind another of its account.

    Written for a PostgreSQL whose statistics do not know of a new broadcast yet: who is held up
    is asked first, from an index of few rows, and accounts are looked up, never joined.
    """
    return [
        WAITING,
        or_(OutboxRow.not_before_at.is_(None), OutboxRow.not_before_at <= now),
        or_(OutboxRow.claimed_until_at.is_(None), OutboxRow.claimed_until_at <= now),
        _CHAT.startswith(f"{channel}:", autoescape=True),
        *_unless_behind(await _held_up(session, now)),
    ]


async def _held_up(session: AsyncSession, now: datetime) -> dict[int, set[int]]:
    """Accounts by the least urgency that has to wait: all (0) while a message is on its way,
    the same and less while an earlier one waits for its retry."""
    leased = func.coalesce(OutboxRow.claimed_until_at > now, false())
    found = await session.execute(
        select(OutboxRow.account_id, OutboxRow.priority, leased).where(
            WAITING, TRIED, or_(OutboxRow.claimed_until_at > now, OutboxRow.not_before_at > now)
        )
    )
    held: dict[int, set[int]] = {}
    for account_id, priority, is_leased in found:
        held.setdefault(0 if is_leased else priority, set()).add(account_id)
    return held


def _unless_behind(held: Mapping[int, Collection[int]]) -> Iterator[ColumnElement[bool]]:
    for priority, accounts in held.items():
        yield or_(OutboxRow.priority < priority, OutboxRow.account_id.not_in(accounts))


async def release(session: AsyncSession, row_id: int) -> None:
    """Give a claimed row back, untried."""
    await session.execute(
        update(OutboxRow)
        .where(OutboxRow.id == row_id)
        .values(claimed_until_at=None)
        .execution_options(synchronize_session=False)
    )


async def record_part(
    session: AsyncSession, row_id: int, parts: int, message_id: str | None, lease: datetime
) -> None:
    """So many parts of this row arrived; it stays leased until `lease` for the next."""
    await session.execute(
        update(OutboxRow)
        .where(OutboxRow.id == row_id)
        .values(parts_sent=parts, message_id=message_id, claimed_until_at=lease)
        .execution_options(synchronize_session=False)
    )


async def record_sent(
    session: AsyncSession, sent: Sequence[tuple[int, str]], now: datetime
) -> None:
    """These rows arrived, under these platform ids."""
    for row_id, message_id in sent:
        await session.execute(
            update(OutboxRow)
            .where(OutboxRow.id == row_id)
            .values(state=Delivery.SENT, sent_at=now, message_id=message_id, reason=None)
            .execution_options(synchronize_session=False)
        )


async def record_retry(
    session: AsyncSession, row_id: int, at: datetime, reason: str, *, unknown: bool = False
) -> None:
    """Not now: try this row again at `at`; `unknown` when it may have arrived after all."""
    await session.execute(
        update(OutboxRow)
        .where(OutboxRow.id == row_id)
        .values(
            not_before_at=at,
            claimed_until_at=None,
            attempts=OutboxRow.attempts + 1,
            unknown=OutboxRow.unknown + (1 if unknown else 0),
            reason=reason,
        )
        .execution_options(synchronize_session=False)
    )


async def record_end(session: AsyncSession, row_id: int, state: Delivery, reason: str) -> None:
    """This row will never be sent, because of `reason`."""
    await session.execute(
        update(OutboxRow)
        .where(OutboxRow.id == row_id)
        .values(state=state, reason=reason)
        .execution_options(synchronize_session=False)
    )


async def message_id_of(session: AsyncSession, dedupe_key: str) -> str | None:
    """The platform's id of a message that was sent."""
    return await session.scalar(
        select(OutboxRow.message_id).where(OutboxRow.dedupe_key == dedupe_key)
    )


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many messages of one priority wait, and since when the oldest does."""

    waiting: int
    since_at: datetime


async def backlog(session: AsyncSession) -> dict[Priority, Backlog]:
    """What waits, by priority; counted in the index of waiting rows alone."""
    counted = await session.execute(
        select(OutboxRow.priority, func.count(), func.min(OutboxRow.id))
        .where(WAITING)
        .group_by(OutboxRow.priority)
    )
    found = {first: (Priority(priority), count) for priority, count, first in counted}
    oldest = await session.execute(
        select(OutboxRow.id, OutboxRow.created_at).where(OutboxRow.id.in_(found))
    )
    return {found[row_id][0]: Backlog(found[row_id][1], at) for row_id, at in oldest}
