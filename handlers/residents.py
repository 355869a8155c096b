"""Options that several features offer: residents of the worker's units, and her units."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from handlers.engine import parse
from handlers.engine.context import Option
from handlers.engine.draft import Draft
from handlers.turn import Turn
from models.access import Action, under
from models.away import on_record
from models.finding import find_residents
from models.messages import Text, UserError, verbatim
from models.people import Person, id_index
from models.units import Level, Unit


async def residents(turn: Turn, _draft: Draft, query: str) -> Sequence[Option]:
    """By phone or papers exactly, else by a part of the name or the door; a picked id is taken."""
    found, exact = await _find(turn, query)
    return [Option(str(person.id), _label(person), exact) for person in found]


async def residents_at_home(turn: Turn, _draft: Draft, query: str) -> Sequence[Option]:
    """The same; whoever is on record as away already is shown as such and never taken unasked."""
    found, exact = await _find(turn, query)
    away = await on_record(turn.session, [person.id for person in found])
    return [
        Option(str(person.id), Text("away.resident_away", {"name": person.name}))
        if person.id in away
        else Option(str(person.id), _label(person), exact)
        for person in found
    ]


async def found_residents(turn: Turn, query: str) -> Sequence[Person]:
    """Residents of her units by phone or papers exactly, else by a part of the name or the door."""
    found, _ = await _find(turn, query)
    return found


async def _find(turn: Turn, query: str) -> tuple[Sequence[Person], bool]:
    return await find_residents(
        turn.session, await turn.actor(), _phone(query), _papers(turn, query)
    )


def _label(person: Person) -> Text:
    if person.address:
        return Text("away.resident", {"name": person.name, "address": person.address})
    return verbatim(person.name)


def _phone(query: str) -> str:
    try:
        return parse.phone(query)
    except parse.Unreadable:
        return query


def _papers(turn: Turn, query: str) -> str | None:
    try:
        return id_index(parse.id_document(query, turn.today))
    except parse.Unreadable:
        return None


def name_in(text: str) -> str:
    """What was typed instead of picking somebody, if it can be a name."""
    try:
        return parse.person_name(text)
    except parse.Unreadable:
        raise UserError("away.name_needed") from None


async def mine(turn: Turn, _draft: Draft, _query: str) -> Sequence[Option]:
    """Her grids, of a village without grids the village; the only one is taken without asking."""
    hers = under((await turn.actor()).paths(Action.VERIFY), Unit.id)
    found = await turn.session.scalars(
        select(Unit).where(Unit.level.in_((Level.GRID, Level.VILLAGE)), hers).order_by(Unit.path)
    )
    local = list(found)
    units = [unit for unit in local if unit.level == Level.GRID] or local
    return [Option(unit.code, verbatim(unit.name), exact=len(units) == 1) for unit in units]
