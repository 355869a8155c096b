"""Names, phones and identity papers as people type them.

Pure and total. Whether a number can exist is models/identity.py's knowledge; here it is only
found among labels, spaces and dashes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from typing import Final

from handlers.engine.parse_text import Unreadable, clean, fold, plain
from models.identity import (
    IdDocument,
    IdentityError,
    IdKind,
    check_resident,
    normal_phone,
    number_kind,
)

LONGEST_NAME: Final = 50
_NAME_MARKS: Final = frozenset(" ·.'’‘`-•‧・∙⸱\u3007")  # the last is the zero of given names
_NAME_LABEL = re.compile(r"(?:姓名|名字)\s*[:是]\s*|我叫\s*|my name is\s+", re.IGNORECASE)
_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015.·/_()]+")

_PASSPORT_WORDS: Final = ("护照", "PASSPORT")
_PERMIT_WORDS: Final = ("通行证", "回乡证", "台胞证", "居住证", "PERMIT")
_PAPER_WORDS: Final = ("身份证", "身分证", "证件", *_PASSPORT_WORDS[:1], *_PERMIT_WORDS[:-1])
_LABEL = re.compile(
    r"(?:(?:PASSPORT|PERMIT|NUMBER|TRAVEL|CARD|ID|NO)(?![A-Z0-9])|[^A-Z0-9])*(?P<body>.*)"
)
_RESIDENT = re.compile(r"(?<![A-Z0-9])[0-9]{17}[0-9X](?![A-Z0-9])")
_DIGITS = re.compile(r"[0-9]+X?")
_PERMIT = re.compile(r"[HM][0-9]{8,10}|[A-Z]{3}[0-9]{12}")
_PERMIT_BARE = re.compile(r"[0-9]{8}|[0-9]{10}")
_PASSPORT = re.compile(r"(?=[A-Z0-9]*[A-Z])(?=(?:[A-Z]*[0-9]){4})[A-Z0-9]{6,12}")
_PASSPORT_LABELLED = re.compile(r"(?=(?:[A-Z]*[0-9]){4})[A-Z0-9]{5,17}")
_PAPER_START = re.compile(
    rf"\s*(?:{'|'.join(_PAPER_WORDS)}|(?<![a-z])passport|(?<![a-z])[a-z]{{0,2}}[0-9])"
)
_COMMA = re.compile(r"[,;、/|]")


def person_name(text: str) -> str:
    """A name in any script, as typed: letters, spaces, middle dots, apostrophes, hyphens."""
    text = clean(text)
    text = text[match.end() :] if (match := _NAME_LABEL.match(text)) else text
    if len(text) > LONGEST_NAME:
        raise Unreadable("name_long", max=LONGEST_NAME)
    if not any(map(_is_letter, text)) or not all(map(_may_be_in_name, text)):
        raise Unreadable("name_letters")
    return text


def name_and_rest(text: str) -> tuple[str, str]:
    """A name and what was typed after it: "王芳 110101..." -> "王芳", "110101..."."""
    text = clean(text)
    text = text[match.end() :] if (match := _NAME_LABEL.match(text)) else text
    start = _PAPER_START.search(fold(text))
    comma = _COMMA.search(text)
    cuts = [match.start() for match in (start, comma) if match]
    # "Smith, John" is one name, not a name and a rest.
    if start is None or not cuts:
        return person_name(text), ""
    return person_name(text[: min(cuts)]), text[min(cuts) :].strip(" ,;、/|:")


def phone(text: str) -> str:
    """A phone number in its normal form, from among the words around it."""
    body = re.search(r"[+(]?[0-9].*[0-9]", plain(text))
    try:
        return normal_phone(body[0] if body else "")
    except IdentityError as error:
        raise Unreadable(error.code) from None


def id_document(text: str, today: date) -> IdDocument:
    """A citizen's number, passport or permit; the word for the paper may stand before it."""
    text = plain(text).upper()
    if whole := _RESIDENT.search(text):
        return _resident(whole[0], today)
    number = _SEPARATORS.sub("", _body(text))
    if _says(text, _PASSPORT_WORDS) and _PASSPORT_LABELLED.fullmatch(number):
        return IdDocument(kind=IdKind.PASSPORT, number=number)
    if _is_permit(text, number):
        return IdDocument(kind=IdKind.PERMIT, number=number)
    if _DIGITS.fullmatch(number) or (len(number) == 18 and number.isalnum()):
        return _resident(number, today)
    if _PASSPORT.fullmatch(number):
        return IdDocument(kind=IdKind.PASSPORT, number=number)
    raise Unreadable("id_format")


def _is_permit(text: str, number: str) -> bool:
    if _PERMIT.fullmatch(number):
        return True
    return _says(text, _PERMIT_WORDS) and _PERMIT_BARE.fullmatch(number) is not None


def _resident(number: str, today: date) -> IdDocument:
    try:
        facts = check_resident(number, today)
    except IdentityError as error:
        got = {"got": len(number)} if error.code == "id_length" else {}
        raise Unreadable(error.code, **got) from None
    return IdDocument(kind=number_kind(facts.number), number=facts.number)


def _body(text: str) -> str:
    """The text without the labels before the number and the words after it."""
    match = _LABEL.fullmatch(text)
    body = match["body"] if match else ""
    return re.sub(r"[^A-Z0-9]+$", "", body)


def _says(text: str, words: Sequence[str]) -> bool:
    return any(word in text for word in words)


def _is_letter(char: str) -> bool:
    # Planes 2 and 3 hold nothing but Han, including blocks newer than Python's tables.
    return char.isalpha() or 0x20000 <= ord(char) <= 0x3FFFD


def _may_be_in_name(char: str) -> bool:
    return _is_letter(char) or char in _NAME_MARKS or unicodedata.category(char)[0] == "M"
