"""Ledgers of people: leads, those under observation, their tests.

Rows are read as plain columns, and only those that the ledger shows: of 100,000 of them an object
each would cost more than everything else.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from models.cards import category_text
from models.documents.kinds import Row
from models.documents.signers import names_of
from models.episodes import Episode
from models.identity import mask_address, mask_id, mask_name, mask_phone
from models.leadcards import finding_text
from models.leads import Lead, LeadOutcome
from models.ledgers.declaration import Entry, Ledger, Listing, Reading, Scope, column
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
_WHO = (
    *(Person.id.label("who"), Person.name, Person.phone, Person.id_number, Person.address),
    Unit.name.label("unit"),
)
Read: TypeAlias = Any
"""A row as it was read: `_WHO`, and the columns of what it is about by their names."""


def _person(row: Read, scope: Scope) -> Row:
    """Who somebody is, as she may see it who asks."""
    return {
        "name": scope.seen(mask_name, row.name),
        "phone": scope.seen(mask_phone, row.phone),
        "document": scope.seen(mask_id, row.id_number),
        "address": scope.seen(mask_address, row.address),
        "unit": row.unit,
    }


@dataclass(frozen=True, slots=True)
class _About:
    """What each row of a ledger is about: a table with a person and a unit, the instant by which
    it belongs to a day, what else is read of it and of `joins`, and which rows.

    `beside` fetches what stands elsewhere for a whole portion, and `cells` has it.
    """

    table: type[Lead] | type[Episode] | type[Obligation]
    at: InstrumentedAttribute[Any]
    columns: Sequence[Any]
    where: Callable[[Scope], Sequence[ColumnElement[bool]]]
    beside: Callable[[AsyncSession, Sequence[Read]], Awaitable[Mapping[Any, Any]]]
    cells: Callable[[Read, Mapping[Any, Any], Scope], Row]
    joins: Sequence[tuple[type[Any], ColumnElement[bool]]] = ()


def _listing(about: _About) -> Listing:
    table = about.table

    def listed(scope: Scope) -> Select[int]:
        query = select(table.id).join(Unit, Unit.id == table.unit_id)
        return query.where(*about.where(scope)).order_by(table.id)

    return listed


def _reading(about: _About) -> Reading:
    table = about.table
    query = (
        select(table.id, table.unit_id, about.at.label("day_at"), *_WHO, *about.columns)
        .select_from(table)
        .join(Person, Person.id == table.person_id)
        .join(Unit, Unit.id == table.unit_id)
        .order_by(table.id)
    )
    for other, on in about.joins:
        query = query.join(other, on)

    async def read(session: AsyncSession, scope: Scope, ids: Sequence[int]) -> Sequence[Entry]:
        rows: Sequence[Read] = (await session.execute(query.where(table.id.in_(ids)))).all()
        beside = await about.beside(session, rows)
        return [
            Entry(
                row.id,
                row.unit_id,
                row.day_at,
                {**_person(row, scope), **about.cells(row, beside, scope)},
                row.who,
            )
            for row in rows
        ]

    return read


async def _closers(session: AsyncSession, rows: Sequence[Read]) -> Mapping[int, str]:
    """Those who decided what became of it, by account."""
    return await names_of(session, {row.outcome_by for row in rows})


# -- leads ----------------------------------------------------------------------------------------


def _came(scope: Scope) -> Sequence[ColumnElement[bool]]:
    """Those that came in the period: the daily sheet's `leads.new`."""
    return (
        LEAD_LEDGER.within(scope, Lead.unit_id),
        within(Lead.created_at, scope.period),
        or_(Lead.outcome.is_(None), Lead.outcome != LeadOutcome.MERGED),
    )


def _lead(lead: Read, names: Mapping[int, str], scope: Scope) -> Row:
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


_LEADS = _About(
    Lead,
    Lead.created_at,
    (
        *(Lead.source, Lead.origin, Lead.place, Lead.expected_at, Lead.created_at),
        *(Lead.outcome, Lead.outcome_at, Lead.outcome_by),
    ),
    _came,
    _closers,
    _lead,
)
LEAD_LEDGER = Ledger(
    "leads",
    Text("ledger.title.leads"),
    (
        *(column("lead"), *_PERSON, column("source"), column("origin", 20), column("place", 20)),
        *(column("expected", 17), column("created", 17), column("outcome", 16)),
        *(column("ended", 17), column("by")),
    ),
    _listing(_LEADS),
    _reading(_LEADS),
    sections=(LEADS,),
)


# -- those under observation ----------------------------------------------------------------------


def _watched(scope: Scope) -> Sequence[ColumnElement[bool]]:
    """Whoever was under observation at any moment of the period."""
    return (
        OBSERVATION_LEDGER.within(scope, Episode.unit_id),
        Episode.opened_at <= scope.period.until_at,
        ~happened(Episode.outcome_at, scope.period.since_at),
    )


def _episode(episode: Read, names: Mapping[int, str], scope: Scope) -> Row:
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


_EPISODES = _About(
    Episode,
    Episode.opened_at,
    (
        *(Episode.pack, Episode.category, Episode.anchor_on, Episode.ends_on),
        *(Episode.opened_at, Episode.outcome, Episode.outcome_at, Episode.outcome_by),
    ),
    _watched,
    _closers,
    _episode,
)
OBSERVATION_LEDGER = Ledger(
    "observed",
    Text("ledger.title.observed"),
    (
        *(column("episode"), *_PERSON, column("pack", 20), column("category", 20)),
        *(column("anchor"), column("last"), column("opened", 17), column("standing")),
        *(column("ended", 17), column("by")),
    ),
    _listing(_EPISODES),
    _reading(_EPISODES),
    sections=(OBSERVED, MEASURES),
)


# -- tests ----------------------------------------------------------------------------------------


def _due(scope: Scope) -> Sequence[ColumnElement[bool]]:
    """Those that were due in the period: the daily sheet's `test.due`."""
    return (
        TEST_LEDGER.within(scope, Obligation.unit_id),
        Obligation.kind == Kind.TEST,
        within(Obligation.due_at, scope.period),
        or_(
            ~happened(Obligation.outcome_at, scope.period.until_at),
            Obligation.outcome.not_in(GONE),
        ),
        ~volunteered(),
    )


async def _samples(session: AsyncSession, rows: Sequence[Read]) -> Mapping[tuple[int, str], Read]:
    """What was taken, by episode and code."""
    taken = await session.execute(
        select(
            *(Sample.episode_id, Sample.code, Sample.sampled_at),
            *(Sample.result, Sample.resulted_at),
        ).where(Sample.episode_id.in_({row.episode_id for row in rows}))
    )
    return {(one.episode_id, one.code): one for one in taken}


def _test(duty: Read, samples: Mapping[tuple[int, str], Read], _scope: Scope) -> Row:
    sample = samples.get((duty.episode_id, str(duty.facts["code"])))
    result = None if sample is None else Text(f"result.result.choice.{sample.result}")
    return {
        "test": duty.id,
        "category": category_text(duty),
        "day": duty.facts["day"],
        "due": duty.due_at,
        "done": Text(f"ledger.done.{duty.outcome or 'missing'}"),
        "sampled": sample.sampled_at if sample else None,
        "result": result,
        "resulted": sample.resulted_at if sample else None,
    }


_TESTS = _About(
    Obligation,
    Obligation.due_at,
    (
        *(Obligation.episode_id, Obligation.facts, Obligation.due_at, Obligation.outcome),
        *(Episode.pack, Episode.category),
    ),
    _due,
    _samples,
    _test,
    joins=[(Episode, Episode.id == Obligation.episode_id)],
)
TEST_LEDGER = Ledger(
    "test",
    Text("ledger.title.test"),
    (
        *(column("test"), *_PERSON, column("category", 20), column("day"), column("due", 17)),
        *(column("done"), column("sampled", 17), column("result"), column("resulted", 17)),
    ),
    _listing(_TESTS),
    _reading(_TESTS),
    sections=(BALANCES[Kind.TEST], SAMPLES),
)
