"""Writes the people of a batch: those who are new at once, those who are known as they changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.listed import Landing, Plan
from models.people import Person, dump_care, phone_index
from models.session import table_of

ROSTER_KEPT = timedelta(days=730)  # after the last list that named her


def update_known(plan: Plan, person: Person, now: datetime) -> None:
    """What the list leaves empty stays as it was."""
    told = plan.resident
    facts = {
        "name": told.name,
        "phone": told.phone or person.phone,
        "phone_index": phone_index(told.phone) if told.phone else person.phone_index,
        "address": told.address or person.address,
        "unit_id": plan.unit_id,
        "household_id": plan.household_id if plan.key else person.household_id,
        "residence": told.residence or person.residence,
        "care": dump_care(told.groups) or person.care,
        "listed_at": person.listed_at or now,
    }
    listed_until = (now + ROSTER_KEPT).date()
    person.purge_on = max(person.purge_on or listed_until, listed_until)
    plan.person_id = person.id
    for name, value in facts.items():
        if getattr(person, name) != value:
            setattr(person, name, value)
            plan.landing = Landing.CHANGED


async def insert_new(
    session: AsyncSession, plans: Sequence[Plan], ids: Iterator[int], now: datetime
) -> None:
    """Everybody whom nothing is known of."""
    if not plans:
        return
    for plan in plans:
        plan.person_id, plan.landing = next(ids), Landing.NEW
    kept_until = (now + ROSTER_KEPT).date()
    always = {"created_at": now, "listed_at": now, "purge_on": kept_until}
    await session.execute(insert(table_of(Person)), [_row(plan) | always for plan in plans])


def _row(plan: Plan) -> dict[str, Any]:
    told = plan.resident
    return {
        "id": plan.person_id,
        "sound_index": plan.indexes[0],
        "look_index": plan.indexes[1],
        "unit_id": plan.unit_id,
        "household_id": plan.household_id,
        "name": told.name,
        "phone": told.phone,
        "phone_index": phone_index(told.phone) if told.phone else None,
        "id_kind": told.id_kind,
        "id_number": told.id_number or None,
        "id_index": plan.paper or None,
        "address": told.address or None,
        "residence": told.residence,
        "care": dump_care(told.groups) if told.groups else None,
    }
