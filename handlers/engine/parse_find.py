"""What somebody is looked for by: "王 1234", "wangfang 1985年", "花园小区3栋", "问题12"."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date
from typing import Final

from handlers.engine.parse_person import id_document, phone
from handlers.engine.parse_text import Unreadable, clean
from models.addresses import compact, parse
from models.wanted import Part, Sort

MOST: Final = 6
LONGEST: Final = 80
_APART = re.compile(r"[\s,，、;；+/|]+")
_NUMBER = re.compile(r"\+?[\dA-Z()-]{6,24}", re.ASCII | re.IGNORECASE)
_RECEIPT = re.compile(r"\d{6}-[0-9A-Z]{5}")
_VENUE = re.compile(r"v-[\w-]{4,16}", re.ASCII)
_NUMBERED = re.compile(r"(问题|問題|problem|线索|線索|lead)(?:号|號|编号|編號)?#?(\d{1,12})号?")
_CALLED = re.compile(
    r"(?:手机|手機|电话|電話|身份证|身份證|证件|證件)?(?:号码?|號碼?)?"
    r"(?:尾号|尾號|尾数|尾數|(?:最)?[后後末][四4]位)?(?=\d)"
)
_YEAR = re.compile(r"(\d{4}|\d{2})年(?:出?生)?的?人?")
_BIRTH = re.compile(r"(\d{4})[-.年]?(\d{1,2})[-.月]?(\d{1,2})日?(?:出?生)?的?")
_ENDING = re.compile(r"\d{3,8}|\d{3,7}[xX]")
_GLUED = re.compile(r"(\D{1,12}?)(\d{3,8}[xX]?)")
_SURNAME = re.compile(r"姓(\w{1,2}?)的?")


def asked(text: str, today: date) -> tuple[Part, ...]:
    """The parts of it, at most MOST; empty when nothing can be looked for by it. Total."""
    words = [word for word in _APART.split(clean(text)[:LONGEST]) if word]
    if len(words) > 1 and (whole := _whole("".join(words), today)):
        return (whole,)  # a number in groups
    found = [part for word in words for part in _read(word, today)]
    return tuple(dict.fromkeys(found))[:MOST]


def _whole(word: str, today: date) -> Part | None:
    """A whole number, which is somebody's alone."""
    if not _NUMBER.fullmatch(word):
        return None
    with suppress(Unreadable):
        return Part(Sort.PAPER, id_document(word, today).number)
    with suppress(Unreadable):
        return Part(Sort.PHONE, phone(word))
    return None


def _read(word: str, today: date) -> list[Part]:
    if _RECEIPT.fullmatch(word.upper()):
        return [Part(Sort.RECEIPT, word.upper())]
    if (whole := _whole(word, today)) is not None:
        return [whole]
    if _VENUE.fullmatch(word):
        return [Part(Sort.VENUE, word)]
    if numbered := _NUMBERED.fullmatch(word.casefold()):
        sort = Sort.LEAD if numbered[1] in ("线索", "線索", "lead") else Sort.PROBLEM
        return [Part(sort, numbered[2].lstrip("0") or "0")]
    if born := _born(word, today):
        return [born]
    word = _CALLED.sub("", word, count=1)
    if _ENDING.fullmatch(word):
        return [Part(Sort.ENDING, word.upper())]
    if parse(word).is_read:
        return [Part(Sort.DOOR, word)]
    if glued := _GLUED.fullmatch(word):
        return [*_read(glued[1], today), *_read(glued[2], today)]
    if surname := _SURNAME.fullmatch(word):
        word = surname[1]
    plain = compact(word)
    return [Part(Sort.WORD, plain)] if plain and not plain.isdecimal() else []


def _born(word: str, today: date) -> Part | None:
    if year := _YEAR.fullmatch(word):
        told = int(year[1])
        if told < 100:
            told += 1900 if told > today.year % 100 else 2000
        return Part(Sort.YEAR, str(told)) if 1890 < told <= today.year else None
    if day := _BIRTH.fullmatch(word):
        with suppress(ValueError):
            on = date(int(day[1]), int(day[2]), int(day[3]))
            # Eight digits may be the end of a number as well; a day of nobody alive is.
            return Part(Sort.BIRTH, f"{on:%Y%m%d}") if on.year > 1890 and on <= today else None
    return None
