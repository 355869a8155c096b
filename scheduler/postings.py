"""What group chats hear by themselves: that there is something new, and the figures of the day.

Numbers and names of units only; who it is about stands in the private messages.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.closed import closed_numbers
from models.groups import Door, Post, Posting, bound, posted, thread_of
from models.obligations import Kind, Obligation
from models.outbox import Letter
from models.reports.periods import closed_period
from models.units import Unit, ancestor_ids


async def news(session: AsyncSession, fresh: Sequence[Obligation]) -> list[Letter]:
    """For obligations that have just been told of: a post a grid and kind, in the groups of the
    grid and of the units above it."""
    by_unit: dict[tuple[int, Kind], list[Obligation]] = defaultdict(list)
    for item in fresh:
        by_unit[item.unit_id, Kind(item.kind)].append(item)
    units = {unit.id: unit for unit in await _units(session, {i for i, _ in by_unit})}
    letters = []
    for (unit_id, kind), items in by_unit.items():
        unit = units[unit_id]
        post = Post(
            f"groups.new.{kind}", {"n": len(items)}, unit, (Door("groups.private", "go-today"),)
        )
        for group in await bound(session, ancestor_ids(unit.path), Posting.ALERTS):
            thread = await thread_of(session, group, unit)
            letters.append(posted(group, post, f"post:{items[0].key}", thread=thread))
    return letters


async def _units(session: AsyncSession, ids: set[int]) -> Sequence[Unit]:
    return list(await session.scalars(select(Unit).where(Unit.id.in_(ids)))) if ids else []


async def figures(
    session: AsyncSession, unit: Unit, key: str, now: datetime, zone: ZoneInfo
) -> list[Letter]:
    """The unit's day in its groups; `key` is that of the digest."""
    groups = await bound(session, [unit.id], Posting.NUMBERS)
    if not groups:
        return []
    period = await closed_period(session, unit, now, zone)
    (numbers,) = await closed_numbers(session, unit, [period], now)
    checkin = numbers.balances[Kind.CHECKIN]
    post = Post(
        "groups.numbers",
        {
            "until": numbers.period.until_at,
            "leads": numbers["leads.new"],
            "observed": numbers["observed.now"],
            "ended": numbers["observed.ended"],
            "due": checkin.due,
            "reported": checkin.reported,
        },
        unit,
    )
    return [
        posted(group, post, key, thread=await thread_of(session, group, unit)) for group in groups
    ]
