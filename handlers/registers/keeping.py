"""For whom a record is entered: a unit, and the venue where a kind of venue keeps the register."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.engine.draft import Draft
from handlers.registers.declaration import Register
from handlers.registers.lookup import keeping
from handlers.registers.views import title
from handlers.turn import Turn
from models.accounts import Role
from models.messages import Button, Outbound, Text, UserError, verbatim
from models.registers import Submission
from models.units import Unit, unit_by_code
from models.venues.kinds import Trading
from models.venues.venue import Venue

VENUE = "venue"  # of a draft's context


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record belongs."""

    unit: Unit
    venue: Venue | None = None


def _denied(register: type[Register]) -> UserError:
    return UserError("records.not_yours", title=title(register))


async def choose_place(
    turn: Turn, register: type[Register], venue_id: int
) -> dict[str, int] | None:
    """What a draft holds of the venue: nothing where there is none; None when she was asked which
    of her venues it is for."""
    if register.anybody:
        return {}
    able = (await turn.actor()).roles & set(register.enters)
    if not able:
        raise _denied(register)
    if able != {Role.VENUE} or not register.kinds:
        return {}
    mine = [venue for venue in await keeping(turn, register) if venue is not None]
    chosen = next((venue for venue in mine if venue.id == venue_id), None)
    if not mine:
        raise _denied(register)
    if len(mine) > 1 and chosen is None:
        rows = tuple(
            (Button(verbatim(venue.name), f"a:enterat:{register.code}:{venue.id}"),)
            for venue in mine
        )
        turn.send(Outbound((Text("records.which_venue", {"title": title(register)}),), rows))
        return None
    venue = chosen or mine[0]
    opening = register.follow_up is not None and register.follow_up.opens
    if opening and venue.trading == Trading.OPEN:
        raise UserError("records.open_already", name=venue.name)
    return {VENUE: venue.id}


async def place_of(turn: Turn, filled: Register, draft: Draft) -> Place:
    """Where it is filed now: she may have lost the role, or the venue, since she began."""
    actor, register = await turn.actor(), type(filled)
    if register.anybody:
        told = await unit_by_code(turn.session, getattr(filled, "unit", ""))
        if told is None:
            raise UserError("selfreport.unit_gone")
        return Place(told)
    if VENUE in draft.context:
        mine = await keeping(turn, register)
        venue = next((v for v in mine if v and v.id == draft.context[VENUE]), None)
        if venue is None:
            raise _denied(register)
        return Place(await turn.session.get_one(Unit, venue.unit_id), venue)
    grant = actor.top(*register.enters)
    if grant is None:
        raise _denied(register)
    unit_id = grant.unit_id
    if "corrects" in draft.context:  # it stays where it was entered
        corrected = await turn.session.get(Submission, draft.context["corrects"])
        unit_id = corrected.unit_id or unit_id if corrected else unit_id
    return Place(await turn.session.get_one(Unit, unit_id))
