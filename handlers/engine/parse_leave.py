"""Somebody says that she takes leave, in her own words: from which day, until which. Pure."""

from __future__ import annotations

import re
from datetime import date

from handlers.engine.parse_span import DaysSaid, days_said
from handlers.engine.parse_text import Unreadable, plain

_WISH = "(?:我|想|要|需要)*"
_SAID = (
    re.compile(
        rf"{_WISH}(?P<head>.*?){_WISH}[请請](?:个|(?P<days>[0-9一二两三四五六七八九十]{{1,3}}天))?假"
        r"(?P<tail>.*?)[.。!！]*"
    ),
    re.compile(r"(?:i(?: am|'m) )?(?:on |take )?leave(?P<head> .+)(?P<days>)(?P<tail>)"),
)


def parse_leave(text: str, today: date) -> DaysSaid | None:
    """None for anything else. A part of a day is the day."""
    said = plain(text)
    for pattern in _SAID:
        if found := pattern.fullmatch(said):
            try:
                return days_said(" ".join(part or "" for part in found.groups()), today)
            except Unreadable:
                return None
    return None
