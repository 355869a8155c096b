"""What a worker remembers of somebody, part by part, and whom it fits. Pure.

| part   | fits somebody                                                                      |
|--------|------------------------------------------------------------------------------------|
| word   | whose name holds it, sounds like it or begins like it (characters or pinyin); from |
|        | two characters on also whose address or unit holds it                              |
| ending | whose phone or paper ends with it; who was born in this year; who lives in this room |
| year   | who was born in it                                                                 |
| birth  | who was born on this day (19850312)                                                |
| door   | whose address says all that it says                                                |
| phone, paper | whose it is, whole                                                           |

Every part has to fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from models import names
from models.addresses import Address, compact, parse
from models.likeness import Traits

_BIRTH = slice(6, 14)  # of an 18-digit number


class Sort(StrEnum):
    """What a part is taken for; the last ones name something else than a person."""

    WORD = "word"
    ENDING = "ending"
    YEAR = "year"
    BIRTH = "birth"
    DOOR = "door"
    PHONE = "phone"
    PAPER = "paper"
    RECEIPT = "receipt"
    PROBLEM = "problem"
    LEAD = "lead"
    VENUE = "venue"


# What is opened of somebody beside her name, to see whether a part fits.
BY_PHONE = frozenset({Sort.ENDING, Sort.PHONE})
BY_PAPER = frozenset({Sort.ENDING, Sort.YEAR, Sort.BIRTH, Sort.PAPER})
NUMBERS = frozenset({Sort.RECEIPT, Sort.PROBLEM, Sort.LEAD, Sort.VENUE})


@dataclass(frozen=True, slots=True)
class Part:
    """One part, in its normal form."""

    sort: Sort
    text: str


def fit(parts: Sequence[Part], traits: Traits, unit: str) -> bool:
    """Do all parts fit somebody who lives in the unit of this name?"""
    return all(_fits(part, traits, unit) for part in parts)


def _fits(part: Part, traits: Traits, unit: str) -> bool:
    text = part.text
    match part.sort:
        case Sort.WORD:
            wide = len(text) > 1 and text in compact(f"{traits.address} {unit}")
            return wide or names.meant(text, traits.name)
        case Sort.ENDING:
            ends = traits.phone.endswith(text) or traits.id_number.endswith(text)
            return ends or _birth(traits)[:4] == text or _room(text, traits.address)
        case Sort.YEAR:
            return _birth(traits)[:4] == text
        case Sort.BIRTH:
            return _birth(traits) == text
        case Sort.DOOR:
            inside = compact(text) in compact(traits.address)
            return inside or lies_at(parse(text), parse(traits.address))
        case Sort.PHONE:
            return traits.phone == text
        case Sort.PAPER:
            return traits.id_number == text
    return False


def _birth(traits: Traits) -> str:
    """The day on her paper (19850312); empty where it tells none."""
    told = traits.id_number
    return told[_BIRTH] if len(told) == 18 and told[_BIRTH].isdecimal() else ""


def _room(text: str, address: str) -> bool:
    # Most addresses have other digits; reading one is what costs.
    return text in address and parse(address).room == text


def lies_at(asked: Address, door: Address) -> bool:
    """Is every part that was told of a door so of this one?"""
    told = (asked.building, asked.entrance, asked.room)
    parts = (door.building, door.entrance, door.room)
    return asked.place in door.place and all(
        not one or one == other for one, other in zip(told, parts, strict=True)
    )
