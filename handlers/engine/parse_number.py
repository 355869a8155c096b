"""Numbers and body temperatures as people type them.

Pure and total. It judges the form only: what range is plausible for whom is the question's
business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, NamedTuple

from handlers.engine.parse_text import HAN_NUMERALS, Unreadable, clean, fold, han_integer, plain

LONGEST_NUMBER: Final = 18  # digits; nothing that is counted here needs more
_HAN = f"[{HAN_NUMERALS}]"
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_NUMBER = re.compile(
    rf"(?P<sign>[+-]|负|零下)?\s?"
    rf"(?:(?P<whole>[0-9]*)(?:[.,。](?P<part>[0-9]+))?(?P<scale>[百千万亿]?)"
    rf"|(?P<han>{_HAN}+)(?:点(?P<han_part>{_HAN}+))?)"
)
_SCALES: Final = {"": 1, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}


def number(text: str, units: Sequence[str] = ()) -> Decimal:
    """36.5, 36,5, 1,234, 三十六点五, 1.2万, 零下3; one of `units` may follow it."""
    text = _without_unit(plain(text), units)
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    match = _NUMBER.fullmatch(text)
    if match is None or not (match["whole"] or match["part"] or match["han"]):
        raise Unreadable("number_long" if _is_long(text) else "number_format")
    if sum(len(match[name] or "") for name in ("whole", "part", "han_part")) > LONGEST_NUMBER:
        raise Unreadable("number_long")
    value = _han_number(match["han"], match["han_part"]) if match["han"] else _plain_number(match)
    return -value if match["sign"] in ("-", "负", "零下") else value


def _without_unit(text: str, units: Sequence[str]) -> str:
    for unit in sorted(map(plain, units), key=len, reverse=True):
        if unit and text.endswith(unit):
            return text.removesuffix(unit).rstrip()
    return text


def _is_long(text: str) -> bool:
    return len(text) > LONGEST_NUMBER and text.isascii() and text.isdigit()


def _plain_number(match: re.Match[str]) -> Decimal:
    part = f".{match['part']}" if match["part"] else ""
    return Decimal(f"{match['whole'] or 0}{part}") * _SCALES[match["scale"]]


def _han_number(whole: str, part: str | None) -> Decimal:
    value = han_integer(whole)
    digits = "" if part is None else _han_digits(part)
    if value is None or digits is None:
        raise Unreadable("number_format")
    return Decimal(f"{value}.{digits}" if digits else value)


def _han_digits(text: str) -> str | None:
    """The digits after the point, one by one: 五零 -> "50"."""
    values = [han_integer(char) for char in text]
    return None if any(v is None or v > 9 for v in values) else "".join(map(str, values))


# -- temperature ----------------------------------------------------------------------------------

# A bare number beside a reading (a floor, days of cough) is told from it by this range only.
_COLDEST, _HOTTEST = Decimal(30), Decimal(45)
_LEAST_SHOWN = 10
_COMPACT = range(340, 431)  # 365 is 36.5 with the point forgotten
_COUNTED = "天日次个周岁楼号栋室单级粒片包月年小人"
_TENTH = f"[0-9]|{_HAN}|半"
_READING = re.compile(
    rf"(?<![0-9.])(?:"
    rf"(?P<clock>[0-9]{{1,2}}[:/月-][0-9]{{1,2}}(?!\.?[0-9]))"
    rf"|(?P<fahrenheit>华氏度?\s?:?)?(?P<whole>[0-9]{{1,3}}|{_HAN}{{1,5}})"
    rf"(?:(?:\.{{1,2}}|[,。·点度])(?P<part>[0-9]{{1,9}}|{_HAN}{{1,2}}|半)"
    rf"|\s?[.,。·、点度]\s?(?P<loose>{_TENTH})|\s(?P<apart>[0-9])(?!\s?[{_COUNTED}点:]))?"
    rf"(?!\.?[0-9]|{_HAN}|[{_COUNTED}])"
    rf"\s?(?P<unit>°?\s?[cf](?![a-z])|°|摄氏度?|华氏度?|度|分)?)"
)
_LEAD_IN = re.compile(
    r"(?:体温|温度|测得|测量|量的|量了|测了|结果|今天|今早|今晚|早上|晚上|上午|下午|中午|现在|刚才|刚|是|为|"
    r"我|的|temperature|temp|my|is|t(?![a-z])|[0-9点分月日号半\s:：/,.;。、=~-])*"
)
_LABEL = re.compile(r"(?:体温|温度)[\s:=是为]*$")
_EDGES = " ,.;:。、!/=~|-"


class _Reading(NamedTuple):
    value: Decimal
    start: int
    end: int


def temperature(text: str) -> Decimal:
    """Degrees Celsius with one decimal (two when typed): 36.5, 36度5, 三十六度五, 365, 97.9F."""
    return temperature_and_rest(text)[0]


def temperature_and_rest(text: str) -> tuple[Decimal, str]:
    """A temperature and the other words of the message: "38.5 咳嗽" -> 38.5, "咳嗽".

    Two readings that differ are not for us to choose from: Unreadable("temperature_two").
    """
    text = clean(text)
    found = list(_readings(fold(text)))
    likely = [reading for reading in found if _is_likely(reading.value)] or found
    if not likely:
        raise Unreadable("temperature_format")
    first = likely[0]
    for other in likely:
        if other.value != first.value:
            raise Unreadable("temperature_two", first=first.value, second=other.value)
    return first.value, _rest(text[: first.start], text[likely[-1].end :])


def means_temperature(text: str) -> bool:
    """Whether nothing but one number is typed, and it is written as a thermometer's would be, if
    not as a person's: "99 度", "98.6", "25"; neither a choice nor a room."""
    text = clean(text)
    found = list(_readings(fold(text)))
    if len(found) != 1 or found[0].value < _LEAST_SHOWN:
        return False
    start, end = found[0].start, found[0].end
    written = text[start:end].strip()
    short = not written.isdecimal() or len(written) == len("99")
    return short and not _rest(text[:start], text[end:])


def _readings(text: str) -> Iterator[_Reading]:
    for match in _READING.finditer(text):
        value = None if match["clock"] else _celsius(match)
        if value is not None:
            yield _Reading(value, match.start(), match.end())


def _celsius(match: re.Match[str]) -> Decimal | None:
    whole = match["whole"]
    degrees = int(whole) if whole.isdigit() else han_integer(whole)
    part = match["part"] or match["loose"] or match["apart"] or ""
    digits = part if part.isdigit() else _han_digits(part.replace("半", "五"))
    if degrees is None or digits is None:
        return None
    if match["fahrenheit"] or set(match["unit"] or "") & set("f华"):
        return _tenths((Decimal(f"{degrees}.{digits or 0}") - 32) * 5 / 9)
    if not part and degrees in _COMPACT:
        return _tenths(Decimal(degrees) / 10)
    value = _tenths(Decimal(f"{degrees}.{digits or 0}"), keep=len(digits) > 1)
    # "一点咳嗽" counts nothing; in words only what can be a temperature is one.
    return value if whole.isdigit() or _is_likely(value) else None


def _is_likely(value: Decimal) -> bool:
    return _COLDEST <= value <= _HOTTEST


def _tenths(value: Decimal, keep: bool = False) -> Decimal:
    return value.quantize(Decimal("0.01" if keep else "0.1"), ROUND_HALF_UP)


def _rest(before: str, after: str) -> str:
    """What was said around the reading, without the words that only lead to it."""
    folded = fold(before)
    kept = "" if _LEAD_IN.fullmatch(folded) else before[: len(_LABEL.sub("", folded))]
    return " ".join(part for part in (kept.strip(_EDGES), after.strip(_EDGES)) if part)
