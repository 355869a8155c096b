"""Options that several features offer: residents of the worker's units, and her units."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from handlers.engine import parse
from handlers.engine.context import Option
from handlers.engine.draft import Draft
from handlers.engine.parse_find import asked
from handlers.turn import Turn
from models.access import under
from models.actors import Action
from models.away import on_record
from models.finding import Found, find_residents
from models.messages import Text, UserError, verbatim
from models.people import Person
from models.units import Level, Unit


async def residents(turn: Turn, _draft: Draft, query: str) -> Sequence[Option]:
    """By any parts of what is known of her, a whole number is taken at once; a picked id, too."""
    found = await _find(turn, query)
    return [Option(str(one.id), _label(one), found.exact) for one in found.people]


async def residents_at_home(turn: Turn, _draft: Draft, query: str) -> Sequence[Option]:
    """The same; whoever is on record as away already is shown as such and never taken unasked."""
    found = await _find(turn, query)
    away = await on_record(turn.session, [person.id for person in found.people])
    return [
        Option(str(person.id), Text("away.resident_away", {"name": person.name}))
        if person.id in away
        else Option(str(person.id), _label(person), found.exact)
        for person in found.people
    ]


async def found_residents(turn: Turn, query: str) -> Sequence[Person]:
    """Residents of her units by any parts of a name, a door or a number."""
    return (await _find(turn, query)).people


async def _find(turn: Turn, query: str) -> Found:
    return await find_residents(turn.session, await turn.actor(), asked(query, turn.today))


def _label(person: Person) -> Text:
    if person.address:
        return Text("away.resident", {"name": person.name, "address": person.address})
    return verbatim(person.name)


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
