"""Reads the days that somebody names in a row: 明天到周五, 7月6日起三天, until Friday. Pure."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import NamedTuple

from handlers.engine.parse_day import find_day, normal
from handlers.engine.parse_text import Unreadable, arabic, plain

_TO = re.compile(
    r"直?到|至|[~—–]+|(?<=[0-9日号])-(?=[0-9]{1,2}[.月])|\b(?:until|till|to|through)\b"
)
_OPEN = re.compile(r"开始|[从自起]|\b(?:from|starting)\b")
_ONLY = re.compile(r"[只就][请請]?|当天|(?<![0-9])1天|\b(?:only|just)\b")
_COUNT = re.compile(r"(?<![0-9])(?P<n>[0-9]{1,3})(?:天(?!后|前|内)|\sdays?\b)")
_PART = re.compile(
    r"[上下]午|早上|中午|晚上|半天|全天|整天|的|[\s.,。!]+"
    r"|\b(?:morning|afternoon|evening|for|all day)\b"
)
_RELATIVE = re.compile(r"[今明后]天|\b(?:today|tomorrow)\b")


class DaysSaid(NamedTuple):
    """The first and the last day, as far as they were said; `open`: a beginning without an end."""

    first: date | None
    last: date | None
    open: bool = False


def days_said(text: str, today: date) -> DaysSaid:
    """What is said of days, nothing for no words; Unreadable for anything else. A part of a day is
    the day."""
    words = arabic(plain(text))
    is_open = _OPEN.search(words) is not None
    words = _OPEN.sub(" ", words)
    head, to, tail = _parted(words)
    first, count, only = _counted(head, today)
    if to:
        return DaysSaid(first, _last(tail, first or today, today))
    if count is not None:
        return DaysSaid(first, (first or today) + timedelta(days=count - 1))
    if only and first is not None:
        return DaysSaid(first, first)
    return DaysSaid(first, None, is_open and first is not None)


def span(text: str, today: date) -> tuple[date, date]:
    """The first and the last day; a bare day is the last one, today the first."""
    said = days_said(text, today)
    if said.open:
        raise Unreadable("span_open")
    if said.first is None and said.last is None:
        raise Unreadable("span_format")
    if said.last is None:
        return today, said.first or today
    first = said.first or today
    if said.last < first:
        raise Unreadable("span_order")
    return first, said.last


def _parted(words: str) -> tuple[str, bool, str]:
    parts = _TO.split(words, maxsplit=1)
    return parts[0], len(parts) == 2, parts[-1]


def _counted(words: str, today: date) -> tuple[date | None, int | None, bool]:
    """A day, for how many days, and whether it is that day alone."""
    only = _ONLY.search(words) is not None
    words = _ONLY.sub(" ", words)
    count = _COUNT.search(words)
    words = _COUNT.sub(" ", words)
    if count is not None and not int(count["n"]):
        raise Unreadable("span_format")
    return _day(words, today), int(count["n"]) if count else None, only


def _last(words: str, first: date, today: date) -> date:
    """After a Friday, Tuesday is that of the week after."""
    found = _day(words, today)
    if found is None:
        raise Unreadable("span_format")
    if found < first and not _RELATIVE.search(words):
        again = _day(words, first)
        assert again is not None, "it was read before"
        return again
    return found


def _day(words: str, today: date) -> date | None:
    found = find_day(normal(words), today, "future")
    if _PART.sub("", found.rest if found else normal(words)):
        raise Unreadable("span_format")
    return found.day if found else None
