"""What a turn may not touch: the records of people out of its actor's reach.

Looks at tables only; knows no feature.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import Account
from models.episodes import Episode
from models.leads import Lead
from models.obligations import Obligation
from models.people import Household, Person
from models.samples import Sample
from models.units import Unit

Key: TypeAlias = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Record:
    """One row about somebody: where it belongs, and what a turn could change of it."""

    person_id: int | None
    unit_id: int | None
    state: tuple[Any, ...]


World: TypeAlias = Mapping[Key, Record]

_QUERIES = {
    "obligation": select(
        Obligation.id,
        Obligation.person_id,
        Obligation.unit_id,
        Obligation.kind,
        Obligation.owner_id,
        Obligation.opens_at,
        Obligation.due_at,
        Obligation.rounds,
        Obligation.outcome,
        Obligation.outcome_at,
        Obligation.outcome_by,
        Obligation.reason,
    ),
    "lead": select(
        Lead.id, Lead.person_id, Lead.unit_id, Lead.claimed_by, Lead.outcome, Lead.outcome_by
    ),
    "episode": select(Episode.id, Episode.person_id, Episode.unit_id, Episode.outcome),
    "sample": select(Sample.id, Sample.person_id, Person.unit_id, Sample.result, Sample.photo).join(
        Person, Person.id == Sample.person_id
    ),
    "person": select(
        Person.id,
        Person.id.label("person_id"),
        Person.unit_id,
        Person.name,
        Person.guardian_id,
        Person.phone_index,
        Person.id_index,
        Person.address,
    ),
}


async def look(session: AsyncSession) -> World:
    """Every record as it is now."""
    return {
        (table, number): Record(person_id, unit_id, tuple(state))
        for table, query in _QUERIES.items()
        for number, person_id, unit_id, *state in await session.execute(query)
    }


def changed(before: World, after: World) -> dict[Key, Record]:
    """Records that came, went or changed."""
    return {
        key: after.get(key) or before[key]
        for key in before.keys() | after.keys()
        if before.get(key) != after.get(key)
    }


async def in_reach(session: AsyncSession, chat: str, branch: str) -> tuple[set[int], set[int]]:
    """Whom an account answers for (herself, wards, household), its branch's units ("": none)."""
    account = await session.scalar(select(Account).where(Account.chat == chat))
    assert account is not None, f"{chat} was answered"
    people = set(await session.scalars(select(Person.id).where(Person.guardian_id == account.id)))
    if account.person_id is not None:
        homes = select(Household.id).where(Household.head_id == account.person_id)
        family = select(Person.id).where(Person.household_id.in_(homes))
        people |= {account.person_id, *await session.scalars(family)}
    if not branch:
        return people, set()
    top = await session.scalar(select(Unit.path).where(Unit.name == branch))
    assert top is not None, f"{branch} is a unit of the cast"
    units = set(await session.scalars(select(Unit.id).where(Unit.path.startswith(top))))
    return people, units
