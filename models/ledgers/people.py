"""Ledgers of people: leads, those under observation, their tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer, load_only

from models.cards import category_text
from models.documents.kinds import Row
from models.documents.signers import names_of
from models.episodes import Episode
from models.identity import mask_address, mask_id, mask_name, mask_phone
from models.leadcards import finding_text
from models.leads import Lead, LeadOutcome
from models.ledgers.declaration import PORTION, Entry, Ledger, Scope, column
from models.messages import Text
from models.obligations import GONE, Kind, Obligation, volunteered
from models.people import Person
from models.reports.measures import MEASURES
from models.reports.periods import happened, within
from models.reports.sections import BALANCES, LEADS, OBSERVED, SAMPLES
from models.samples import Sample
from models.units import Unit

_PERSON = (
    *(column("name"), column("phone", 14), column("document", 20)),
    *(column("address", 32), column("unit", 16)),
)

# Nothing else of hers is unsealed for a ledger.
_OF_PERSON = load_only(Person.name, Person.phone, Person.id_number, Person.address)


def _person(person: Person, unit: str, scope: Scope) -> Row:
    """Who somebody is, as she may see it who asks."""
    return {
        "name": scope.seen(mask_name, person.name),
        "phone": scope.seen(mask_phone, person.phone),
        "document": scope.seen(mask_id, person.id_number),
        "address": scope.seen(mask_address, person.address),
        "unit": unit,
    }


# -- leads ----------------------------------------------------------------------------------------


async def _read_leads(session: AsyncSession, scope: Scope, after: int) -> Sequence[Entry]:
    """Those that came in the period: the daily sheet's `leads.new`."""
    found = await session.execute(
        select(Lead, Person, Unit.name)
        .options(_OF_PERSON, defer(Lead.transport))
        .join(Person, Person.id == Lead.person_id)
        .join(Unit, Unit.id == Lead.unit_id)
        .where(
            LEAD_LEDGER.within(scope, Lead.unit_id),
            Lead.id > after,
            within(Lead.created_at, scope.period),
            or_(Lead.outcome.is_(None), Lead.outcome != LeadOutcome.MERGED),
        )
        .order_by(Lead.id)
        .limit(PORTION)
    )
    every = [(lead, person, unit) for lead, person, unit in found]
    names = await names_of(session, {lead.outcome_by for lead, *_ in every})
    return [
        Entry(
            lead.id,
            lead.unit_id,
            lead.created_at,
            {**_person(person, unit, scope), **_lead(lead, names, scope)},
            person.id,
        )
        for lead, person, unit in every
    ]


def _lead(lead: Lead, names: Mapping[int, str], scope: Scope) -> Row:
    return {
        "lead": lead.id,
        "source": Text(f"source.{lead.source}"),
        "origin": lead.origin,
        "place": scope.seen(mask_address, lead.place),
        "expected": lead.expected_at,
        "created": lead.created_at,
        "outcome": _outcome(lead.outcome),
        "ended": lead.outcome_at,
        "by": scope.seen(mask_name, names.get(lead.outcome_by or 0)),
    }


def _outcome(outcome: LeadOutcome | None) -> Text:
    if outcome is None:
        return Text("export.open")
    if outcome == LeadOutcome.WITHDRAWN:
        return Text("ledger.withdrawn")
    return finding_text(outcome)


LEAD_LEDGER = Ledger(
    "leads",
    Text("ledger.title.leads"),
    (
        *(column("lead"), *_PERSON, column("source"), column("origin", 20), column("place", 20)),
        *(column("expected", 17), column("created", 17), column("outcome", 16)),
        *(column("ended", 17), column("by")),
    ),
    _read_leads,
    sections=(LEADS,),
)


# -- those under observation ----------------------------------------------------------------------


async def _read_observed(session: AsyncSession, scope: Scope, after: int) -> Sequence[Entry]:
    """Whoever was under observation at any moment of the period."""
    found = await session.execute(
        select(Episode, Person, Unit.name)
        .options(_OF_PERSON)
        .join(Person, Person.id == Episode.person_id)
        .join(Unit, Unit.id == Episode.unit_id)
        .where(
            OBSERVATION_LEDGER.within(scope, Episode.unit_id),
            Episode.id > after,
            Episode.opened_at <= scope.period.until_at,
            ~happened(Episode.outcome_at, scope.period.since_at),
        )
        .order_by(Episode.id)
        .limit(PORTION)
    )
    every = [(episode, person, unit) for episode, person, unit in found]
    names = await names_of(session, {episode.outcome_by for episode, *_ in every})
    return [
        Entry(
            episode.id,
            episode.unit_id,
            episode.opened_at,
            {**_person(person, unit, scope), **_episode(episode, names, scope)},
            person.id,
        )
        for episode, person, unit in every
    ]


def _episode(episode: Episode, names: Mapping[int, str], scope: Scope) -> Row:
    return {
        "episode": episode.id,
        "pack": Text(f"pack.{episode.pack}"),
        "category": category_text(episode),
        "anchor": episode.anchor_on,
        "last": episode.ends_on,
        "opened": episode.opened_at,
        "standing": Text(f"ledger.standing.{episode.outcome or 'running'}"),
        "ended": episode.outcome_at,
        "by": scope.seen(mask_name, names.get(episode.outcome_by or 0)),
    }


OBSERVATION_LEDGER = Ledger(
    "observed",
    Text("ledger.title.observed"),
    (
        *(column("episode"), *_PERSON, column("pack", 20), column("category", 20)),
        *(column("anchor"), column("last"), column("opened", 17), column("standing")),
        *(column("ended", 17), column("by")),
    ),
    _read_observed,
    sections=(OBSERVED, MEASURES),
)


# -- tests ----------------------------------------------------------------------------------------


async def _read_tests(session: AsyncSession, scope: Scope, after: int) -> Sequence[Entry]:
    """Those that were due in the period: the daily sheet's `test.due`."""
    found = await session.execute(
        select(Obligation, Person, Unit.name, Episode)
        .options(_OF_PERSON)
        .join(Person, Person.id == Obligation.person_id)
        .join(Unit, Unit.id == Obligation.unit_id)
        .join(Episode, Episode.id == Obligation.episode_id)
        .where(
            TEST_LEDGER.within(scope, Obligation.unit_id),
            Obligation.id > after,
            Obligation.kind == Kind.TEST,
            within(Obligation.due_at, scope.period),
            or_(
                ~happened(Obligation.outcome_at, scope.period.until_at),
                Obligation.outcome.not_in(GONE),
            ),
            ~volunteered(),
        )
        .order_by(Obligation.id)
        .limit(PORTION)
    )
    every = [(duty, person, unit, episode) for duty, person, unit, episode in found]
    taken = await session.scalars(
        select(Sample).where(Sample.episode_id.in_({episode.id for *_, episode in every}))
    )
    samples = {(one.episode_id, one.code): one for one in taken}
    return [
        Entry(
            duty.id,
            duty.unit_id,
            duty.due_at,
            {
                **_person(person, unit, scope),
                **_test(duty, samples.get((episode.id, str(duty.facts["code"])))),
                "category": category_text(episode),
            },
            person.id,
        )
        for duty, person, unit, episode in every
    ]


def _test(duty: Obligation, sample: Sample | None) -> Row:
    result = None if sample is None else Text(f"result.result.choice.{sample.result}")
    return {
        "test": duty.id,
        "day": duty.facts["day"],
        "due": duty.due_at,
        "done": Text(f"ledger.done.{duty.outcome or 'missing'}"),
        "sampled": sample.sampled_at if sample else None,
        "result": result,
        "resulted": sample.resulted_at if sample else None,
    }


TEST_LEDGER = Ledger(
    "test",
    Text("ledger.title.test"),
    (
        *(column("test"), *_PERSON, column("category", 20), column("day"), column("due", 17)),
        *(column("done"), column("sampled", 17), column("result"), column("resulted", 17)),
    ),
    _read_tests,
    sections=(BALANCES[Kind.TEST], SAMPLES),
)
