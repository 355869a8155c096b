"""Alerts: fever, symptoms, a positive result call the team, against a clock."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from models.obligations import Due, Kind, Obligation, Outcome, by_key, look_again, oblige, settle
from models.people import Person
from models.statements import insert_new

ALERT_WITHIN = timedelta(hours=2)
CAUSES = ("fever", "symptoms", "positive")
PRESSING = ("positive",)  # said at once, at any hour, whatever its reader has chosen
CHOOSABLE = tuple(cause for cause in CAUSES if cause not in PRESSING)


def anybodys(item: Obligation) -> bool:
    """Is it open, and nobody's yet?"""
    return item.is_open() and item.owner_id is None


async def raise_alert(
    session: AsyncSession,
    cause: str,
    source: Obligation,
    now: datetime,
    detail: dict[str, object],
) -> None:
    """Call the team: the same cause at the same duty is one alert, which a correction may
    withdraw and the next reading raise again."""
    about = {
        "key": f"alert:{cause}:ob{source.id}",
        "unit_id": source.unit_id,
        "person_id": source.person_id,
        "episode_id": source.episode_id,
    }
    await _call(session, about, cause, now, detail)


async def alert_at_door(
    session: AsyncSession,
    cause: str,
    visit_id: int,
    person: Person,
    now: datetime,
    detail: dict[str, object],
) -> None:
    """The same for somebody whom a worker met at her door, under observation or not."""
    about = {
        "key": f"alert:{cause}:visit{visit_id}",
        "unit_id": person.unit_id,
        "person_id": person.id,
    }
    await _call(session, about, cause, now, detail)


async def alert_at_work(
    session: AsyncSession,
    cause: str,
    source: str,
    venue_id: int,
    where: tuple[int, int | None],
    now: datetime,
    detail: dict[str, object],
) -> None:
    """The same for somebody who works in a venue: `source` is that of her roll-call or sample,
    `where` the unit that looks after her and the person, where she stands in the roster."""
    unit_id, person_id = where
    key = f"alert:{cause}:{source}"
    about = {"key": key, "unit_id": unit_id, "person_id": person_id}
    await _call(session, about, cause, now, detail, {"venue": venue_id})


async def _call(
    session: AsyncSession,
    about: dict[str, Any],
    cause: str,
    now: datetime,
    detail: dict[str, object],
    facts: dict[str, object] | None = None,
) -> None:
    row: dict[str, Any] = {
        **about,
        "kind": Kind.ALERT,
        "opens_at": now,
        "due_at": now + ALERT_WITHIN,
        "facts": {"cause": cause, **(facts or {})},
        "detail": json.dumps(detail, ensure_ascii=False),
    }
    withdrawn = await by_key(session, row["key"])
    if withdrawn is None or withdrawn.outcome != Outcome.CANCELLED:
        await oblige(session, [row])
        return
    withdrawn.outcome = withdrawn.outcome_at = withdrawn.outcome_by = withdrawn.reason = None
    withdrawn.opens_at, withdrawn.due_at, withdrawn.detail = now, now + ALERT_WITHIN, row["detail"]
    withdrawn.facts = row["facts"]
    await look_again(session, withdrawn, now)


async def withdraw_alerts(
    session: AsyncSession, obligation: Obligation, by: int, now: datetime
) -> None:
    """The reading that raised an alert was corrected: an alert nobody took on ends."""
    await _withdraw(session, f"ob{obligation.id}", by, now)


async def withdraw_door_alert(session: AsyncSession, visit_id: int, by: int, now: datetime) -> None:
    """The same of a visit that was taken back."""
    await _withdraw(session, f"visit{visit_id}", by, now)


async def withdraw_work_alert(session: AsyncSession, source: str, by: int, now: datetime) -> None:
    """The same of somebody in a venue."""
    await _withdraw(session, source, by, now)


async def _withdraw(session: AsyncSession, source: str, by: int, now: datetime) -> None:
    for cause in CAUSES:
        alert = await by_key(session, f"alert:{cause}:{source}")
        if alert is not None and anybodys(alert):
            await settle(session, [alert], Outcome.CANCELLED, by, now, "corrected")
            # Whoever was called is told by the sweep, which knows the letters.
            await insert_new(session, Due, [{"obligation_id": alert.id, "next_action_at": now}])
