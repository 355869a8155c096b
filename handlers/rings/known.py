"""What the buttons of contact rings claim, checked, and a ring with all that its cards need."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.claims import claimed_number
from handlers.rings.views import Known
from handlers.turn import Turn
from models.access import access_ring
from models.actors import Action
from models.messages import UserError
from models.people import Household
from models.rings import Ring, doors_of, head_of, last_told
from models.units import Unit


def number(arguments: Sequence[str], at: int, kind: str = "") -> int:
    """The id behind the letter of its kind ("h7" is a household); 0, which nothing has."""
    text = arguments[at] if len(arguments) > at else ""
    digits = text.removeprefix(kind) if text.startswith(kind) else ""
    return claimed_number(digits)


async def claimed(turn: Turn, arguments: Sequence[str], action: Action) -> Ring:
    """The ring that a button names, if she may do this to it."""
    return await access_ring(turn.session, await turn.actor(), number(arguments, 0), action)


async def known(turn: Turn, ring: Ring) -> Known:
    unit = await turn.session.get_one(Unit, ring.unit_id)
    doors = await doors_of(turn.session, ring)
    told = await last_told(turn.session, [ring.id])
    return Known(ring, unit, doors, await head_of(turn.session, ring), told)


def door_of(found: Known, arguments: Sequence[str], at: int) -> Household:
    """One of the ring's doors. Raises UserError for any other."""
    wanted = number(arguments, at, "h")
    home = next((home for _, home in found.doors if home.id == wanted), None)
    if home is None:
        raise UserError("ring.door_gone")
    return home
