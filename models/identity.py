"""Who somebody is on paper: document numbers, phone numbers and how they look when masked.

Pure: it reads no text of a chat, knows no database and asks nobody what day it is.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from math import ceil
from operator import mul

from pydantic import BaseModel, ConfigDict

from models import divisions

OLDEST_YEARS = 130

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
# GB/T 2260 provinces; 81-83 are the residence permits of Hong Kong, Macau and Taiwan residents.
_PERMIT_PREFIXES = frozenset({"81", "82", "83"})
PROVINCES = _PERMIT_PREFIXES | {
    str(code)
    for codes in (
        range(11, 16),
        range(21, 24),
        range(31, 38),
        range(41, 47),
        range(50, 55),
        range(61, 66),
        (71,),
    )
    for code in codes
}
_FOREIGN_RESIDENT = "9"
_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015\u2212.()/_]+")
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_EIGHTEEN = re.compile(r"[0-9]{17}[0-9X]")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"0(?:10|[2-9][0-9]{1,2})[0-9]{7,8}")
_FOREIGN_PHONE = re.compile(r"\+[1-9][0-9]{7,14}")


class IdentityError(ValueError):
    """A number that cannot be one; `code` says what is wrong with it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class IdKind(StrEnum):
    """PERMIT: papers of people from Hong Kong, Macau, Taiwan and of foreign permanent residents."""

    RESIDENT = "resident"
    PASSPORT = "passport"
    PERMIT = "permit"


class Sex(StrEnum):
    FEMALE = "female"
    MALE = "male"


class IdDocument(BaseModel):
    """One identity paper, its number in the normal form (upper case, no separators)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: IdKind
    number: str


@dataclass(frozen=True, slots=True)
class ResidentFacts:
    """What an 18-digit number says about its owner.

    `division` is the six-digit code of the first registration. Counties come and go, so an
    unknown one is a flag (`known_division`) and never a reason to refuse a person.
    """

    number: str
    birth_on: date
    sex: Sex
    division: str

    @property
    def known_division(self) -> bool:
        return divisions.find(self.division) is not None


def check_resident(number: str, today: date) -> ResidentFacts:
    """Read a citizen's number (GB 11643), 18 digits or the old 15; permits share the scheme.

    Raises IdentityError: id_length, id_digits, id_province, id_birth, id_future, id_checksum.
    """
    number = eighteen_digits(number)
    if number[:2] not in PROVINCES and number[0] != _FOREIGN_RESIDENT:
        raise IdentityError("id_province")
    birth_on = _birth_day(number[6:14], today)
    if number[17] != _check_character(number[:17]):
        raise IdentityError("id_checksum")
    return ResidentFacts(
        number=number,
        birth_on=birth_on,
        sex=Sex.MALE if int(number[16]) % 2 else Sex.FEMALE,
        division=number[:6],
    )


def eighteen_digits(number: str) -> str:
    """The 18-character form of a 15- or 18-digit number, X in upper case, no separators."""
    if _EIGHTEEN.fullmatch(number):  # as most are written
        return number
    number = _compact(number).upper()
    if len(number) not in (15, 18):
        raise IdentityError("id_length")
    body = number if len(number) == 15 else number[:17]
    if not _is_digits(body) or (len(number) == 18 and number[17] not in "0123456789X"):
        raise IdentityError("id_digits")
    if len(number) == 18:
        return number
    body = f"{number[:6]}19{number[6:]}"  # 15-digit numbers were only given in the 20th century
    return body + _check_character(body)


def number_kind(number: str) -> IdKind:
    """Whether a checked 18-digit number is a citizen's or a residence permit's."""
    if number[:2] in _PERMIT_PREFIXES or number[:1] == _FOREIGN_RESIDENT:
        return IdKind.PERMIT
    return IdKind.RESIDENT


def normal_phone(text: str) -> str:
    """The one way to write a phone: 13812345678, 01062345678 or +85291234567.

    Raises IdentityError("phone").
    """
    if _MOBILE.fullmatch(text):
        return text
    number = _compact(text)
    if number.startswith("00"):
        number = "+" + number[2:]
    home = _without_country(number)
    for candidate in (home, f"0{home}" if number.startswith("+86") else home):
        if _LANDLINE.fullmatch(candidate) or _MOBILE.fullmatch(candidate):
            return candidate
    if number.startswith("0") and _MOBILE.fullmatch(number[1:]):
        return number[1:]  # the 0 that long-distance calls to mobiles once needed
    if _FOREIGN_PHONE.fullmatch(number) and not number.startswith("+86"):
        return number
    raise IdentityError("phone")


def mask_id(number: str) -> str:
    """First and last four of a long number (1101**********0011), two and two of a shorter one."""
    return _mask(number, 4, 4) if len(number) >= 15 else _mask(number, 2, 2)


def mask_phone(phone: str) -> str:
    """First three and last four: 138****1234."""
    return _mask(phone, 3, 4)


def mask_name(name: str) -> str:
    """First character, and the last one of a name of three or more."""
    return _mask(name, 1, 1 if len(name) > 2 else 0, least=1)


def mask_address(address: str) -> str:
    """The part before the first digit; what follows keeps its words but no digit and no letter.

    An address without digits keeps its first half.
    """
    first = next((at for at, char in enumerate(address) if char.isdecimal()), None)
    if first is None:
        kept = ceil(len(address) / 2)
        return address[:kept] + "*" * (len(address) - kept)
    return address[:first] + "".join(map(_untold, address[first:]))


@lru_cache(maxsize=4096)  # addresses are made of few characters, and a ledger has many of them
def _untold(char: str) -> str:
    """A star for a numeral of any script and for the letter of a building."""
    tells = unicodedata.numeric(char, None) is not None or (char.isascii() and char.isalpha())
    return "*" if tells else char


def _mask(text: str, head: int, tail: int, least: int = 4) -> str:
    """Stars between head and tail; what is too short to hide `least` characters is all stars."""
    hidden = len(text) - head - tail
    if hidden < least:
        return "*" * len(text)
    return text[:head] + "*" * hidden + text[len(text) - tail :]


def _birth_day(digits: str, today: date) -> date:
    try:
        birth_on = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        raise IdentityError("id_birth") from None
    if birth_on > today:
        raise IdentityError("id_future")
    if today.year - birth_on.year > OLDEST_YEARS:
        raise IdentityError("id_birth")
    return birth_on


def _check_character(body: str) -> str:
    """The eighteenth character: ISO 7064 MOD 11-2 over the first seventeen."""
    total = sum(map(mul, map(int, body), _WEIGHTS))
    return _CHECK_CHARACTERS[total % 11]


def _compact(text: str) -> str:
    """Half-width, without separators or the invisible marks that copying brings along."""
    return _SEPARATORS.sub("", _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)))


def _without_country(number: str) -> str:
    if number.startswith("+86"):
        return number[3:]
    bare = number[2:] if number.startswith("86") else ""
    return bare if _MOBILE.fullmatch(bare) else number


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
