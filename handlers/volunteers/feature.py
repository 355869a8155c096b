"""Volunteers (志愿者): they offer themselves, staff confirm them, requests for help find them."""

from __future__ import annotations

from handlers.feature import Drawer, Feature, FormSpec, MenuItem
from handlers.turn import Turn
from handlers.volunteers import enlist, roll, serving
from handlers.volunteers.form import Volunteering
from models.accounts import TEAM, Role


async def volunteer(turn: Turn, _argument: str) -> None:
    """Staff: the list of their units. Everybody else: her own card, or the questions."""
    if (await turn.actor()).roles & set(TEAM):
        await roll.roll(turn)
    else:
        await enlist.herself(turn)


FEATURE = Feature(
    commands={"volunteer": volunteer},
    actions={
        "voledit": enlist.begin,
        "volpause": enlist.pause_asking,
        "volresume": enlist.go_on,
        "volleave": enlist.leave,
        "volpage": roll.turn_page,
        "vol": roll.show,
        "volok": roll.say_yes,
        "volphone": roll.phone,
        "volend": roll.take_off,
        "helpcall": serving.call,
        "servetake": serving.take,
        "serveno": serving.decline,
        "servedone": serving.done,
        "serveback": serving.back,
    },
    forms=(FormSpec(Volunteering, enlist.submit, {"volunits": enlist.units}, final=True),),
    menu=(MenuItem("volunteer", (Role.RESIDENT, *TEAM), drawer=Drawer.TEAM),),
    on_behalf={"volunteer": enlist.for_person},
)
