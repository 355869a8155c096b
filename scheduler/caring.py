"""Whoever carries too much hears so gently, in the hour in which her supervisors do."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from models.care import burdens
from models.carecards import shown, to_herself
from models.clock import local_day
from models.leave import names_of
from models.outbox import Letter, Priority
from models.rules import rules_for
from models.units import Level, Unit


async def letters(
    session: AsyncSession,
    unit: Unit,
    hearing: Collection[int],
    now: datetime,
    zone: ZoneInfo,
) -> list[Letter]:
    """Who it is, to those who hear the village's digest, and to each of them herself: of nights
    once a night, of too much work once a week."""
    if unit.level != Level.VILLAGE:
        return []
    rules = await rules_for(session, unit)
    found = await burdens(session, [unit.path], rules, now, zone)
    if not found:
        return []
    names = await names_of(session, hearing)
    on = local_day(now, zone)
    named = shown(unit.name, found, rules.care_nights, rules.care_tasks)
    out = [
        Letter(f"care:u{unit.id}:{on.isoformat()}:a{reader}", reader, named, Priority.NOTICE)
        for reader in hearing
    ]
    year, week, _ = on.isocalendar()
    for one in found:
        told = to_herself(one, [names[a] for a in hearing if a != one.account_id])
        when = on.isoformat() if one.tired else f"{year}w{week}"
        key = f"care:a{one.account_id}:{when}"
        out.append(Letter(key, one.account_id, told, Priority.NOTICE))
    return out
