"""Duty of care: who of the team has worked too many nights, who has too much in hand.

Not a sanction. A night counts when she stood at a post in it, sent something in or brought
something to its end; the district says how much is too much.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from models.access import under
from models.accounts import TEAM, Account, Assignment
from models.clock import at_local, local_day
from models.duty import Shift
from models.leave import away, held
from models.obligations import Obligation
from models.registers import Submission
from models.rules import Rules
from models.units import Unit

NIGHT_SINCE, NIGHT_UNTIL = time(22), time(6)
AT_LEAST = timedelta(hours=2)  # of a shift: one that ends at half past ten is an evening's
NIGHTS = 7
Night = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Burden:
    """What somebody carries: nights of the last seven, those in a row up to the last one, what
    she has taken on and not finished; `shift_id` is a night that she is on the rota for."""

    account_id: int
    name: str
    unit: str
    nights: int
    in_a_row: int
    tasks: int
    shift_id: int | None
    tired: bool
    loaded: bool


async def burdens(
    session: AsyncSession,
    paths: Collection[str],
    rules: Rules,
    now: datetime,
    zone: ZoneInfo,
) -> list[Burden]:
    """Those of these branches' teams who carry too much, by unit and name; not those on leave.

    Most carry little: only who worked in the newest night or has enough in hand is looked at.
    """
    nights = _nights(now, zone)
    team = await _team(session, paths, now, _perhaps(nights[0], rules))
    if not team:
        return []
    worked = await _worked(session, team.keys(), nights)
    tasks = await _tasks(session, team.keys())
    tonight = await _tonight(session, team.keys(), now, zone)
    out = []
    for account, (name, unit) in team.items():
        mine = worked[account]
        in_a_row = next((n for n in range(NIGHTS) if n not in mine), NIGHTS)
        n = tasks.get(account, 0)
        tired, loaded = in_a_row >= rules.care_nights, n >= rules.care_tasks
        if tired or loaded:
            shift = tonight.get(account)
            out.append(Burden(account, name, unit, len(mine), in_a_row, n, shift, tired, loaded))
    return out


def _perhaps(night: Night, rules: Rules) -> ColumnElement[bool]:
    """Condition on Account: one who may carry too much, and few others."""
    begun, ended = night
    sent = select(Submission.actor_id).where(Submission.at >= begun, Submission.at < ended)
    finished = exists().where(
        Obligation.outcome_by == Account.id,
        Obligation.outcome_at >= begun,
        Obligation.outcome_at < ended,
    )
    stood = select(Shift.account_id).where(
        Shift.signed_in_at.is_not(None), Shift.since_at < ended, Shift.until_at > begun
    )
    loaded = (
        select(Obligation.owner_id)
        .where(Obligation.owner_id.is_not(None), Obligation.outcome.is_(None))
        .group_by(Obligation.owner_id)
        .having(func.count() >= rules.care_tasks)
    )
    return or_(Account.id.in_(sent), Account.id.in_(stood), Account.id.in_(loaded), finished)


async def _team(
    session: AsyncSession, paths: Collection[str], now: datetime, which: ColumnElement[bool]
) -> dict[int, tuple[str, str]]:
    found = await session.execute(
        select(Account.id, Assignment.name, Account.name, Unit.name)
        .join(Assignment, Assignment.account_id == Account.id)
        .join(Unit, Unit.id == Assignment.unit_id)
        .where(
            under(tuple(paths), Assignment.unit_id),
            Assignment.role.in_(TEAM),
            Assignment.held_for_id.is_(None),
            held(now),
            ~away(now),
            which,
        )
        .order_by(Unit.path, Assignment.id)
    )
    out: dict[int, tuple[str, str]] = {}
    for account, staff_name, chat_name, unit in found:
        out.setdefault(account, (staff_name or chat_name or unit, unit))
    return out


def _nights(now: datetime, zone: ZoneInfo) -> list[Night]:
    """The last seven that have begun, the newest first."""
    newest = local_day(now - timedelta(hours=NIGHT_SINCE.hour), zone)
    return [
        (at_local(on, NIGHT_SINCE, zone), at_local(on + timedelta(days=1), NIGHT_UNTIL, zone))
        for on in (newest - timedelta(days=n) for n in range(NIGHTS))
    ]


async def _worked(
    session: AsyncSession, accounts: Collection[int], nights: Sequence[Night]
) -> dict[int, set[int]]:
    """The nights of each, by their place in `nights`."""
    out: dict[int, set[int]] = defaultdict(set)
    for who, at in (
        (Submission.actor_id, Submission.at),
        (Obligation.outcome_by, Obligation.outcome_at),
    ):
        found = await session.execute(_by_night(who, at, accounts, nights))
        for account, night in found:
            out[account].add(night)
    shifts = await session.execute(
        select(Shift.account_id, Shift.since_at, Shift.until_at).where(
            Shift.account_id.in_(accounts),
            Shift.signed_in_at.is_not(None),
            Shift.since_at < nights[0][1],
            Shift.until_at > nights[-1][0],
        )
    )
    for account, since, until in shifts:
        if account is not None:
            out[account] |= {
                n
                for n, (begun, ended) in enumerate(nights)
                if min(until, ended) - max(since, begun) >= AT_LEAST
            }
    return out


def _by_night(
    who: InstrumentedAttribute[int] | InstrumentedAttribute[int | None],
    at: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None],
    accounts: Collection[int],
    nights: Sequence[Night],
) -> Select[tuple[Any, Any]]:
    spans: list[ColumnElement[bool]] = [and_(at >= begun, at < ended) for begun, ended in nights]
    night = case(*((span, n) for n, span in enumerate(spans)))
    return select(who, night).where(who.in_(accounts), or_(*spans)).distinct()


async def _tasks(session: AsyncSession, accounts: Collection[int]) -> dict[int, int]:
    found = await session.execute(
        select(Obligation.owner_id, func.count(Obligation.id))
        .where(Obligation.owner_id.in_(accounts), Obligation.outcome.is_(None))
        .group_by(Obligation.owner_id)
    )
    return {account: n for account, n in found if account is not None}


async def _tonight(
    session: AsyncSession, accounts: Collection[int], now: datetime, zone: ZoneInfo
) -> dict[int, int]:
    """The shift of the coming night, or of this one, that each is on the rota for."""
    on = local_day(now - timedelta(hours=NIGHT_UNTIL.hour), zone)
    begins, ends = (
        at_local(on, NIGHT_SINCE, zone),
        at_local(on + timedelta(days=1), NIGHT_UNTIL, zone),
    )
    found = await session.execute(
        select(Shift.account_id, Shift.id).where(
            Shift.account_id.in_(accounts),
            Shift.since_at < ends,
            Shift.until_at > begins,
            Shift.until_at > now,
            Shift.cancelled_at.is_(None),
            Shift.signed_out_at.is_(None),
        )
    )
    return {account: shift for account, shift in found if account is not None}
