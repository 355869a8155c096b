"""What a number or a code names, as far as it is the asker's: a button each to what it is."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from handlers.find.views import Hit
from handlers.turn import Turn
from models.access import under
from models.actors import Action, Actor
from models.leads import Lead
from models.messages import Text, verbatim
from models.obligations import Kind, Obligation
from models.people import Person
from models.registers import Submission
from models.venues.problem import Problem
from models.venues.register import by_door, named
from models.venues.venue import DOOR, Venue
from models.wanted import Part, Sort


async def numbered(turn: Turn, part: Part) -> list[Hit]:
    """What bears this number. Raises nothing: what is not hers is not there."""
    actor = await turn.actor()
    match part.sort:
        case Sort.PROBLEM:
            return await _problem(turn, actor, int(part.text))
        case Sort.LEAD:
            return await _lead(turn, actor, int(part.text))
        case Sort.RECEIPT:
            return await _receipt(turn, actor, part.text)
        case _:
            venue = await by_door(turn.session, actor, part.text.removeprefix(DOOR))
            return [venue_hit(venue)] if venue else []


async def venues(turn: Turn, words: str) -> Sequence[Hit]:
    """Venues whose name or address holds these words."""
    found = await named(turn.session, await turn.actor(), words)
    return [venue_hit(venue) for venue in found]


def venue_hit(venue: Venue) -> Hit:
    return Hit(Text("find.venue", {"name": verbatim(venue.name[:40])}), f"a:venue:{venue.id}")


async def _problem(turn: Turn, actor: Actor, number: int) -> list[Hit]:
    reach = under(actor.paths(Action.INSPECT), Problem.unit_id)
    found = await turn.session.execute(
        select(Problem.id, Venue.name)
        .join(Venue, Venue.id == Problem.venue_id)
        .where(Problem.id == number, reach)
    )
    return [
        Hit(Text("find.problem", {"n": i, "venue": name}), f"a:problem:{i}") for i, name in found
    ]


async def _lead(turn: Turn, actor: Actor, number: int) -> list[Hit]:
    """Its verification; that her name was seen is written down."""
    found = await turn.session.execute(
        select(Obligation.id, Person)
        .join(Lead, Lead.id == Obligation.lead_id)
        .join(Person, Person.id == Lead.person_id)
        .where(
            Lead.id == number,
            Obligation.kind == Kind.VERIFY,
            under(actor.paths(Action.VERIFY), Lead.unit_id),
        )
    )
    hits = []
    for duty, person in found:
        turn.audit("find.shown", f"person:{person.id}")
        hits.append(Hit(Text("find.lead", {"n": number, "name": person.name}), f"a:card:{duty}"))
    return hits


async def _receipt(turn: Turn, actor: Actor, receipt: str) -> list[Hit]:
    """What was filed under it: of somebody her card, of a register the registers."""
    row = await turn.session.scalar(
        select(Submission).where(
            Submission.receipt == receipt, under(actor.paths(Action.VERIFY), Submission.unit_id)
        )
    )
    if row is None or row.form not in turn.registry.forms:
        return []
    told = Text(
        "find.receipt", {"number": receipt, "what": Text(f"{row.form}.title"), "at": row.at}
    )
    return [Hit(told, f"a:found:{row.person_id}" if row.person_id else "a:go:records")]
