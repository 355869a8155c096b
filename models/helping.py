"""Errands (代购、送药、就医、心理): somebody at home asks for help, and somebody sees to it.

An errand is one obligation from the asking to the delivery. What is personal about it (what, for
whom, where, which phone) is its sealed detail; its facts name the need and the asking account.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from models.clock import at_local, local_day
from models.messages import UserError
from models.obligations import Kind, Obligation, Outcome, by_key, fulfil, look_again, oblige, settle
from models.rules import rules_for
from models.sources import MORNING, NIGHT
from models.units import Unit


class Need(StrEnum):
    SHOPPING = "shopping"
    MEDICINE = "medicine"
    DOCTOR = "doctor"
    COMFORT = "comfort"  # somebody to talk to
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Errand:
    """What somebody asks for."""

    need: Need
    urgent: bool
    what: str
    name: str
    phone: str
    address: str
    unit: Unit
    person_id: int | None
    asker_id: int
    behalf: bool


async def ask(
    session: AsyncSession, errand: Errand, key: str, now: datetime, zone: ZoneInfo
) -> Obligation:
    """Put it before the workers of the unit. What is not urgent and comes at night begins in the
    morning; medicine and what is urgent begins at once."""
    rules = await rules_for(session, errand.unit)
    urgent = errand.urgent or errand.need == Need.MEDICINE
    opens_at = now if urgent else _daytime(now, zone)
    hours = rules.help_urgent_hours if urgent else rules.help_hours
    detail = {
        "what": errand.what,
        "staff": errand.name,
        "phone": errand.phone,
        "address": errand.address,
    }
    row = {
        "key": key,
        "kind": Kind.HELP,
        "unit_id": errand.unit.id,
        "person_id": errand.person_id,
        "opens_at": opens_at,
        "due_at": opens_at + timedelta(hours=hours),
        "facts": {"need": errand.need, "asker": errand.asker_id, "behalf": errand.behalf},
        "detail": json.dumps(detail, ensure_ascii=False),
    }
    await oblige(session, [row])
    made = await by_key(session, key)
    assert made is not None, "it has just been made"
    return made


def _daytime(now: datetime, zone: ZoneInfo) -> datetime:
    """Now, or the end of the night."""
    local = now.astimezone(zone)
    if MORNING <= local.time() < NIGHT:
        return now
    day = local_day(now, zone) + timedelta(days=1 if local.time() >= NIGHT else 0)
    return at_local(day, MORNING, zone)


async def take_on(item: Obligation, by: int) -> None:
    """The first one has it. Raises UserError for everybody else."""
    if not item.is_open():
        raise UserError("help.over")
    if item.owner_id not in (None, by):
        raise UserError("help.taken_by_other")
    item.owner_id = by


async def give_back(session: AsyncSession, item: Obligation, now: datetime) -> None:
    """She cannot after all: everybody near hears of it again, the deadline stays."""
    item.owner_id = None
    await look_again(session, item, max(now, item.opens_at))


async def deliver(session: AsyncSession, item: Obligation, by: int, now: datetime) -> None:
    """It is done; whoever asked has the last word."""
    if not item.is_open():
        raise UserError("help.over")
    await fulfil(session, item, by, now)


async def confirm(item: Obligation, now: datetime) -> None:
    """Whoever asked has got it."""
    if item.is_open() or item.outcome == Outcome.CANCELLED:
        raise UserError("help.not_delivered")
    if "confirmed" in item.facts:
        raise UserError("help.confirmed_already")
    item.facts = {**item.facts, "confirmed": now.isoformat()}


async def go_on(session: AsyncSession, item: Obligation, missing: str, now: datetime) -> None:
    """Something is missing, or she would like to talk again: it goes on with whoever had it, with
    a time of its own."""
    if item.is_open() or item.outcome == Outcome.CANCELLED:
        raise UserError("help.not_delivered")
    if "confirmed" in item.facts:
        raise UserError("help.confirmed_already")
    unit = await session.get_one(Unit, item.unit_id)
    rules = await rules_for(session, unit)
    item.outcome = item.outcome_at = item.outcome_by = item.reason = None
    item.detail = json.dumps({**item.details(), "what": missing}, ensure_ascii=False)
    comfort = item.facts["need"] == Need.COMFORT
    item.due_at = now + timedelta(hours=rules.help_hours if comfort else rules.help_urgent_hours)
    await look_again(session, item, item.due_at - timedelta(minutes=30))


async def call_off(session: AsyncSession, item: Obligation, by: int, now: datetime) -> None:
    """Whoever asked does not need it any more."""
    if not item.is_open():
        raise UserError("help.over")
    await settle(session, [item], Outcome.CANCELLED, by, now)
