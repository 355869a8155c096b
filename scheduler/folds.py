"""Several alerts of one kind for one reader come in one message, not in a flood.

The first is said at once. What follows within the fold's minutes waits for their end, and further
ones join the message that waits; what waits for its reader's hours is joined in the same way. What
presses (models/alerts.py) waits for nothing. Nobody is hidden: a full message is followed by
another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.alerts import PRESSING
from models.calls import told_of, untouched, written
from models.cards import LIST_LENGTH
from models.messages import dump_outbound
from models.obligations import Obligation
from models.outbox import WAITING, OutboxRow, Priority


class Call(Protocol):
    """What one account is to hear of alerts of one cause; `after`: when her hours begin."""

    @property
    def account_id(self) -> int: ...
    @property
    def cause(self) -> str: ...
    @property
    def rung(self) -> int: ...
    @property
    def after(self) -> datetime | None: ...


OneCall = TypeVar("OneCall", bound=Call)


@dataclass(frozen=True, slots=True)
class Placed(Generic[OneCall]):
    """Alerts that stand in one letter: a new one that goes at `at` (None: now), or one that
    waits already (`joined`)."""

    group: OneCall
    key: str
    items: Sequence[Obligation]
    at: datetime | None
    joined: bool = False


async def place(
    session: AsyncSession,
    calls: Mapping[OneCall, Sequence[Obligation]],
    now: datetime,
    window: timedelta,
) -> list[Placed[OneCall]]:
    """Put every alert into exactly one letter of each account that is called."""
    ids = {item.id for items in calls.values() for item in items}
    # A turn locks the alert before its letters; so does the sweep.
    order = select(Obligation.id).where(Obligation.id.in_(ids)).order_by(Obligation.id)
    await session.execute(order.with_for_update())
    accounts = {call.account_id for call in calls}
    waiting = await _waiting(session, accounts, now)
    recent = await _recent(session, accounts, now, window)
    standing = await told_of(session, {row.dedupe_key for row in waiting} | recent.keys())
    lately = _lately(recent, standing)
    out: list[Placed[OneCall]] = []
    for call, items in calls.items():
        at = call.after
        last = lately.get((call.account_id, call.cause))
        if at is None and last is not None and call.cause not in PRESSING:
            at = last + window
        left = list(items)
        for row in waiting:
            if row.account_id != call.account_id or _cause(row.dedupe_key) != call.cause:
                continue
            if at is None or row.not_before_at is None or row.not_before_at > at:
                continue
            there = standing[row.dedupe_key]
            free = max(0, LIST_LENGTH - len(there))
            known = [item for item in left if item in there]
            joining = known + [item for item in left if item not in there][:free]
            if joining:
                out.append(Placed(call, row.dedupe_key, joining, row.not_before_at, joined=True))
                there += [item for item in joining if item not in there]
                left = [item for item in left if item not in joining]
        for start in range(0, len(left), LIST_LENGTH):
            part = left[start : start + LIST_LENGTH]
            key = f"{part[0].key}:r{call.rung}:a{call.account_id}:{part[0].rounds}"
            out.append(Placed(call, key, part, at))
    await _write(session, waiting, standing, {p.key for p in out if p.joined}, now)
    return out


def _cause(key: str) -> str:
    """Of an alert, from the key of its letter: "alert:fever:ob7:r0:a3:0"."""
    return key.split(":")[1]


async def _waiting(
    session: AsyncSession, accounts: Iterable[int], now: datetime
) -> list[OutboxRow]:
    """Letters with alerts that wait for their hour, locked, if nobody has begun to send them."""
    found = await session.scalars(
        select(OutboxRow)
        .where(
            WAITING,
            OutboxRow.priority == Priority.ALERT,
            OutboxRow.account_id.in_(list(accounts)),
            OutboxRow.not_before_at > now,
            OutboxRow.dedupe_key.startswith("alert:"),
        )
        .order_by(OutboxRow.id)
        .with_for_update()
    )
    return [row for row in found if untouched(row)]


async def _recent(
    session: AsyncSession, accounts: Iterable[int], now: datetime, window: timedelta
) -> dict[str, tuple[int, datetime]]:
    """The letters with alerts of the last minutes and of those to come: whose, and when."""
    at = func.coalesce(OutboxRow.not_before_at, OutboxRow.created_at)
    found = await session.execute(
        select(OutboxRow.dedupe_key, OutboxRow.account_id, at).where(
            OutboxRow.account_id.in_(list(accounts)),
            OutboxRow.created_at > now - window - timedelta(days=1),
            OutboxRow.priority == Priority.ALERT,
            OutboxRow.dedupe_key.startswith("alert:"),
            at > now - window,
            at <= now + window,
        )
    )
    return {key: (account_id, told_at) for key, account_id, told_at in found}


def _lately(
    recent: Mapping[str, tuple[int, datetime]], standing: Mapping[str, Sequence[Obligation]]
) -> dict[tuple[int, str], datetime]:
    """When each account was last told of alerts of each cause; what is over calls nobody."""
    out: dict[tuple[int, str], datetime] = {}
    for key, (account_id, told_at) in recent.items():
        if any(item.is_open() for item in standing.get(key, ())):
            slot = account_id, _cause(key)
            out[slot] = max(told_at, out.get(slot, told_at))
    return out


async def _write(
    session: AsyncSession,
    waiting: Sequence[OutboxRow],
    standing: Mapping[str, list[Obligation]],
    changed: set[str],
    now: datetime,
) -> None:
    said = await written(session, {key: standing[key] for key in changed}, now)
    for row in waiting:
        if row.dedupe_key in said:
            row.payload = dump_outbound(said[row.dedupe_key])
    await session.flush()
