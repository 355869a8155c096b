"""Who has worked many nights, who has too much in hand: for the supervisor of her units."""

from __future__ import annotations

from handlers.feature import Drawer, Feature, MenuItem
from handlers.turn import Turn
from models.accounts import SUPERVISORS
from models.actors import Action
from models.care import burdens
from models.carecards import shown
from models.messages import UserError
from models.rules import rules_for
from models.units import Unit


async def care(turn: Turn, _argument: str) -> None:
    """By name, so to her alone; that she looked is written down."""
    actor = await turn.actor()
    grant = actor.top(*SUPERVISORS)
    if grant is None:
        raise UserError("access.supervisors_only")
    unit = await turn.session.get_one(Unit, grant.unit_id)
    rules = await rules_for(turn.session, unit)
    paths = actor.paths(Action.OVERSEE)
    found = await burdens(turn.session, paths, rules, turn.now, turn.zone)
    turn.audit("care.read", f"unit:{unit.id}")
    turn.send(shown(unit.name, found, rules.care_nights, rules.care_tasks))


FEATURE = Feature(
    commands={"care": care},
    menu=(MenuItem("care", SUPERVISORS, drawer=Drawer.TEAM),),
)
