"""Writes the people of a batch: those who are new at once, those who are known as they changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from models.bulk import insert_rows
from models.listed import Landing, Plan
from models.people import Person, dump_care, phone_index

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
    await insert_rows(session, Person, _COLUMNS, [_row(plan) for plan in plans], always)


_COLUMNS = (
    "id",
    "sound_index",
    "look_index",
    "unit_id",
    "household_id",
    "name",
    "phone",
    "phone_index",
    "id_kind",
    "id_number",
    "id_index",
    "address",
    "residence",
    "care",
)


def _row(plan: Plan) -> tuple[Any, ...]:
    """What stands in _COLUMNS."""
    told = plan.resident
    return (
        plan.person_id,
        *plan.indexes,
        plan.unit_id,
        plan.household_id,
        told.name,
        told.phone,
        phone_index(told.phone) if told.phone else None,
        told.id_kind,
        told.id_number or None,
        plan.paper or None,
        told.address or None,
        told.residence,
        dump_care(told.groups) if told.groups else None,
    )
