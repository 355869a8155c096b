"""What the front door shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import locales
from models.accounts import Role
from models.messages import Button, Outbound, Rows, Style, Text, verbatim

MENU: Rows = ((Button(Text("action.menu"), "a:menu"),),)


def buttons(commands: Sequence[str]) -> Rows:
    """A menu: two commands a row."""
    all_ = [Button(Text(f"command.{name}.label"), f"a:go:{name}") for name in commands]
    return tuple(tuple(all_[i : i + 2]) for i in range(0, len(all_), 2))


def greeting(commands: Sequence[str], roles: Iterable[Role]) -> Outbound:
    if set(roles):
        return Outbound((Text("start.staff"),), buttons(commands), commands=tuple(commands))
    # The language comes first for somebody whom we do not know yet.
    rows = (_language_row(), *buttons(commands))
    return Outbound((Text("start.hello"),), rows, commands=tuple(commands))


def welcome(role: Role, unit: str, commands: Sequence[str]) -> Outbound:
    text = Text("start.welcome", {"role": Text(f"role.{role}"), "unit": unit})
    first = Text(f"start.first.{role}")
    return Outbound((text, first), buttons(commands), commands=tuple(commands))


def menu(commands: Sequence[str]) -> Outbound:
    return Outbound((Text("menu.title"),), buttons(commands))


def help_page(commands: Sequence[str], roles: Iterable[Role]) -> Outbound:
    """Each command of hers with a line about it, and who is there for questions."""
    lines = [Text("help.title")]
    lines += [
        Text("help.line", {"command": f"/{name}", "about": Text(f"command.{name}.about")})
        for name in commands
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
