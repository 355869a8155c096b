"""The letters by which an alert called people, kept true: somebody has taken it, it is over.

Which letter told of which alerts stands in the proofs of their rungs. A letter that has arrived
is edited, so that nobody's phone rings for it; one that still waits is written anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import Account, leaders_of
from models.alerts import anybodys
from models.cards import Brief, briefs
from models.cards.calls import folded, returned, taken
from models.hearing import hearings
from models.leave import away, names_of
from models.messages import Edit, Outbound, dump_outbound
from models.obligations import CALLS, Due, Nudge, Obligation
from models.outbox import Delivery, Letter, OutboxRow, Priority
from models.statements import insert_new

CLAIMED = "claimed"  # why a rung was not said: somebody had taken it on


def untouched(row: OutboxRow) -> bool:
    """May what it says still be changed? Nobody has begun to send it."""
    return row.state == Delivery.WAITING and not row.attempts and row.claimed_until_at is None


async def told_of(session: AsyncSession, keys: Collection[str]) -> dict[str, list[Obligation]]:
    """The alerts that stand in letters, by the letter's key, the oldest first."""
    found = await session.execute(
        select(Nudge.letter_key, Obligation)
        .join(Obligation, Obligation.id == Nudge.obligation_id)
        .where(CALLS, Nudge.letter_key.in_(keys))
        .order_by(Obligation.opens_at, Obligation.id)
    )
    out: dict[str, list[Obligation]] = defaultdict(list)
    for key, item in found:
        if key and item not in out[key]:
            out[key].append(item)
    return out


async def written(
    session: AsyncSession, letters: Mapping[str, Sequence[Obligation]], now: datetime
) -> dict[str, Outbound]:
    """How the alerts of each letter stand now."""
    every = {item.id: item for items in letters.values() for item in items}
    known = {brief.obligation.id: brief for brief in await briefs(session, list(every.values()))}
    owners = {o.owner_id or o.outcome_by for o in every.values()}
    names = await names_of(session, {account for account in owners if account})
    return {
        key: _message([known[item.id] for item in items], names, now)
        for key, items in letters.items()
    }


def _message(items: Sequence[Brief], names: Mapping[int, str], now: datetime) -> Outbound:
    item = items[0].obligation
    if len(items) > 1 or anybodys(item):
        return folded(items, names, now)
    return taken(items[0], names.get(item.owner_id or item.outcome_by or 0, ""), now)


async def keep_true(
    session: AsyncSession, item: Obligation, by: int | None, now: datetime
) -> list[Letter]:
    """Whoever else was called sees how the alert stands now, in the message that called her; of
    several, in the newest. `by` has an answer of her own, unless it stood among others."""
    rows = await _letters(session, item)
    standing = await told_of(session, [row.dedupe_key for row in rows])
    kept = {
        row.dedupe_key: row
        for row in rows
        if len(standing[row.dedupe_key]) > 1
        or (row.account_id != by and not anybodys(item))
        or untouched(row)
    }
    said = await written(session, {key: standing[key] for key in kept}, now)
    out = []
    for key, row in kept.items():
        if untouched(row):
            row.payload = dump_outbound(said[key])
        elif row.state in (Delivery.SENT, Delivery.WAITING):
            out.append(_anew(row, said[key], item, now))
    return out


def _anew(row: OutboxRow, message: Outbound, item: Obligation, now: datetime) -> Letter:
    """In the place of the letter; one that is on its way loses its buttons to a new one."""
    key = f"{row.dedupe_key}:{item.id}:{now:%m%d%H%M%S%f}"
    if row.state == Delivery.SENT and row.message_id:
        message = replace(message, edit=Edit.REPLACE, edits=row.message_id)
    else:
        message = replace(message, retires=row.dedupe_key)
    return Letter(key, row.account_id, message, Priority.NOTICE)


async def _letters(session: AsyncSession, item: Obligation) -> list[OutboxRow]:
    """The newest letter of each account that was called, locked."""
    newest = (
        select(func.max(Nudge.id))
        .where(Nudge.obligation_id == item.id, Nudge.letter_key.is_not(None))
        .group_by(Nudge.account_id)
    )
    found = await session.scalars(
        select(OutboxRow)
        .join(Nudge, Nudge.letter_key == OutboxRow.dedupe_key)
        .where(Nudge.id.in_(newest))
        .order_by(OutboxRow.id)
        .with_for_update(of=OutboxRow)
    )
    return list(found)


async def called(session: AsyncSession, item: Obligation, now: datetime) -> set[int]:
    """Who was told of an alert and can be asked again."""
    found = await session.scalars(
        select(Nudge.account_id)
        .join(Account, Account.id == Nudge.account_id)
        .where(
            Nudge.obligation_id == item.id,
            Nudge.letter_key.is_not(None),
            Account.blocked_at.is_(None),
            ~away(now),
        )
    )
    return {account for account in found if account is not None}


async def give_back(
    session: AsyncSession, item: Obligation, by: int, now: datetime, zone: ZoneInfo
) -> tuple[list[Letter], bool]:
    """It is anybody's again: all who were called hear of it at once, and the unit's leaders, each
    in her hours. What its ladder did not say while somebody had it is made up for. The second:
    does anybody hear?"""
    item.owner_id = item.held_for_id = item.claimed_at = None
    await session.flush()
    missed = await session.scalar(
        select(func.min(Nudge.rung)).where(Nudge.obligation_id == item.id, Nudge.skipped == CLAIMED)
    )
    if missed is not None:
        item.rung, item.rounds = missed, item.rounds + 1
        await insert_new(session, Due, [{"obligation_id": item.id, "next_action_at": now}])
        due = await session.get_one(Due, item.id, populate_existing=True)
        due.next_action_at = now
    hearing = (await called(session, item, now)) - {by}
    if missed is None:
        hearing |= set(await leaders_of(session, item.unit_id, now)) - {by}
    letters = await keep_true(session, item, by, now)
    (brief,) = await briefs(session, [item])
    message = returned(brief, (await names_of(session, [by])).get(by, ""), now)
    again = await _call(session, item, hearing, message, now, zone)
    await _prove(session, item, again, now)
    heard = any(one.not_before_at is None for one in again)
    return [*letters, *again], heard or missed is not None


async def _call(
    session: AsyncSession,
    item: Obligation,
    hearing: Collection[int],
    message: Outbound,
    now: datetime,
    zone: ZoneInfo,
) -> list[Letter]:
    """Each as she has chosen; a kind that all of them have muted they hear all the same."""
    cause = str(item.facts["cause"])
    chosen = await hearings(session, hearing)
    muted = {account for account, choice in chosen.items() if choice.listed(cause)}
    out = []
    for account in sorted(set(hearing) - muted or hearing):
        choice = chosen.get(account)
        after = choice.waits_until(cause, now, zone) if choice else None
        key = f"{item.key}:back:{now:%m%d%H%M%S%f}:a{account}"
        out.append(Letter(key, account, message, Priority.ALERT, after))
    return out


async def _prove(
    session: AsyncSession, item: Obligation, letters: Iterable[Letter], now: datetime
) -> None:
    proofs = [
        {
            "obligation_id": item.id,
            "rung": max(0, item.rung - 1),
            "audience": "worker",
            "at": now,
            "account_id": letter.account_id,
            "letter_key": letter.key,
            "skipped": None,
        }
        for letter in letters
    ]
    if proofs:
        await session.execute(insert(Nudge), proofs)
