"""Contact rings of neighbours: `/ring` shows each what is hers, and what the buttons do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeAlias

from handlers.feature import Drawer, Feature, FormSpec, MenuItem
from handlers.rings import arrival, head, home, team
from handlers.rings.form import RingArrival, RingNotice
from handlers.rings.known import number
from handlers.turn import Turn
from models.accounts import TEAM
from models.actors import Action
from models.messages import UserError

Deed: TypeAlias = Callable[[Turn, Sequence[str]], Awaitable[None]]

# What follows the ring in a button's data.
DEEDS: Mapping[str, Deed] = {
    "": head.show,
    "doors": team.doors,
    "door": team.door,
    "head": team.head,
    "end": team.ending,
    "tell": team.tell_one,
    "yes": head.agrees,
    "no": head.declines,
    "well": head.well,
    "passed": head.passed,
    "need": head.need,
    "help": head.help_there,
    "newcomer": arrival.begin,
}


async def ring(turn: Turn, _argument: str) -> None:
    """The team's rings; the one that she is head of; the one that her door is in."""
    if (await turn.actor()).may(Action.KEEP):
        await team.listing(turn)
    elif (headed := await head.headed_by(turn)) is not None:
        await head.show_card(turn, headed)
    elif (door := await home.hers(turn)) is not None:
        await home.show(turn, door)
    else:
        raise UserError("ring.not_in")


async def deed(turn: Turn, arguments: Sequence[str]) -> None:
    """a:ring:<ring>:<deed>:..."""
    what = arguments[1] if len(arguments) > 1 else ""
    if what not in DEEDS:
        raise UserError("unknown.button")
    await DEEDS[what](turn, arguments)


async def rings(turn: Turn, arguments: Sequence[str]) -> None:
    """a:rings:<page, new, grid, make or tell>:..."""
    if not (await turn.actor()).may(Action.KEEP):
        raise UserError("access.staff_only")
    match arguments[:1]:
        case ["page"]:
            await team.listing(turn, number(arguments, 1))
        case ["new"]:
            await team.new(turn, number(arguments, 1))
        case ["grid"]:
            await team.grid(turn, arguments)
        case ["make"]:
            await team.make(turn, arguments)
        case ["tell"]:
            await team.tell_all(turn)
        case _:
            raise UserError("unknown.button")


FEATURE = Feature(
    commands={"ring": ring},
    actions={"ring": deed, "rings": rings, "ringhome": home.deed},
    forms=(
        FormSpec(RingNotice, team.submit, final=True),
        FormSpec(RingArrival, arrival.submit, withdraw=arrival.withdraw, settled=arrival.settled),
    ),
    menu=(MenuItem("ring", TEAM[:2], drawer=Drawer.PEOPLE),),
)
