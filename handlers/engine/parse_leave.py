"""Somebody says that she takes leave, in her own words: from which day, until which. Pure."""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

from handlers.engine.parse_day import find_day, normal
from handlers.engine.parse_text import Unreadable, plain

_WISH = "(?:我|想|要|需要)*"
_SAID = (
    re.compile(
        rf"{_WISH}(?P<since>.*?){_WISH}[请請](?:个|[一1]天)?假(?:[一1]天)?(?:[到至](?P<until>.+))?[.。!！]*"
    ),
    re.compile(
        r"(?:i(?: am|'m) )?(?:on |take )?leave(?: (?:until|till|to) (?P<until>.+)| (?P<since>.+))"
    ),
)
_PART = re.compile(r"[上下]午|早上|中午|晚上|半天|一天|1天|morning|afternoon|evening|[\s.。!]+")


class LeaveSaid(NamedTuple):
    """The first and the last day, as far as she said them."""

    since: date | None
    until: date | None


def parse_leave(text: str, today: date) -> LeaveSaid | None:
    """None for anything else. A part of a day is the day."""
    said = plain(text)
    for pattern in _SAID:
        if found := pattern.fullmatch(said):
            try:
                return LeaveSaid(*(_day(found[name], today) for name in ("since", "until")))
            except ValueError:
                return None
    return None


def _day(words: str | None, today: date) -> date | None:
    """The day that these words name, None for none. Raises ValueError when they say more."""
    if not words:
        return None
    try:
        found = find_day(normal(words), today, "future")
    except Unreadable as error:
        raise ValueError from error
    rest = found.rest if found else normal(words)
    if _PART.sub("", rest):
        raise ValueError(rest)
    return found.day if found else None
