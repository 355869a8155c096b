"""What every reader of typed text shares: the error, cleaning, numerals.

Pure and total: any str gives a value or Unreadable. It knows no form, no question and no words
for errors, only their codes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from models.messages import Value

# Every code that a reader may raise, with the parameters that come along.
ERRORS: Final[Mapping[str, tuple[str, ...]]] = {
    "number_format": (),
    "number_long": (),
    "temperature_format": (),
    "temperature_range": ("low", "high"),
    "temperature_two": ("first", "second"),
    "yes_no": (),
    "name_letters": (),
    "name_long": ("max",),
    "phone": (),
    "id_format": (),
    "id_length": ("got",),
    "id_digits": (),
    "id_province": (),
    "id_birth": (),
    "id_future": (),
    "id_checksum": (),
    "date_format": (),
    "date_invalid": (),
    "span_format": (),
    "span_open": (),
    "span_order": (),
    "time_format": (),
    "time_invalid": (),
    "transport": (),
}


class Unreadable(ValueError):
    """What was typed cannot be read; `code` (see ERRORS) says why, `params` fill its words."""

    def __init__(self, code: str, **params: Value) -> None:
        super().__init__(code)
        self.code = code
        self.params: dict[str, Value] = params


# What every step below leaves as it is: most cells of a list, most answers.
_PLAIN = re.compile(r"[0-9A-Za-z\u4e00-\u9fff]*")
# Full-width and half-width forms, radicals that PDFs paste for characters, the degree signs.
_FOLDED = re.compile(r"[\uff01-\uffee\u2e80-\u2fdf\u2103\u2109]+")
# Characters that are letters or marks by category and show nothing.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_DROPPED = frozenset({"Cc", "Cf", "Cs"})
# One to one, so that a match in folded text has its place in the text as typed.
_FOLDED_CHARACTERS: Final = str.maketrans(
    "點號後週剛個鐘時兩現溫氏攝華來無沒對開車飛機鐵動間過護證號碼凌淩裡禮從內陸輪騎電貳參負萬億約"
    "滬遼魯蘇贛晉陝閩貴粵寧瓊雲體ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "点号后周刚个钟时两现温氏摄华来无没对开车飞机铁动间过护证号码凌凌里礼从内陆轮骑电贰叁负万亿约"
    "沪辽鲁苏赣晋陕闽贵粤宁琼云体abcdefghijklmnopqrstuvwxyz",
)


def clean(text: str) -> str:
    """Typed text as we keep it: one line, half-width, without invisible characters.

    Full-width letters, digits and punctuation become half-width; control, bidi and zero-width
    characters and lone surrogates go; runs of white space become one space. Rare characters,
    accents and emoji stay.
    """
    if _PLAIN.fullmatch(text):
        return text
    if not text.isprintable():
        text = "".join(char if not char.isspace() else " " for char in text)
        text = "".join(char for char in text if unicodedata.category(char) not in _DROPPED)
    if not _BLANK.isdisjoint(text):
        text = "".join(char for char in text if char not in _BLANK)
    text = _FOLDED.sub(lambda run: unicodedata.normalize("NFKC", run[0]), text)
    return " ".join(unicodedata.normalize("NFC", text).split())


def prose(text: str) -> str:
    """Typed text for people to read: its lines, its punctuation and full-width forms stay, only
    what cannot be seen goes."""
    lines = (
        "".join(c for c in line if unicodedata.category(c) not in _DROPPED and c not in _BLANK)
        for line in text.splitlines()
    )
    kept = "\n".join(" ".join(unicodedata.normalize("NFC", line).split()) for line in lines)
    return re.sub("\n{3,}", "\n\n", kept).strip()


def fold(text: str) -> str:
    """Cleaned text for matching, character by character: ASCII lower case and digits, simplified
    where the readers care."""
    text = text.translate(_FOLDED_CHARACTERS)
    if text.isascii():
        return text
    return "".join(str(int(char)) if char.isdecimal() else char for char in text)


def plain(text: str) -> str:
    """`clean`, then `fold`."""
    return fold(clean(text))


# -- Chinese numerals -----------------------------------------------------------------------------

_DIGITS: Final = "零一二三四五六七八九"
_GROUPS: Final[Mapping[str, int]] = {"亿": 10**8, "万": 10**4}
_FORMAL: Final = str.maketrans("〇壹贰叁肆伍陆柒捌玖拾佰仟两幺", "零一二三四五六七八九十百千二一")
HAN_NUMERALS: Final = _DIGITS + "十百千亿万〇壹贰叁肆伍陆柒捌玖拾佰仟两幺廿卅"
LONGEST_NUMERAL: Final = 18
_BELOW_TEN_THOUSAND = re.compile(
    "(?:([一-龥])千)?零?(?:([一-龥])百)?零?(?:([一-龥]?)十)?零?([一-龥])?".replace(
        "一-龥", _DIGITS[1:]
    )
)


def han_integer(text: str) -> int | None:
    """The value of a Chinese numeral: 三十六, 一百零二, 廿五, 二〇二二; None when it is none."""
    if not text or len(text) > LONGEST_NUMERAL:
        return None
    text = text.translate(_FORMAL).replace("廿", "二十").replace("卅", "三十")
    if all(char in _DIGITS for char in text):
        return int("".join(str(_DIGITS.index(char)) for char in text))
    for name, scale in _GROUPS.items():
        if name in text:
            before, _, after = text.partition(name)
            return _grouped(before, after, scale)
    return _below_ten_thousand(text)


def _grouped(before: str, after: str, scale: int) -> int | None:
    head, tail = han_integer(before), han_integer(after) if after else 0
    if head is None or tail is None or tail >= scale:
        return None
    if len(after) == 1:  # 三万五 is 35,000
        tail *= scale // 10
    return head * scale + tail


def _below_ten_thousand(text: str) -> int | None:
    match = _BELOW_TEN_THOUSAND.fullmatch(text)
    if match is None:
        return None
    thousands, hundreds, tens, ones = (_DIGITS.index(part or "零") for part in match.groups())
    if tens == 0 and "十" in text:
        tens = 1
    if ones and not tens and "零" not in text:  # 三百五 is 350
        ones *= 10 if hundreds else 100 if thousands else 1
    return thousands * 1000 + hundreds * 100 + tens * 10 + ones


_HAN_RUN = re.compile(f"[{HAN_NUMERALS}]+")


def arabic(text: str) -> str:
    """The text with its Chinese numerals in Arabic digits; runs that are no numeral stay."""

    def written(run: re.Match[str]) -> str:
        value = han_integer(run[0])
        return run[0] if value is None else str(value)

    return _HAN_RUN.sub(written, text)
