"""Finds a calendar day in typed text, Chinese or English, and hands back the words around it.

Pure and total; it is told what today is. Times of day are parse_time.py's.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple, TypeAlias

from handlers.engine.parse_text import Unreadable, arabic, plain

Prefer: TypeAlias = Literal["past", "future", "nearest"]
_Match: TypeAlias = "re.Match[str]"
_Builder: TypeAlias = Callable[[_Match, date, Prefer], date]

YEARS: Final = range(1900, 2200)

# Words that say nothing, and words that are two in one.
_FILLER = re.compile(
    r"大概|大约|约|差不多|左右|前后|准备|预计|的时候|的|了|到达|到|吧|整|[,。!]"
    r"|\b(?:at|on|of|in the|the|around|about|o'clock)\b"
)
_REWRITTEN: Final[Mapping[str, str]] = {
    "tonight": "today night",
    "last night": "yesterday night",
    "this morning": "today morning",
    "this afternoon": "today afternoon",
    "this evening": "today evening",
}
_AROUND_HAN = re.compile(r"\s*([\u4e00-\u9fff])\s*")
_WEEKDAY_END = re.compile(r"((?:周|星期|礼拜)[一二三四五六])")


class Found(NamedTuple):
    """A day and the rest of the text."""

    day: date
    rest: str


def normal(text: str) -> str:
    """Arabic digits, no filler, no white space beside Han characters."""
    text = plain(text)
    for words, plainer in _REWRITTEN.items():
        text = text.replace(words, plainer)
    text = _WEEKDAY_END.sub(r"\1 ", _FILLER.sub(" ", text))  # 周五十点 is not 周 fifty
    return _close_up(arabic(text))


def find_day(text: str, today: date, prefer: Prefer) -> Found | None:
    """The first reading that fits `normal` text; Unreadable("date_invalid") for the 30th of
    February."""
    if dotted := _DOTTED.match(text):
        text = f"{dotted[1]}-{dotted[2]} {text[dotted.end() :]}"
    for pattern, build in _DAYS:
        if match := pattern.search(text):
            rest = _close_up(f"{text[: match.start()]} {text[match.end() :]}")
            try:
                return Found(build(match, today, prefer), rest)
            except (ValueError, OverflowError):
                raise Unreadable("date_invalid") from None
    return None


def _close_up(text: str) -> str:
    return _AROUND_HAN.sub(r"\1", " ".join(text.split()))


def _date(year: int, month: int, day_of_month: int) -> date:
    if year not in YEARS:
        raise ValueError(year)
    return date(year, month, day_of_month)


def _valid(dates: Iterable[tuple[int, int, int]]) -> list[date]:
    found = []
    for parts in dates:
        try:
            found.append(_date(*parts))
        except ValueError:
            continue  # the 31st of a short month is no candidate
    return found


def _choose(candidates: list[date], today: date, prefer: Prefer) -> date:
    """The closest candidate, on the preferred side if there is one; ValueError without any."""
    sides: Mapping[Prefer, list[date]] = {
        "nearest": candidates,
        "past": [on for on in candidates if on <= today],
        "future": [on for on in candidates if on >= today],
    }
    return min(sides[prefer] or candidates, key=lambda on: (abs(on - today), on < today))


def _months_on(on: date, months: int) -> date:
    """The same day some months later, or the last day of a month that is too short."""
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    if year not in YEARS:
        raise ValueError(year)
    return date(year, month + 1, min(on.day, calendar.monthrange(year, month + 1)[1]))


def _near_year(month: int, day_of_month: int, today: date, prefer: Prefer) -> date:
    years = (today.year - 1, today.year, today.year + 1)
    return _choose(_valid((year, month, day_of_month) for year in years), today, prefer)


# -- one builder for each way to name a day -------------------------------------------------------


def _full_date(match: _Match, today: date, prefer: Prefer) -> date:
    year, month, day_of_month = (int(part) for part in match.groups())
    return _date(year if year > 99 else 2000 + year, month, day_of_month)


def _month_and_day(match: _Match, today: date, prefer: Prefer) -> date:
    which, month, day_of_month = match.groups()
    if which:
        year = today.year + {"去": -1, "今": 0, "明": 1}[which]
        return _date(year, int(month), int(day_of_month))
    return _near_year(int(month), int(day_of_month), today, prefer)


def _english_date(match: _Match, today: date, prefer: Prefer) -> date:
    month = _MONTHS.index(match["month"][:3]) + 1
    if match["year"]:
        return _date(int(match["year"]), month, int(match["day"]))
    return _near_year(month, int(match["day"]), today, prefer)


def _day_of_month(match: _Match, today: date, prefer: Prefer) -> date:
    months = (_months_on(today.replace(day=1), offset) for offset in range(-2, 3))
    return _choose(_valid((on.year, on.month, int(match[1])) for on in months), today, prefer)


def _day_of_named_month(match: _Match, today: date, prefer: Prefer) -> date:
    month = _months_on(today.replace(day=1), {"上": -1, "下": 1}.get(match[1], 0))
    return _date(month.year, month.month, int(match[2]))


def _weekday(match: _Match, today: date, prefer: Prefer) -> date:
    which, name = match.groups()
    weekday = 6 if name in "日天7" else int(name) - 1
    weeks = which.count("下") - which.count("上") if which else None
    return _in_week(weeks, weekday, today, prefer)


def _english_weekday(match: _Match, today: date, prefer: Prefer) -> date:
    weeks = {"last": -1, "this": 0, "next": 1}.get(match[1] or "")
    return _in_week(weeks, _WEEKDAYS.index(match[2][:3]), today, prefer)


def _in_week(weeks: int | None, weekday: int, today: date, prefer: Prefer) -> date:
    """上周五 is Friday of last week, Monday to Sunday; a bare 周五 (None) the closest one."""
    this = today + timedelta(days=weekday - today.weekday())
    if weeks is not None:
        return this + timedelta(weeks=weeks)
    return _choose([this + timedelta(weeks=offset) for offset in (-1, 0, 1)], today, prefer)


def _named_day(match: _Match, today: date, prefer: Prefer) -> date:
    offset = _HAN_DAYS[match["word"]]
    further = (1 if offset > 0 else -1) if match["big"] else 0
    return today + timedelta(days=offset + further)


def _english_day(match: _Match, today: date, prefer: Prefer) -> date:
    return today + timedelta(days=_ENGLISH_DAYS[match[0]])


def _days_away(match: _Match, today: date, prefer: Prefer) -> date:
    """三天前, 两周后, 半个月前 (15 days), 1个半月后, 半年前, 2 days ago, in a week."""
    count, half, unit, way = match["count"], match["half"], match["unit"], match["way"]
    whole = 0 if count == "半" else 1 if count.startswith("a") else int(count)
    halves = 1 if half or count == "半" else 0
    sign = -1 if way in ("前", "ago") else 1
    if unit in _UNIT_DAYS:
        return today + timedelta(days=sign * whole * _UNIT_DAYS[unit])
    if unit in ("月", "month"):
        return _months_on(today, sign * whole) + timedelta(days=sign * halves * 15)
    return _months_on(today, sign * (12 * whole + 6 * halves))


# -- the ways, the telling ones first -------------------------------------------------------------

_MONTHS: Final = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HAN_DAYS: Final[Mapping[str, int]] = {"今": 0, "明": 1, "昨": -1, "后": 2, "前": -2}
_ENGLISH_DAYS: Final[Mapping[str, int]] = {
    "day after tomorrow": 2,
    "day before yesterday": -2,
    "today": 0,
    "tomorrow": 1,
    "yesterday": -1,
}
_UNIT_DAYS: Final[Mapping[str, int]] = {
    **{"天": 1, "日": 1, "day": 1},
    **{"周": 7, "星期": 7, "礼拜": 7, "week": 7},
}
_DOTTED = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})(?![0-9.])[日号]?")
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?(?![0-9:])"
_YEAR = r"(?:\s(?P<year>(?:19|20)[0-9]{2}))?\b"
_COUNT = r"(?<![0-9])(?P<count>[0-9]{1,4}|半)个?(?P<half>半)?"
_ENGLISH_COUNT = r"\b(?P<count>[0-9]{1,4}|an?)(?P<half>)\s(?P<unit>day|week|month|year)s?"

_DAYS: Final[tuple[tuple[re.Pattern[str], _Builder], ...]] = tuple(
    (re.compile(pattern), build)
    for pattern, build in (
        (_COUNT + r"(?P<unit>天|日|周|星期|礼拜|月|年)[之以]?(?P<way>前|后)", _days_away),
        (_ENGLISH_COUNT + r"\s(?P<way>ago|later|from now)", _days_away),
        (r"\b(?P<way>in)\s" + _ENGLISH_COUNT, _days_away),
        (
            r"(?<![0-9])([0-9]{4}|[0-9]{2}(?=年))[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})(?![0-9])"
            r"(?:[日号]|t(?=[0-9]))?",
            _full_date,
        ),
        (r"(?<![0-9])((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})(?![0-9])", _full_date),
        (r"([上下这本])个?月([0-9]{1,2})[日号]", _day_of_named_month),
        (
            r"(?:([去今明])年)?(?<![0-9])([0-9]{1,2})(?:月|[/-])([0-9]{1,2})(?![0-9])[日号]?",
            _month_and_day,
        ),
        (rf"\b{_MONTH}\s?{_DAY}{_YEAR}", _english_date),
        (rf"(?<![0-9]){_DAY}\s?{_MONTH}{_YEAR}", _english_date),
        (r"([上下]{1,4}|[这本])?个?(?:周|星期|礼拜)([1-7日天])", _weekday),
        (
            r"\b(?:(next|last|this)\s)?(mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?"
            r"|thu(?:rs(?:day)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)\b",
            _english_weekday,
        ),
        (r"(?P<big>大(?=[后前]))?(?P<word>[今明昨后前])(?:天|日|儿|(?=[早晚夜晨]))", _named_day),
        (rf"\b(?:{'|'.join(_ENGLISH_DAYS)})\b", _english_day),
        (r"(?<![0-9])([0-9]{1,2})[日号]", _day_of_month),
    )
)
