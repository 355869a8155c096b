"""Records that a manager enters for her venue: which one it is, the same as before in one tap, and
what the venue's day comes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from handlers.claims import claimed_number
from handlers.feature import Filed
from handlers.registers.declaration import Register
from handlers.registers.lookup import register_of
from handlers.registers.views import title
from handlers.turn import Turn
from models.accounts import TEAM
from models.messages import Button, Outbound, Text, UserError, verbatim
from models.registers import Submission
from models.venues.access import access_own_venue
from models.venues.day import venue_day
from models.venues.daycard import day_card, write
from models.venues.kinds import Trading
from models.venues.logbook import last_record, note_log
from models.venues.register import managed_by
from models.venues.venue import Venue

VENUE = "v"  # before a venue's number in a button


async def _own(turn: Turn, claimed: str) -> Venue:
    """The open venue that a button claims, if she answers for it."""
    number = claimed_number(claimed.removeprefix(VENUE))
    venue = await access_own_venue(turn.session, await turn.actor(), number, turn.now)
    if venue.trading != Trading.OPEN:
        raise UserError("venueday.not_open", name=venue.name)
    return venue


async def venue_of(turn: Turn, context: Mapping[str, Any]) -> Venue | None:
    """The venue that a form was begun for."""
    return await _own(turn, str(context["venue"])) if "venue" in context else None


async def begin(turn: Turn, register: type[Register], claimed: str) -> None:
    """A record of her venue: where it is needs no asking."""
    if register.log is None:
        raise UserError("unknown.button")
    venue = await _own(turn, claimed)
    await turn.begin(register, {"venue": venue.id}, {"place": venue.name[:60]})


async def ask(turn: Turn, register: type[Register]) -> bool:
    """For which of her venues? False where there is none to ask for."""
    actor = await turn.actor()
    if register.log is None or actor.roles & set(TEAM):
        return False
    mine = await managed_by(turn.session, actor, turn.now)
    trading = [venue for venue in mine if venue.trading == Trading.OPEN]
    if len(trading) == 1:
        await begin(turn, register, str(trading[0].id))
        return True
    rows = tuple(
        (Button(verbatim(one.name[:30]), f"a:enter:{register.code}:{VENUE}{one.id}"),)
        for one in trading
    )
    if rows:
        turn.send(Outbound((Text("records.which_venue", {"title": title(register)}),), rows))
    return bool(rows)


async def as_before(turn: Turn, arguments: Sequence[str]) -> None:
    """The same once more, in one tap; a thumb that taps twice has done it once."""
    register = register_of(turn, arguments)
    if register.log is None:
        raise UserError("unknown.button")
    venue = await _own(turn, arguments[1] if len(arguments) > 1 else "")
    day = await venue_day(turn.session, venue, turn.now, turn.zone)
    if day.just_entered(register.log, turn.now):
        turn.replace(write(day, Text("venueday.just_now", {"title": title(register)})))
        return
    filled = _again(register, await last_record(turn.session, venue.id, register.log))
    if filled is None:
        await begin(turn, register, str(venue.id))
        return
    await turn.submit_now(filled, {"venue": venue.id})


def _again(register: type[Register], last: Submission | None) -> Register | None:
    """What was told last, without its picture; None where it is forgotten or asked otherwise."""
    values = last.values() if last else {}
    try:
        return register.model_validate({**values, "photo": None}) if values else None
    except ValidationError:
        return None


async def filed(
    turn: Turn, register: type[Register], record: Submission, venue: Venue, lines: Sequence[Text]
) -> Filed:
    """It stands in the venue's day, which goes on from there."""
    assert register.log is not None, "it was begun for a venue"
    by, when = turn.account.id, (turn.now, turn.zone)
    await note_log(turn.session, venue, register.log, record, by, *when)
    card = await day_card(turn.session, venue, turn.now, turn.zone, *lines)
    return Filed(record, card.lines, card.rows)
