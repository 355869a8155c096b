"""Facts as words: what a template is filled with, in the language of the offices.

What nobody knows is said to be missing; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import locales
from models.documents.kinds import Facts, Layout
from models.messages import Text

GAP = Text("document.gap")


def say(text: Text) -> str:
    return locales.render(locales.SOURCE, text)


def filled(layout: Layout, facts: Facts, zone: ZoneInfo) -> dict[str, Any]:
    """The facts by the names that templates have for them. Raises KeyError when a kind lacks a
    fact that its layout names, or has one that it does not."""
    if facts.keys() != layout.fields.keys() | layout.lists.keys():
        raise KeyError(*sorted(facts.keys() ^ (layout.fields.keys() | layout.lists.keys())))
    named: dict[str, Any] = {
        one.name: word(facts[code], zone) for code, one in layout.fields.items()
    }
    for code, one in layout.lists.items():
        rows: Any = facts[code]
        named[one.name] = [
            {name: word(row[column], zone) for column, name in one.fields.items()} for row in rows
        ]
    return named


def word(value: Any, zone: ZoneInfo) -> str:
    """A value as it stands on paper: days with their year."""
    match value:
        case None:
            return say(GAP)
        case Text():
            return clean(say(value))
        case datetime():
            local = value.astimezone(zone)
            return f"{locales.long_day(locales.SOURCE, local.date())} {local:%H:%M}"
        case date():
            return locales.long_day(locales.SOURCE, value)
        case str() | int():
            return clean(str(value))
        case Sequence():
            return clean(say(Text("document.several", {"what": value})))
        case _:
            raise TypeError(type(value).__name__)


def clean(text: str) -> str:
    """Without what no XML can hold; lines and tabs become spaces, so that a row stays a row."""
    if text.isprintable():
        return text.strip()
    shown = "".join(char if char.isprintable() else " " for char in text)
    return shown.encode("utf-8", "ignore").decode("utf-8").strip()
