"""What the front door shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import locales
from handlers.exchange import MENU
from handlers.feature import Drawer
from handlers.registry import Menu
from models.accounts import Role
from models.messages import Button, Outbound, Rows, Style, Text, verbatim


def _commands(names: Sequence[str]) -> list[Button]:
    return [Button(Text(f"command.{name}.label"), f"a:go:{name}") for name in names]


def _pairs(buttons: Sequence[Button]) -> Rows:
    return tuple(tuple(buttons[i : i + 2]) for i in range(0, len(buttons), 2))


def buttons(offered: Menu) -> Rows:
    """A menu, two a row: what is at hand, then the drawers."""
    drawers = [Button(Text(f"menu.drawer.{one}"), f"a:menu:{one}") for one in offered.drawers]
    return (*_pairs(_commands(offered.at_hand)), *_pairs(drawers))


def greeting(offered: Menu, roles: Iterable[Role]) -> Outbound:
    if set(roles):
        return Outbound((Text("start.staff"),), buttons(offered), commands=offered.commands)
    # The language comes first for somebody whom we do not know yet.
    rows = (_language_row(), *buttons(offered))
    return Outbound((Text("start.hello"),), rows, commands=offered.commands)


def welcome(role: Role, unit: str, offered: Menu) -> Outbound:
    text = Text("start.welcome", {"role": Text(f"role.{role}"), "unit": unit})
    first = Text(f"start.first.{role}")
    return Outbound((text, first), buttons(offered), commands=offered.commands)


def menu(offered: Menu) -> Outbound:
    return Outbound((Text("menu.title"),), buttons(offered))


def drawer(offered: Menu, one: Drawer) -> Outbound:
    """What is in a drawer, and the way back."""
    back = Button(Text("action.menu"), "a:menu:all")
    title = Text("menu.within", {"drawer": Text(f"menu.drawer.{one}")})
    return Outbound((title,), (*_pairs(_commands(offered.within(one))), (back,)))


def help_page(offered: Menu, roles: Iterable[Role]) -> Outbound:
    """Each command of hers with a line about it, and who is there for questions."""
    lines = [Text("help.title")]
    lines += [
        Text("help.line", {"command": f"/{name}", "about": Text(f"command.{name}.about")})
        for name in offered.commands
    ]
    lines.append(Text("help.staff" if set(roles) else "help.resident"))
    return Outbound(tuple(lines), MENU)


def languages() -> Outbound:
    return Outbound((Text("lang.ask"),), (_language_row(),))


def _language_row() -> tuple[Button, ...]:
    return tuple(
        Button(verbatim(locales.own_name(code)), f"a:lang:{code}", style=Style.PLAIN)
        for code in locales.LANGS
    )
