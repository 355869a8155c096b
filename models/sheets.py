"""The kinds of sheets that the program takes in, and who may bring each."""

from __future__ import annotations

from collections.abc import Mapping

from models.access import Action, Actor

BROUGHT_BY: Mapping[str, tuple[Action, ...]] = {
    "units": (Action.ADMINISTER,),
    "staff": (Action.ADMINISTER,),
    # Into her own units; how far those reach is seen row by row.
    "people": (Action.SEE, Action.ADMINISTER),
    "leads": (Action.OVERSEE,),
}


def kinds_for(actor: Actor) -> tuple[str, ...]:
    """The kinds that she may bring."""
    return tuple(
        kind for kind, actions in BROUGHT_BY.items() if any(actor.may(action) for action in actions)
    )
