"""The district's rules as a list, and one of them with what it means."""

from __future__ import annotations

from datetime import time
from decimal import Decimal
from typing import Any

from models.messages import Button, Outbound, Text, Value
from models.rules import Rules

IN_A_ROW = 5


def listed(unit: str, rules: Rules) -> Outbound:
    """Every rule on a line, a numbered button each."""
    names = list(Rules.model_fields)
    lines = [
        Text("rules.line", {"n": n, "rule": Text(f"rule.{name}"), "value": worded(rules, name)})
        for n, name in enumerate(names, 1)
    ]
    buttons = [
        Button(Text("rules.open", {"n": n}), f"a:rule:{name}") for n, name in enumerate(names, 1)
    ]
    rows = tuple(tuple(buttons[at : at + IN_A_ROW]) for at in range(0, len(buttons), IN_A_ROW))
    return Outbound((Text("rules.title", {"unit": unit}), *lines), rows)


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
