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
from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import combinations
from typing import TypeAlias

from models import names
from models.addresses import parse
from models.identity import IdKind

_CHECKED = (IdKind.RESIDENT, IdKind.PERMIT)
_FULL = 18
_FEW = 8  # so many may be compared with everybody of their name


class Fact(StrEnum):
    NAME = "name"
    PHONE = "phone"
    PAPER = "paper"
    DOOR = "door"


@dataclass(frozen=True)
class Traits:
    """What is compared of somebody. `home` is her household; `read` is her door, when somebody
    has read her address already."""

    name: str
    phone: str = ""
    id_kind: str = ""
    id_number: str = ""
    address: str = ""
    home: int | None = None
    read: str | None = None

    @cached_property
    def door(self) -> str:
        """The key of her address when it goes down to a door."""
        return door_of(self.address) if self.read is None else self.read

    @cached_property
    def body(self) -> str:
        """Her number without its check character, which changes with any digit before it."""
        checked = self.id_kind in _CHECKED and len(self.id_number) == _FULL
        return self.id_number[:-1] if checked else self.id_number


Told: TypeAlias = tuple[int, Traits]  # of a person


def door_of(address: str) -> str:
    """The key of an address that goes down to a door; empty of any other."""
    found = parse(address)
    return found.key if found.room else ""


def agreeing(one: Traits, other: Traits) -> frozenset[Fact]:
    """The facts in which two people agree."""
    found = {
        Fact.NAME: _names_meet(one.name, other.name),
        Fact.PHONE: bool(one.phone) and near(one.phone, other.phone),
        Fact.PAPER: _same_kind(one, other) and near(one.body, other.body),
        Fact.DOOR: _doors_meet(one, other),
    }
    return frozenset(fact for fact, agrees in found.items() if agrees)


def share_enough(one: Traits, other: Traits) -> bool:
    """Of two whose names agree: does enough else?"""
    phone = bool(one.phone) and near(one.phone, other.phone)
    if not _same_kind(one, other):
        return phone or _doors_meet(one, other)
    return near(one.body, other.body) or (phone and _doors_meet(one, other))


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


def pairs(people: Sequence[Told], new: Collection[int] | None = None) -> set[tuple[int, int]]:
    """The likely twins among people whose names agree, the lower id first; with `new`, those that
    one of these is in."""
    fresh = [told for told in people if new is None or told[0] in new]
    together: Iterable[tuple[Told, Told]]
    if len(fresh) <= _FEW:
        together = ((one, other) for one in fresh for other in people)
    else:
        together = _with_a_mark_in_common(people)
    return {
        (min(a, b), max(a, b))
        for (a, one), (b, other) in together
        if a != b and share_enough(one, other)
        if new is None or a in new or b in new
    }


def _with_a_mark_in_common(people: Sequence[Told]) -> set[tuple[Told, Told]]:
    """Nobody else need be compared: a name that a thousand people bear would make half a million
    pairs."""
    marked: dict[Hashable, list[Told]] = defaultdict(list)
    for told in people:
        for mark in _marks(told[1]):
            marked[mark].append(told)
    return {pair for group in marked.values() for pair in combinations(group, 2)}


def _marks(told: Traits) -> set[Hashable]:
    """Two people who agree in a fact beside the name have one of these in common."""
    marks: set[Hashable] = {("phone", rest) for rest in _shortened(told.phone)}
    marks |= {("paper", told.id_kind, rest) for rest in _shortened(told.body)}
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


def _doors_meet(one: Traits, other: Traits) -> bool:
    if one.home is not None and one.home == other.home:
        return True
    return bool(one.door) and one.door == other.door
