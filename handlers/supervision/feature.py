"""Supervision: the team's day and where it goes, told on the morning and to nobody else; the
month's rota for those above."""

from __future__ import annotations

from datetime import timedelta

from handlers.feature import Drawer, Feature, MenuItem
from handlers.supervision import views
from handlers.turn import Turn
from models.accounts import TEAM, Role
from models.actors import Action
from models.messages import UserError
from models.rules import rules_for
from models.units import Unit
from models.venues.supervision import outing_today, outings_between, sites_of

AHEAD = timedelta(days=30)


async def supervise(turn: Turn, _argument: str) -> None:
    """Where her team goes today; the days that are planned."""
    actor = await turn.actor()
    if not actor.may(Action.INSPECT):
        raise UserError("access.staff_only")
    outing = await outing_today(turn.session, turn.account.id, turn.today)
    if outing is not None and outing.team_id is not None:
        unit = await turn.session.get_one(Unit, outing.unit_id)
        rules = await rules_for(turn.session, unit)
        sites = await sites_of(turn.session, outing, rules, turn.now, turn.zone)
        turn.send(views.sites(sites))
        return
    going = await outings_between(turn.session, actor, turn.today, turn.today + AHEAD)
    turn.send(views.rota(going))


FEATURE = Feature(
    commands={"supervise": supervise},
    menu=(MenuItem("supervise", (*TEAM, Role.INSPECTOR), drawer=Drawer.VENUES),),
)
