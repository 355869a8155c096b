"""What an administrator is asked about a rule, and how its new value is read by its type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import time
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from handlers.engine import parse
from handlers.engine.form import Ask, Form
from models.messages import UserError
from models.rules import Rules, checked


class NewValue(Form):
    """A rule's new value as she typed it; which rule it is stands in the context."""

    code: ClassVar[str] = "newvalue"

    value: Annotated[str, Ask(options="values")]


def _number(text: str) -> Decimal:
    return parse.number(text)


# What cannot be read by type is the rule's own to judge.
_READERS: Mapping[Any, Callable[[str], object]] = {
    time: parse.clock_time,
    bool: parse.yes_no,
    int: _number,
    float: _number,
    Decimal: _number,
}


UNSET = "-"


def read(name: str, text: str) -> Any:
    """The rule's value in a text, UNSET for that of a text rule that has none; UserError when it
    is none."""
    if text.strip() == UNSET and Rules.model_fields[name].annotation is str:
        return ""
    reader = _READERS.get(Rules.model_fields[name].annotation, str)
    try:
        value = reader(text)
    except parse.Unreadable:
        raise UserError(f"rules.expects.{_kind(name)}") from None
    return checked(name, value)


def _kind(name: str) -> str:
    match Rules.model_fields[name].annotation:
        case annotation if annotation is time:
            return "time"
        case annotation if annotation is bool:
            return "yes_no"
        case _:
            return "number"
