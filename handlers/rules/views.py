"""The district's rules by what they are about, and one of them with what it means."""

from __future__ import annotations

from datetime import time
from decimal import Decimal
from typing import Any

from models.messages import Button, Outbound, Text, Value
from models.rules import GROUPS, Rules

IN_A_ROW = 5


def groups(unit: str) -> Outbound:
    """What the rules are about, a button each."""
    title = Text("rules.title", {"unit": unit, "n": len(Rules.model_fields)})
    buttons = [
        Button(
            Text("rules.group", {"group": Text(f"rules.group.{code}"), "n": len(names)}),
            f"a:rulegroup:{code}",
        )
        for code, names in GROUPS.items()
    ]
    rows = tuple(tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2))
    return Outbound((title,), rows)


def listed(code: str, rules: Rules) -> Outbound:
    """Each rule of a group on a line, with a numbered button; and the way back."""
    names = GROUPS[code]
    lines = [
        Text("rules.line", {"n": n, "rule": Text(f"rule.{name}"), "value": worded(rules, name)})
        for n, name in enumerate(names, 1)
    ]
    buttons = [
        Button(Text("rules.open", {"n": n}), f"a:rule:{name}") for n, name in enumerate(names, 1)
    ]
    rows = tuple(tuple(buttons[at : at + IN_A_ROW]) for at in range(0, len(buttons), IN_A_ROW))
    back = (Button(Text("list.back"), "a:go:rules"),)
    title = Text("rules.group_title", {"group": Text(f"rules.group.{code}")})
    return Outbound((title, *lines), (*rows, back))


def about(rules: Rules, name: str) -> Outbound:
    """What a rule decides, and what it is now."""
    facts: dict[str, Value] = {"rule": Text(f"rule.{name}"), "value": worded(rules, name)}
    return Outbound((Text("rules.now", facts), Text(f"rule.{name}.about")))


def worded(rules: Rules, name: str) -> Value:
    """A rule's value as people write it."""
    return shown(getattr(rules, name))


def shown(value: Any) -> Value:
    if isinstance(value, bool):
        return Text("engine.yes" if value else "engine.no")
    if value == "":
        return Text("rules.unset")
    return value if isinstance(value, int | float | Decimal | time) else str(value)
