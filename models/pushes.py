"""Leads that others bring, one or thousands at a time: each person becomes one lead or one more
source of the lead that she has. Few statements, whatever their number.

Knows no sheets and no chat; whoever has claimed a lead is told of its new source by a letter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from sqlalchemy import insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.batches import expect_answers
from models.cards import another
from models.leads import Lead, LeadSource
from models.obligations import Kind, Obligation, look_at_all_again, oblige
from models.outbox import Letter, Priority, enqueue
from models.people import Person, id_index, phone_index
from models.rules import Rules
from models.sources import (
    Batch,
    Source,
    Told,
    deadline,
    found_before,
    purge_day,
    source_key,
)
from models.verification import verify_key


@dataclass(frozen=True, slots=True)
class Push:
    """What one source says of one person, and whose door it leads to."""

    told: Told
    unit_id: int
    channel: LeadSource
    pushed_at: datetime
    due_at: datetime | None = None  # None: as the district's rule has it
    batch: Batch | None = None
    row: int = 0
    account_id: int | None = None
    submission_id: int | None = None


class Landed(StrEnum):
    NEW = "new"
    JOINED = "joined"  # she has an open lead: one more source of it
    SAME = "same"  # this batch has named her before


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one push; `due_at` is when her verification is due."""

    landed: Landed
    lead: Lead
    due_at: datetime


People: TypeAlias = Mapping[str, Person]  # by what makes two rows one person
Leads: TypeAlias = dict[int, Lead]  # by person
Duties: TypeAlias = Mapping[int, Obligation]  # verifications, by lead


async def take_in(
    session: AsyncSession, pushes: Sequence[Push], now: datetime, rules: Rules, zone: ZoneInfo
) -> list[Taken]:
    """In their order. The earliest deadline of her sources rules."""
    keys = [source_key(p.batch.id, p.told) if p.batch else f"{n}" for n, p in enumerate(pushes)]
    named = await session.scalars(select(Source).where(Source.key.in_(keys)))
    sources = {source.key: source for source in named}
    fresh = {key: p for key, p in zip(keys, pushes, strict=True) if key not in sources}
    people = await _people(session, fresh.values(), now)
    leads = await _open_leads(session, fresh.values(), people)
    known = set(leads)
    new: dict[int, dict[str, Any]] = {}
    for push in fresh.values():
        person = people[push.told.identity()]
        if person.id not in leads:
            new.setdefault(person.id, _lead(push, person, now))
    if new:
        opening = await session.scalars(insert(Lead).returning(Lead), list(new.values()))
        leads |= {lead.person_id: lead for lead in opening}
    rows = {
        key: _source(push, key, leads[people[push.told.identity()].id], now, rules, zone)
        for key, push in fresh.items()
    }
    made: dict[str, Source] = {}
    if listed := [row for key, row in rows.items() if fresh[key].batch]:
        for source in await session.scalars(insert(Source).returning(Source), listed):
            made[source.key or ""] = source
    for key, row in rows.items():
        if key not in made:  # in no batch: it is alone
            made[key] = Source(**row)
            session.add(made[key])
    await session.flush()
    opened = {person_id: lead for person_id, lead in leads.items() if person_id not in known}
    await _oblige(session, opened, made.values(), now, rules, zone)
    every = {key: sources.get(key) or made[key] for key in keys}
    duties = await _duties(session, {source.lead_id for source in every.values()})
    joined = {leads[person_id].id for person_id in known}
    await _hasten(session, [s for s in made.values() if s.lead_id in joined], duties, now)
    await expect_answers(session, made.values(), now)
    found = await _leads_of(session, every.values())
    out = []
    for key in keys:
        source = every[key]
        landed = Landed.SAME
        if key in made:
            landed = Landed.JOINED if source.lead_id in joined else Landed.NEW
            joined.add(source.lead_id)  # a second row about her is one more source
            del made[key]
        duty = duties.get(source.lead_id)
        out.append(Taken(landed, found[source.lead_id], duty.due_at if duty else source.due_at))
    return out


async def _people(session: AsyncSession, pushes: Iterable[Push], now: datetime) -> People:
    """Whom each row means: by her document, else by name and phone; a stranger is written down."""
    told = {push.told.identity(): push for push in pushes}
    papers = {id_index(p.told.document): i for i, p in told.items() if p.told.document}
    phones = {phone_index(p.told.phone) for p in told.values() if p.told.phone}
    found = await session.scalars(
        select(Person)
        .where(or_(Person.id_index.in_(papers), Person.phone_index.in_(phones)))
        .order_by(Person.id)
    )
    people: dict[str, Person] = {}
    by_phone: dict[tuple[str, str | None], Person] = {}
    for person in found:
        if person.id_index in papers:
            people[papers[person.id_index]] = person
        by_phone.setdefault((person.name, person.phone_index), person)
    for identity, push in told.items():
        if identity not in people and push.told.document is None and push.told.phone:
            same = by_phone.get((push.told.name, phone_index(push.told.phone)))
            if same is not None:
                people[identity] = same
    strangers = [_person(push, now) for i, push in told.items() if i not in people]
    for identity, person in people.items():
        if person.purge_on is not None:
            person.purge_on = max(person.purge_on, purge_day(told[identity].pushed_at))
    await session.flush()
    if strangers:
        for person in await session.scalars(insert(Person).returning(Person), strangers):
            people[_identity(person)] = person
    return people


def _identity(person: Person) -> str:
    """As Told has it: whom a row that was just written down is."""
    if person.id_number:
        return f"{person.id_kind}:{person.id_number}"
    return f"{person.name}:{person.phone or person.address or ''}"


def _person(push: Push, now: datetime) -> dict[str, Any]:
    told = push.told
    return {
        "unit_id": push.unit_id,
        "name": told.name,
        "phone": told.phone,
        "phone_index": phone_index(told.phone) if told.phone else None,
        "id_kind": told.document.kind if told.document else None,
        "id_number": told.document.number if told.document else None,
        "id_index": id_index(told.document) if told.document else None,
        "address": told.address or None,
        "created_at": now,
        "purge_on": purge_day(max(push.pushed_at, now)),
    }


async def _open_leads(session: AsyncSession, pushes: Iterable[Push], people: People) -> Leads:
    """The lead that each of them has already: in the unit that is told, else one that is claimed,
    else the first; a second one would only send a second worker."""
    units = {people[push.told.identity()].id: push.unit_id for push in pushes}
    found = await session.scalars(
        select(Lead)
        .where(Lead.person_id.in_(units), Lead.outcome.is_(None))
        .order_by(Lead.id)
        .with_for_update()
    )
    every: dict[int, list[Lead]] = {}
    for lead in found:
        every.setdefault(lead.person_id, []).append(lead)
    return {
        person_id: min(
            leads, key=lambda one: (one.unit_id != units[one.person_id], one.claimed_by is None)
        )
        for person_id, leads in every.items()
    }


def _lead(push: Push, person: Person, now: datetime) -> dict[str, Any]:
    return {
        "person_id": person.id,
        "unit_id": push.unit_id,
        "submission_id": push.submission_id,
        "source": push.channel,
        "origin": push.told.origin or None,
        "transport": push.told.transport or None,
        "expected_at": push.pushed_at,
        "known_at": now,
        "created_at": now,
        "purge_on": purge_day(max(push.pushed_at, now)),
    }


def _source(
    push: Push, key: str, lead: Lead, now: datetime, rules: Rules, zone: ZoneInfo
) -> dict[str, Any]:
    due_at = push.due_at or deadline(push.channel, push.pushed_at, now, rules, zone)
    return {
        "lead_id": lead.id,
        "channel": push.channel,
        "batch_id": push.batch.id if push.batch else None,
        "account_id": push.account_id,
        "submission_id": push.submission_id,
        "key": key if push.batch else None,
        "row": push.row,
        "told": push.told.dump(),
        "pushed_at": push.pushed_at,
        "due_at": due_at,
        "created_at": now,
        "purge_on": purge_day(max(push.pushed_at, now)),
    }


async def _oblige(
    session: AsyncSession,
    opened: Leads,
    sources: Iterable[Source],
    now: datetime,
    rules: Rules,
    zone: ZoneInfo,
) -> None:
    """The verifications of new leads, each with what was found about her lately."""
    due: dict[int, datetime] = {}
    for source in sources:
        due[source.lead_id] = min(source.due_at, due.get(source.lead_id, source.due_at))
    before = await found_before(session, opened, now, rules, zone)
    rows: list[dict[str, Any]] = [
        {
            "key": verify_key(lead.id),
            "kind": Kind.VERIFY,
            "unit_id": lead.unit_id,
            "person_id": person_id,
            "lead_id": lead.id,
            "opens_at": now,
            "due_at": due[lead.id],
            "facts": {"before": before[person_id]} if person_id in before else {},
        }
        for person_id, lead in opened.items()
    ]
    await oblige(session, rows)


async def _duties(session: AsyncSession, lead_ids: Iterable[int]) -> Duties:
    found = await session.scalars(
        select(Obligation).where(
            Obligation.lead_id.in_(list(lead_ids)), Obligation.kind == Kind.VERIFY
        )
    )
    return {item.lead_id: item for item in found if item.lead_id is not None}


async def _hasten(
    session: AsyncSession, sources: Sequence[Source], duties: Duties, now: datetime
) -> None:
    """One more source of an open lead: whoever has it hears so, else all are asked again."""
    again: dict[int, Obligation] = {}
    for source in sources:
        duty = duties[source.lead_id]
        duty.due_at = min(duty.due_at, source.due_at)
        if duty.owner_id is None:
            again[duty.id] = duty
    await look_at_all_again(session, list(again.values()), now)
    numbers = await _numbers(session, sources)
    letters = []
    for source in sources:
        duty = duties[source.lead_id]
        if duty.owner_id is not None:
            number = numbers.get(source.batch_id or 0, "")
            message = another(source.facts()["name"], source.channel, number, duty)
            key = f"another:src{source.id}"
            letters.append(Letter(key, duty.owner_id, message, Priority.NOTICE))
    await enqueue(session, letters, now)


async def _numbers(session: AsyncSession, sources: Sequence[Source]) -> dict[int, str]:
    ids = {source.batch_id for source in sources if source.batch_id}
    found = await session.execute(select(Batch.id, Batch.number).where(Batch.id.in_(ids)))
    return {row.id: row.number for row in found}


async def _leads_of(session: AsyncSession, sources: Iterable[Source]) -> dict[int, Lead]:
    ids = {source.lead_id for source in sources}
    return {lead.id: lead for lead in await session.scalars(select(Lead).where(Lead.id.in_(ids)))}
