"""The front door: greeting, codes and gates, menus, help, language, and out again."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

import locales
from handlers.engine.question import fold
from handlers.exchange import MENU
from handlers.feature import Drawer, Feature, MenuItem
from handlers.home import views
from handlers.turn import Turn
from models.accounts import Assignment, Role, gate_unit, redeem
from models.messages import Outbound, Text, UserError
from models.people import phone_index
from models.rota import adopt
from models.slips import slip_of
from models.units import Unit
from models.venues.managing import adopt_venues
from models.venues.venue import DOOR

GO = "go-"  # what a button in a group brings along: the command that it stands for


async def start(turn: Turn, argument: str) -> None:
    """Greet; a code gives a role, a gate's token carries the grid into the report, a slip's asks
    its household, a venue's door its inspection; a button in a group leads on to what was asked
    for there."""
    if not argument:
        actor = await turn.actor()
        turn.send(views.greeting(turn.registry.menu_for(actor.roles), actor.roles))
        return
    if argument.startswith(GO):
        await go(turn, [argument.removeprefix(GO)])
        return
    if argument.startswith(DOOR):
        await turn.registry.commands["inspect"](turn, argument)
        return
    invite = await redeem(turn.session, argument, turn.account, turn.now)
    if invite is not None:
        turn.audit("invite.redeemed", f"unit:{invite.unit_id}", role=invite.role)
        await _welcome(turn, Role(invite.role), invite.unit_id)
        return
    if await slip_of(turn.session, argument, turn.now) is not None:
        await turn.registry.actions["scanned"](turn, [argument])
        return
    unit_id = await gate_unit(turn.session, argument)
    if unit_id is None:
        raise UserError("start.code_unknown")
    turn.account.gate_unit_id = unit_id
    await turn.registry.commands["report"](turn, "")


async def _welcome(turn: Turn, role: Role, unit_id: int) -> None:
    unit = await turn.session.get(Unit, unit_id)
    assert unit is not None, "an invitation belongs to a unit"
    turn.forget_actor()
    await adopt(turn.session, turn.account.id)
    await adopt_venues(turn.session, turn.account.id, turn.now)
    if role == Role.RESIDENT:
        await turn.registry.commands["report"](turn, "")
        return
    actor = await turn.actor()
    turn.send(views.welcome(role, unit.name, turn.registry.menu_for(actor.roles)))


async def menu(turn: Turn, _argument: str) -> None:
    actor = await turn.actor()
    turn.send(views.menu(turn.registry.menu_for(actor.roles)))


async def help_(turn: Turn, _argument: str) -> None:
    actor = await turn.actor()
    turn.send(views.help_page(turn.registry.menu_for(actor.roles), actor.roles))


async def lang(turn: Turn, _argument: str) -> None:
    turn.send(views.languages())


async def cancel(turn: Turn, _argument: str) -> None:
    if turn.draft is not None:
        turn.reply("cancel.done")
        await turn.cancel()
        return
    for call_off in turn.registry.cancels:
        if await call_off(turn):
            return
    turn.reply("cancel.nothing", MENU)


async def choose_language(turn: Turn, arguments: Sequence[str]) -> None:
    chosen = arguments[0] if arguments else ""
    if chosen not in locales.LANGS:
        raise UserError("unknown.button")
    turn.account.lang = chosen
    offered = turn.registry.menu_for((await turn.actor()).roles)
    turn.replace(Outbound((Text("lang.chosen"),), MENU, commands=offered.commands))


async def show_menu(turn: Turn, arguments: Sequence[str]) -> None:
    """The menu below what was said; a drawer opens, and closes, where it is."""
    if not arguments:
        await menu(turn, "")
        return
    offered = turn.registry.menu_for((await turn.actor()).roles)
    found = [one for one in offered.drawers if one == arguments[0]]
    turn.replace(views.drawer(offered, found[0]) if found else views.menu(offered))


async def go(turn: Turn, arguments: Sequence[str]) -> None:
    """A menu button is its command."""
    name = arguments[0] if arguments else ""
    handler = turn.registry.commands.get(name)
    if handler is None:
        raise UserError("unknown.button")
    await handler(turn, "")


async def typed_menu(turn: Turn) -> bool:
    """The words on a menu button, typed."""
    if turn.event.kind != "text":
        return False
    wanted = fold(turn.event.text)
    for name, handler in turn.registry.commands.items():
        label = Text(f"command.{name}.label")
        if locales.has(label.key) and fold(turn.say(label)) == wanted:
            await handler(turn, "")
            return True
    return False


async def shared_contact(turn: Turn) -> bool:
    """A staff member whose number is on the imported list signs in with her own contact."""
    event = turn.event
    if event.kind != "contact":
        return False
    if not event.own_contact:
        raise UserError("start.contact_not_own")
    found = await turn.session.scalar(
        select(Assignment)
        .where(
            Assignment.phone_index == phone_index(event.phone),
            Assignment.account_id.is_(None),
            Assignment.until_at.is_(None),
        )
        .limit(1)
        .with_for_update()
    )
    if found is None:
        raise UserError("start.contact_unknown")
    found.account_id = turn.account.id
    await turn.session.flush()
    turn.audit("staff.signed_in", f"unit:{found.unit_id}", role=found.role)
    await _welcome(turn, Role(found.role), found.unit_id)
    return True


FEATURE = Feature(
    commands={"start": start, "menu": menu, "help": help_, "lang": lang, "cancel": cancel},
    actions={"menu": show_menu, "lang": choose_language, "go": go},
    menu=(MenuItem("lang", drawer=Drawer.OWN), MenuItem("help", drawer=Drawer.OWN)),
    free=(typed_menu, shared_contact),
)
