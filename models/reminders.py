"""One more reminder to everybody who is silent, because a worker asks for it now.

Nobody is reminded twice within the hour, by a worker or by a ladder, and nobody at night.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.cards import REMIND, Brief, briefs, to_person
from models.inbox import FORM_PATIENCE, filling
from models.messages import Outbound
from models.obligations import Due, Kind, Nudge, Obligation
from models.outbox import Letter, Priority
from models.wards import ANSWERABLE, hearers
from models.worklist import Where

ONCE_IN = timedelta(hours=1)
ABOUT_TO = timedelta(minutes=5)  # its ladder speaks anyway
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Reminded:
    """Whom the letters go to, by person; who was reminded lately; who hears nothing in chat."""

    letters: list[Letter]
    told: set[int]
    lately: set[int]
    unheard: list[Obligation]
    more: bool


async def remind(
    session: AsyncSession, where: Where, now: datetime, kinds: Sequence[Kind]
) -> Reminded:
    """Letters to all who are silent, the longest silent first, and their proofs."""
    silent = await _silent(session, where, now, kinds)
    more, silent = len(silent) > AT_ONCE, silent[:AT_ONCE]
    accounts = await hearers(session, {o.person_id for o in silent if o.person_id})
    lately = await _lately(session, [o.id for o in silent], now)
    mine: dict[tuple[int, Kind], list[Obligation]] = defaultdict(list)
    unheard = []
    for item in silent:
        account = accounts.get(item.person_id or 0)
        if account is None:
            unheard.append(item)
        elif item.person_id not in lately:
            mine[account, Kind(item.kind)].append(item)
    letters = await _letters(session, mine, now)
    told = {o.person_id for items in mine.values() for o in items if o.person_id}
    return Reminded(letters, told, lately & accounts.keys(), unheard, more)


async def _silent(
    session: AsyncSession, where: Where, now: datetime, kinds: Sequence[Kind]
) -> list[Obligation]:
    """What is late and can still be answered; of somebody's check-ins the newest."""
    found = await session.scalars(
        select(Obligation)
        .where(
            where,
            Obligation.kind.in_(kinds),
            Obligation.kind.in_(REMIND),
            Obligation.due_at <= now,
            or_(Obligation.kind != Kind.CHECKIN, Obligation.due_at > now - ANSWERABLE),
        )
        .order_by(Obligation.due_at, Obligation.id)
        .limit(AT_ONCE + 1)
    )
    newest: dict[tuple[int | None, str], Obligation] = {}
    for item in found:
        newest[item.person_id, "" if item.kind == Kind.CHECKIN else item.key] = item
    return list(newest.values())


async def _lately(session: AsyncSession, ids: Sequence[int], now: datetime) -> set[int]:
    """People who were told of one of these within the hour, or are about to be."""
    told = and_(Nudge.audience == "person", Nudge.at > now - ONCE_IN, Nudge.skipped.is_(None))
    found = await session.scalars(
        select(Obligation.person_id)
        .outerjoin(Nudge, and_(Nudge.obligation_id == Obligation.id, told))
        .outerjoin(Due, Due.obligation_id == Obligation.id)
        .where(
            Obligation.id.in_(ids),
            or_(Nudge.id.is_not(None), Due.next_action_at <= now + ABOUT_TO),
        )
        .distinct()
    )
    return {person for person in found if person is not None}


async def _letters(
    session: AsyncSession, mine: dict[tuple[int, Kind], list[Obligation]], now: datetime
) -> list[Letter]:
    every = [item for items in mine.values() for item in items]
    if not every:
        return []
    known = {b.obligation.id: b for b in await briefs(session, every)}
    busy = await filling(session, [account for account, _ in mine], now - FORM_PATIENCE)
    letters, proofs = [], []
    for (account, kind), items in mine.items():
        # Two workers at the same moment ask for the same letter.
        key = f"again:{kind}:a{account}:{now:%Y%m%dT%H}"
        told: list[Brief] = [known[o.id] for o in items]
        message: Outbound = to_person(told, REMIND[kind], now)
        after = busy[account] + FORM_PATIENCE if account in busy else None
        letters.append(Letter(key, account, message, Priority.REMINDER, after))
        proofs += [
            {
                "obligation_id": o.id,
                "rung": o.rung,
                "audience": "person",
                "at": now,
                "account_id": account,
                "letter_key": key,
                "skipped": None,
            }
            for o in items
        ]
    await session.execute(insert(Nudge), proofs)
    return letters
