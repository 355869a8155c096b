"""Why an answer is not taken, as a word key the person can act on.

Knows the codes of the readers and of pydantic; no words, no drafts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from handlers.engine.form import Form
from handlers.engine.parse import Unreadable
from models.messages import Text

CONSTRAINTS: Mapping[str, tuple[str, ...]] = {
    "greater_than": ("gt",),
    "greater_than_equal": ("ge",),
    "less_than": ("lt",),
    "less_than_equal": ("le",),
    "multiple_of": ("multiple_of",),
    "int_from_float": (),
    "decimal_max_places": ("decimal_places",),
    "decimal_max_digits": ("max_digits",),
    "string_too_short": ("min_length",),
    "string_too_long": ("max_length",),
    "string_pattern_mismatch": (),
    "too_short": ("min_length",),
    "too_long": ("max_length",),
    "date_past": (),
    "date_future": (),
}
"""pydantic's error types that have words of their own, with their placeholders."""


class Refusal(Exception):
    """An answer that cannot be taken; `text` says why."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.key)
        self.text = text


def refuse(code: str, **params: Any) -> Refusal:
    """A refusal for one of the engine's own reasons."""
    return Refusal(Text(f"engine.error.{code}", params))


def from_reader(problem: Unreadable) -> Refusal:
    """The refusal for text that a reader could not make out."""
    return refuse(problem.code, **problem.params)


def from_validation(problem: ValidationError, form: type[Form]) -> Refusal:
    """The refusal for the first thing that pydantic complains about."""
    first = problem.errors(include_url=False, include_input=False)[0]
    kind = first["type"]
    if kind in form.errors:
        return Refusal(Text(f"{form.code}.error.{kind}", _plain(first.get("ctx", {}))))
    if kind not in CONSTRAINTS:
        return refuse("invalid")
    ctx = first.get("ctx", {})
    return refuse(kind, **_plain({name: ctx[name] for name in CONSTRAINTS[kind] if name in ctx}))


def _plain(ctx: Mapping[str, Any]) -> dict[str, Any]:
    kept = (str, int, float, Decimal, datetime, date)
    return {name: value for name, value in ctx.items() if isinstance(value, kept)}
