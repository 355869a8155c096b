"""A venue's day: its manager's card, and for those outside what a day lacks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from handlers.feature import Drawer, Feature, FormSpec, MenuItem
from handlers.turn import Turn
from handlers.venueday import known, staffing, swabs, temps, views
from handlers.venueday.form import Deputy, NewStaff, StaffTemps
from models.access import under
from models.accounts import TEAM, Role
from models.actors import Action
from models.clock import at_local
from models.messages import UserError
from models.rules import rules_of
from models.units import Unit, root
from models.venues.daycard import day_card
from models.venues.gaps import gaps, unmanned
from models.venues.register import managed_by


async def venue(turn: Turn, _argument: str) -> None:
    """A manager: the day of her venue, or which one. Those outside: what the last day lacks."""
    actor = await turn.actor()
    mine = await managed_by(turn.session, actor, turn.now)
    if len(mine) == 1:
        turn.send(await day_card(turn.session, mine[0], turn.now, turn.zone))
    elif mine:
        turn.send(views.hers(mine))
    elif actor.may(Action.INSPECT):
        await _gaps(turn, await _last_day(turn), 0)
    elif Role.VENUE in actor.roles:
        turn.reply("venue.none_yours")
    else:
        raise UserError("access.staff_only")


async def day(turn: Turn, arguments: Sequence[str]) -> None:
    """a:venueday:<venue>: the card, in place."""
    mine = await known.own(turn, arguments)
    turn.replace(await day_card(turn.session, mine, turn.now, turn.zone))


async def _last_day(turn: Turn) -> date:
    """Today from its evening on, else yesterday."""
    top = await root(turn.session)
    assert top is not None, "somebody with a role has a unit"
    evening = at_local(turn.today, rules_of(top).venue_evening, turn.zone)
    return turn.today if turn.now >= evening else turn.today - timedelta(days=1)


async def missing(turn: Turn, arguments: Sequence[str]) -> None:
    """a:loggaps:<day>:<page>"""
    if not (await turn.actor()).may(Action.INSPECT):
        raise UserError("access.staff_only")
    try:
        on = date.fromisoformat(arguments[0] if arguments else "")
    except ValueError:
        raise UserError("unknown.button") from None
    await _gaps(turn, on, known.page(arguments))


async def _gaps(turn: Turn, on: date, number: int) -> None:
    """The names behind the number; that they were looked at is written down."""
    hers = under((await turn.actor()).paths(Action.INSPECT), Unit.id)
    found = await gaps(turn.session, hers, on, turn.zone)
    turn.audit("venue.gaps", f"account:{turn.account.id}", n=len(found))
    turn.replace(views.missing(found, await unmanned(turn.session, hers), on, number))


FEATURE = Feature(
    commands={"venue": venue},
    actions={
        "venueday": day,
        "loggaps": missing,
        "tempok": temps.all_well,
        "tempill": temps.begin,
        "swabs": swabs.show,
        "swab": swabs.one,
        "swaball": swabs.everybody,
        "swabresults": swabs.results,
        "swabneg": swabs.all_negative,
        "swabres": swabs.result,
        "venuestaff": staffing.show,
        "onestaff": staffing.one,
        "staffadd": staffing.begin,
        "staffgone": staffing.gone,
        "staffback": staffing.is_back,
        "deputy": staffing.begin_deputy,
        "deputyoff": staffing.end_deputy,
    },
    forms=(
        FormSpec(StaffTemps, temps.submit, {"venuestaff": temps.options}, withdraw=temps.withdraw),
        FormSpec(NewStaff, staffing.submit, final=True),
        FormSpec(Deputy, staffing.submit_deputy, final=True),
    ),
    menu=(MenuItem("venue", (*TEAM, Role.INSPECTOR, Role.VENUE), drawer=Drawer.VENUES),),
)
