"""When two rows of the roster are likely one person: the rule, in one place. Pure.

| fact  | agrees when                                                                |
|-------|----------------------------------------------------------------------------|
| name  | said alike, tones aside; or alike but for characters taken for each other  |
| phone | the same; one digit off; two neighbours changed places                     |
| paper | of one kind: the same way, the check character aside                       |
| door  | one household; one address in any spelling, where it goes down to the door |

Likely twins are two whose names agree, and one fact more. Where both have papers of one kind that
do not agree they are two people on paper: then phone and door must both agree. A family shares a
phone and a door, so these alone say nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from models import names
from models.addresses import parse
from models.identity import IdKind

_CHECKED = (IdKind.RESIDENT, IdKind.PERMIT)
_FULL = 18


class Fact(StrEnum):
    NAME = "name"
    PHONE = "phone"
    PAPER = "paper"
    DOOR = "door"


@dataclass(frozen=True, slots=True)
class Traits:
    """What is compared of somebody. `home` is her household."""

    name: str
    phone: str = ""
    id_kind: str = ""
    id_number: str = ""
    address: str = ""
    home: int | None = None

    @property
    def door(self) -> str:
        """The key of her address when it goes down to a door."""
        found = parse(self.address)
        return found.key if found.room else ""


def agreeing(one: Traits, other: Traits) -> frozenset[Fact]:
    """The facts in which two people agree."""
    found = {
        Fact.NAME: _names_meet(one.name, other.name),
        Fact.PHONE: bool(one.phone) and near(one.phone, other.phone),
        Fact.PAPER: _same_kind(one, other) and near(_body(one), _body(other)),
        Fact.DOOR: _doors_meet(one, other),
    }
    return frozenset(fact for fact, agrees in found.items() if agrees)


def likely_twins(one: Traits, other: Traits) -> bool:
    """Should somebody be asked whether these are one person?"""
    if not _names_meet(one.name, other.name):
        return False
    facts = agreeing(one, other)
    if _same_kind(one, other) and Fact.PAPER not in facts:
        return {Fact.PHONE, Fact.DOOR} <= facts
    return len(facts) > 1


def near(one: str, other: str) -> bool:
    """The same, one character replaced by another, or two neighbours changed."""
    if len(one) != len(other):
        return False
    apart = [at for at, pair in enumerate(zip(one, other, strict=True)) if pair[0] != pair[1]]
    if len(apart) < 2:
        return True
    first, last = apart[0], apart[-1]
    swapped = one[first] == other[last] and one[last] == other[first]
    return len(apart) == 2 and last == first + 1 and swapped


def pairs(people: Sequence[tuple[int, Traits]]) -> set[tuple[int, int]]:
    """The likely twins among people whose names agree, the lower id first.

    Only those are compared who have a mark in common: a name that a thousand people bear would
    make half a million pairs.
    """
    marked: dict[Hashable, list[int]] = defaultdict(list)
    for at, (_, told) in enumerate(people):
        for mark in _marks(told):
            marked[mark].append(at)
    together = {pair for group in marked.values() for pair in combinations(group, 2)}
    found = set()
    for at, beside in together:
        (a, one), (b, other) = people[at], people[beside]
        if a != b and likely_twins(one, other):
            found.add((min(a, b), max(a, b)))
    return found


def _marks(told: Traits) -> set[Hashable]:
    """Two people who agree in a fact beside the name have one of these in common."""
    marks: set[Hashable] = {("phone", rest) for rest in _shortened(told.phone)}
    marks |= {("paper", told.id_kind, rest) for rest in _shortened(_body(told))}
    if told.home is not None:
        marks.add(("home", told.home))
    if door := told.door:
        marks.add(("door", door))
    return marks


def _shortened(text: str) -> set[str]:
    """The text without one of its characters: what is near each other shares one of these."""
    return {text[:at] + text[at + 1 :] for at in range(len(text))}


def _names_meet(one: str, other: str) -> bool:
    return names.sound(one) == names.sound(other) or names.look(one) == names.look(other)


def _same_kind(one: Traits, other: Traits) -> bool:
    return bool(one.id_number) and one.id_kind == other.id_kind and bool(other.id_number)


def _body(told: Traits) -> str:
    """A number without its check character, which changes with any digit before it."""
    checked = told.id_kind in _CHECKED and len(told.id_number) == _FULL
    return told.id_number[:-1] if checked else told.id_number


def _doors_meet(one: Traits, other: Traits) -> bool:
    if one.home is not None and one.home == other.home:
        return True
    return bool(one.door) and one.door == other.door
