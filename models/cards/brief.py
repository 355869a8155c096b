"""Obligations with the rows that their cards speak of, and what every card can say of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.episodes import Episode
from models.identity import mask_phone
from models.leadcards import lead_facts
from models.leads import Lead
from models.messages import Text, Value
from models.obligations import Obligation
from models.people import Person
from models.sources import Source, numbered_sources
from models.units import Unit


@dataclass(frozen=True, slots=True)
class Brief:
    """An obligation with the rows that its card speaks of."""

    obligation: Obligation
    person: Person | None
    episode: Episode | None
    lead: Lead | None
    unit: Unit
    sources: Sequence[tuple[Source, str]] = ()  # of its lead, each with the number of its batch


async def briefs(session: AsyncSession, obligations: Sequence[Obligation]) -> list[Brief]:
    """The obligations with person, episode, lead and unit, in the given order: one query."""
    found = await session.execute(
        select(Obligation.id, Person, Episode, Lead, Unit)
        .join(Unit, Unit.id == Obligation.unit_id)
        .outerjoin(Person, Person.id == Obligation.person_id)
        .outerjoin(Episode, Episode.id == Obligation.episode_id)
        .outerjoin(Lead, Lead.id == Obligation.lead_id)
        .where(Obligation.id.in_([o.id for o in obligations]))
    )
    by_id = {row[0]: row[1:] for row in found}
    items = [Brief(o, *by_id[o.id]) for o in obligations]
    leads = {item.lead.id for item in items if item.lead is not None}
    if not leads:
        return items
    sources = await numbered_sources(session, list(leads))
    return [replace(i, sources=sources.get(i.lead.id, ())) if i.lead else i for i in items]


def common_facts(brief: Brief) -> dict[str, Value]:
    """What fills the placeholders of any card; each kind adds its own."""
    item, person = brief.obligation, brief.person
    told = item.details()
    phone = person.phone if person else told.get("phone")
    address = told.get("door") or (person.address if person else told.get("address"))
    out: dict[str, Value] = {
        "name": person.name if person else told.get("name", told.get("staff", "")),
        "who": Text("card.who", {"name": person.name}) if person else "",
        "address": address or brief.unit.name,
        "unit": brief.unit.name,
        "phone": mask_phone(phone) if phone else Text("card.no_phone"),
        "due": item.due_at,
        "day": item.facts.get("day", 0),
        "slot": Text(f"slot.{item.facts['slot']}") if item.facts.get("slot") else "",
    }
    if brief.episode is not None:
        out["until"] = brief.episode.ends_on
        out["category"] = category_text(brief.episode)
    if brief.lead is not None:
        out |= lead_facts(brief.lead, brief.person, brief.sources)
    return out


def category_text(episode: Episode) -> Text:
    return Text(f"pack.{episode.pack}.category.{episode.category}")
