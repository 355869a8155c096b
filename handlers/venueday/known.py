"""Whose venue, and who in it, a button claims."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.claims import claimed_number
from handlers.turn import Turn
from models.messages import UserError
from models.rules import Rules, rules_for
from models.units import Unit
from models.venues.access import access_own_venue, access_venue_staff
from models.venues.kinds import Trading
from models.venues.staff import VenueStaff
from models.venues.venue import Venue


def number(arguments: Sequence[str], at: int) -> int:
    """A claimed id or page; 0 where there is none."""
    return claimed_number(arguments[at] if len(arguments) > at else "")


def page(arguments: Sequence[str], at: int = 1) -> int:
    return min(number(arguments, at), 999)


async def own(turn: Turn, arguments: Sequence[str]) -> Venue:
    """The venue, if she answers for it inside and it is still there."""
    actor = await turn.actor()
    venue = await access_own_venue(turn.session, actor, number(arguments, 0), turn.now)
    if not venue.is_there():
        raise UserError("venue.gone_for_good", name=venue.name)
    return venue


async def open_one(turn: Turn, arguments: Sequence[str]) -> Venue:
    """The same, if it trades: what rests owes nothing, and nothing is written down for it."""
    venue = await own(turn, arguments)
    if venue.trading != Trading.OPEN:
        raise UserError("venueday.not_open", name=venue.name)
    return venue


async def worker(turn: Turn, arguments: Sequence[str]) -> tuple[VenueStaff, Venue]:
    """Somebody who works in a venue of hers."""
    actor = await turn.actor()
    return await access_venue_staff(turn.session, actor, number(arguments, 0), turn.now)


async def rules_in(turn: Turn, venue: Venue) -> Rules:
    return await rules_for(turn.session, await turn.session.get_one(Unit, venue.unit_id))
