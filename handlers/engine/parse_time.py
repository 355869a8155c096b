"""Days, times of day and moments as people type them.

Pure and total; it is told what today and now are. Which moments a question allows is not its
business.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final, Literal, NamedTuple, TypeAlias

from handlers.engine.parse_day import Found, Prefer, find_day, normal
from handlers.engine.parse_text import Unreadable, plain

NOON: Final = 12

_NOW = re.compile(r"现在|刚才|刚刚|刚|马上|立刻|just now|right now|now")
# Before fillers go, since all of it would; "(刚到)" as the button has it.
_HERE = re.compile(
    r"我?们?(?:(?:刚刚?|已[经經]?)(?:到|回)(?:家|来)?[了啦]?(?:\(刚到\))?|(?:到|回)(?:家|来)?[了啦])"
    r"|(?:i have |i've )?(?:just |already )?arrived|(?:i am |i'm )?already here"
)


def day(text: str, today: date, prefer: Prefer = "nearest") -> date:
    """A calendar day; a time that is typed along with it is read and left out.

    A day without a month, a month without a year or a bare weekday is the nearest such day to
    `today`, or the last (next) one when the past (future) is preferred.
    """
    if _is_now(text):
        return today
    text = normal(text)
    found = _must_find(text, today, prefer)
    if found.rest:
        _read_clock(found.rest, "date_format")
    return found.day


def clock_time(text: str) -> time:
    """A time of day: 15:30, 15点, 下午三点半, 8.30, 3pm, 1530; 早上 alone is 08:00 (`_PARTS`)."""
    clock = _read_clock(normal(text), "time_format")
    return time(clock.hour, clock.minute)


def moment(text: str, now: datetime, zone: tzinfo, prefer: Prefer = "nearest") -> datetime:
    """An instant, aware UTC; `now` is aware and `zone` is where the person is.

    A day without a time is its noon, a part of a day its usual hour (`_PARTS`), a time without a
    day today's. 今晚1点 is the early hour that ends that night.
    """
    at_once = _is_now(text)
    text = normal(text)
    try:
        span = timedelta() if at_once else _read_span(text)
        if span is not None:
            return (now + span).astimezone(UTC)
        on, rest = _split(text, now.astimezone(zone).date(), prefer)
        clock = _read_clock(rest, "date_format") if rest else _Clock(NOON)
        local = datetime.combine(on + timedelta(days=clock.carry), time(clock.hour, clock.minute))
        return local.replace(tzinfo=zone).astimezone(UTC)
    except OverflowError:
        raise Unreadable("date_invalid") from None


def _is_now(text: str) -> bool:
    """Now, or come just now."""
    return bool(_NOW.fullmatch(normal(text)) or _HERE.fullmatch(plain(text)))


def _split(text: str, today: date, prefer: Prefer) -> Found:
    """The day of a moment and the words for its time. A bare number could be either: neither."""
    if text and not text.isdigit() and _CLOCK.fullmatch(text):
        return Found(today, text)
    return _must_find(text, today, prefer)


def _must_find(text: str, today: date, prefer: Prefer) -> Found:
    found = find_day(text, today, prefer)
    if found is None:
        raise Unreadable("date_format")
    return found


# -- spans from now -------------------------------------------------------------------------------

_COUNT = r"(?P<count>[0-9]{1,4}(?:\.[0-9])?|半|half an|an?)\s?"
_ENGLISH_UNIT = r"(?P<unit>hours?|hrs?|h|minutes?|mins?)"
_SPANS: Final = (
    re.compile(
        _COUNT + r"个?(?P<half>半)?(?P<unit>小时|钟头|分钟|分|刻钟|刻)[之以]?(?P<way>前|后)"
    ),
    re.compile(rf"{_COUNT}(?P<half>){_ENGLISH_UNIT}\s(?P<way>ago|later|from now)"),
    re.compile(rf"(?P<way>in)\s{_COUNT}(?P<half>){_ENGLISH_UNIT}"),
)
_UNIT_MINUTES: Final[Mapping[str, int]] = {"小": 60, "钟": 60, "h": 60, "分": 1, "m": 1, "刻": 15}


def _read_span(text: str) -> timedelta | None:
    """2小时后, 半小时前, 一个半小时后, 10分钟前, in 2 hours, half an hour ago."""
    match = next((found for pattern in _SPANS if (found := pattern.fullmatch(text))), None)
    if match is None:
        return None
    words = {"半": 0.5, "half an": 0.5, "a": 1.0, "an": 1.0}
    count = words[match["count"]] if match["count"] in words else float(match["count"])
    minutes = (count + (0.5 if match["half"] else 0)) * _UNIT_MINUTES[match["unit"][0]]
    return timedelta(minutes=-minutes if match["way"] in ("前", "ago") else minutes)


# -- the clock ------------------------------------------------------------------------------------

_Kind: TypeAlias = Literal["dawn", "morning", "noon", "afternoon", "night"]


class _Clock(NamedTuple):
    """A time; `carry` is 1 when it belongs to the night that began the day before."""

    hour: int
    minute: int = 0
    carry: int = 0


class _Part(NamedTuple):
    """A part of the day: its hour when none is named, and how it reads twelve-hour time."""

    hour: int
    kind: _Kind


def _parts(hour: int, kind: _Kind, words: str) -> dict[str, _Part]:
    return {word: _Part(hour, kind) for word in words.split()}


_PARTS: Final[Mapping[str, _Part]] = {
    **_parts(3, "dawn", "凌晨"),
    **_parts(8, "morning", "清晨 清早 大早 早晨 早上 早 晨 morning"),
    **_parts(10, "morning", "上午"),
    **_parts(12, "noon", "中午 正午 noon"),
    **_parts(15, "afternoon", "午后 下午 afternoon"),
    **_parts(18, "afternoon", "傍晚 黄昏"),
    **_parts(20, "night", "晚上 晚间 晚 evening night"),
    **_parts(23, "night", "深夜 半夜 夜里 夜间 夜"),
    **_parts(12, "night", "午夜 midnight"),
}
_PART_WORDS = "|".join(sorted(_PARTS, key=len, reverse=True))
_CLOCK = re.compile(
    rf"(?P<part>{_PART_WORDS})?\s?"
    r"(?:(?P<hour>[0-9]{1,2})"
    r"(?:[:点时](?P<minute>[0-9]{1,2}|半|[13]刻)?(?::[0-9]{2})?|\.(?P<dotted>[0-9]{2}))?分?钟?"
    r"|(?P<four>[0-9]{4}))?"
    rf"\s?(?P<meridiem>[ap]\.?m\.?)?\s?(?P<late>{_PART_WORDS})?"
)
_MINUTE_WORDS: Final[Mapping[str, int]] = {"半": 30, "1刻": 15, "3刻": 45}


def _read_clock(text: str, code: str) -> _Clock:
    """A time of day; Unreadable(code) when the text is none, "time_invalid" for 25:00."""
    match = _CLOCK.fullmatch(text)
    if match is None or not text:
        raise Unreadable(code)
    part = _PARTS.get(match["part"] or match["late"] or "")
    digits = match["hour"] or (match["four"] or "")[:2]
    if not digits and (part is None or match["meridiem"]):
        raise Unreadable(code)
    hour = int(digits) if digits else part.hour if part else NOON
    minute = _read_minute(match["minute"] or match["dotted"] or (match["four"] or "")[2:])
    if hour > 24 or minute > 59:
        raise Unreadable("time_invalid")
    if meridiem := match["meridiem"]:
        hour = hour % 12 + (12 if meridiem[0] == "p" else 0) if hour <= 12 else hour
    return _settle(hour, minute, part.kind if part else None)


def _read_minute(text: str) -> int:
    return _MINUTE_WORDS[text] if text in _MINUTE_WORDS else int(text or 0)


def _settle(hour: int, minute: int, kind: _Kind | None) -> _Clock:
    """Twelve-hour time by the part of the day that it was said with."""
    if kind == "night" and hour <= 4:
        return _Clock(hour, minute, carry=1)
    if hour == 24 or (hour == 12 and kind == "night"):
        return _Clock(0, minute, carry=1)
    if hour == 12 and kind == "dawn":
        return _Clock(0, minute)
    afternoon = kind in ("afternoon", "night") or (kind == "noon" and hour < 4)
    return _Clock(hour + 12 if afternoon and hour < 12 else hour, minute)
