"""The ledger of sends: for one person every message that was expected, and what became of it.

Read from the proofs that each rung of a ladder leaves and from the outbox; knows no words.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import Account
from models.obligations import Due, Nudge, Obligation
from models.outbox import Delivery, OutboxRow

LATE = timedelta(minutes=10)  # a message of so long after its hour was late


class Fate(StrEnum):
    """What became of an expected message."""

    SENT = "sent"
    LATE = "late"
    WAITING = "waiting"
    BEHIND_FORM = "behind_form"  # she fills something in, and is not interrupted
    FORGOTTEN = "forgotten"  # written; the outbox keeps its rows for less long than the proof
    BLOCKED = "blocked"
    UNREACHABLE = "unreachable"  # the platform was away for too long
    UNKNOWN = "unknown"  # sent, and the platform never answered
    REFUSED = "refused"
    # No message was written:
    NOBODY = "nobody"
    OVERTAKEN = "overtaken"
    CLAIMED = "claimed"
    TOLD = "told"
    ASLEEP = "asleep"  # these were nobody's hours: it waited for the first of somebody
    LISTED = "listed"  # she has chosen to find these in the list


_ENDS = (Fate.BLOCKED, Fate.UNREACHABLE, Fate.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of a ladder: who was to hear at `at`, and what became of it; `told_at` is when the
    message arrived, `name` whose phone it went to."""

    at: datetime
    audience: str
    fate: Fate
    told_at: datetime | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Expected:
    """Something due, what was said about it, and when its ladder goes on; None: it ended."""

    obligation: Obligation
    rungs: Sequence[Rung]
    next_at: datetime | None


async def expected(
    session: AsyncSession, person_id: int, since: datetime, now: datetime, skip: int, limit: int
) -> tuple[list[Expected], bool]:
    """What was due from a person since then, the newest first, and whether there is more."""
    found = await session.scalars(
        select(Obligation)
        .where(
            Obligation.person_id == person_id,
            Obligation.opens_at >= since,
            Obligation.opens_at <= now,
        )
        .order_by(Obligation.opens_at.desc(), Obligation.id.desc())
        .offset(skip)
        .limit(limit + 1)
    )
    items = list(found)
    shown = items[:limit]
    ids = [item.id for item in shown]
    rungs = await _rungs(session, ids, now)
    ahead = await _ahead(session, ids)
    return [Expected(i, rungs[i.id], ahead.get(i.id)) for i in shown], len(items) > limit


async def _ahead(session: AsyncSession, ids: Collection[int]) -> dict[int, datetime]:
    rows = await session.execute(
        select(Due.obligation_id, Due.next_action_at).where(Due.obligation_id.in_(ids))
    )
    return {row[0]: row[1] for row in rows}


async def _rungs(
    session: AsyncSession, ids: Collection[int], now: datetime
) -> defaultdict[int, list[Rung]]:
    """Each proof with its letter, in one query."""
    rows = await session.execute(
        select(Nudge, OutboxRow, Account.name)
        .outerjoin(OutboxRow, OutboxRow.dedupe_key == Nudge.letter_key)
        .outerjoin(Account, Account.id == Nudge.account_id)
        .where(Nudge.obligation_id.in_(ids))
        .order_by(Nudge.at, Nudge.rung, Nudge.id)
    )
    found: defaultdict[int, list[Rung]] = defaultdict(list)
    for nudge, letter, name in rows:
        told_at = letter.sent_at if letter is not None else None
        fate = Fate(nudge.skipped) if nudge.skipped else _fate(letter, nudge.at, now)
        found[nudge.obligation_id].append(Rung(nudge.at, nudge.audience, fate, told_at, name or ""))
    return found


def _fate(letter: OutboxRow | None, at: datetime, now: datetime) -> Fate:
    """What became of a message that was written."""
    if letter is None:
        return Fate.FORGOTTEN  # its proof is kept for longer than the message
    match letter.state:
        case Delivery.SENT:
            return Fate.LATE if letter.sent_at and letter.sent_at - at > LATE else Fate.SENT
        case Delivery.WAITING:
            behind = letter.not_before_at is not None and letter.not_before_at > now
            return Fate.BEHIND_FORM if behind else Fate.WAITING
        case _:
            return Fate(letter.reason) if letter.reason in _ENDS else Fate.REFUSED
