"""One resident as a list has her, and what becomes of her: what the steps of a landing share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Self, TypeAlias

from models import names
from models.addresses import parse
from models.identity import IdKind
from models.people import Care, Person, Residence, paper_index
from models.tenancies import UNTOLD, Landlord


class Gist(NamedTuple):
    """What follows from a name and an address alone: the key of the address, the same where it
    goes down to a door, and how the name sounds and looks."""

    key: str
    door: str
    sound: str
    look: str

    @classmethod
    def of(cls, name: str, address: str) -> Self:
        found = parse(address)
        key = found.key if address else ""
        return cls(key, key if found.room else "", names.sound(name), names.look(name))


class Resident(NamedTuple):
    """A person of the base roster.

    `door` is the household's number in the list, empty when it has none: then one address is one
    household. Without a unit she lives where her household does. Small children and the very old
    may have no document: then she needs an address, and is whoever has her name behind that door.
    `gist` is here when somebody has worked it out already.
    """

    name: str
    id_kind: IdKind | None = None
    id_number: str = ""
    phone: str | None = None
    address: str = ""
    unit_id: int | None = None
    door: str = ""
    is_head: bool = False
    residence: Residence | None = None
    groups: tuple[Care, ...] = ()
    landlord: Landlord = UNTOLD
    gist: Gist | None = None


class Landing(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    # Not written, because:
    ADRIFT = "adrift"  # nothing tells her unit
    MOVED = "moved"  # a worker has written that she moved out, which no list undoes
    ELSEWHERE = "elsewhere"  # she is registered out of reach of whoever brought the list
    TAKEN = "taken"  # her door belongs to a unit out of reach


DoorKey: TypeAlias = tuple[int, bool, str]  # village, whether numbered, number or address index


@dataclass(slots=True)
class Plan:
    """What is to become of one resident of a batch. `paper` and `at` are blind indexes of her
    document and of her address, empty without one; `told_id` is the unit that the list gives."""

    resident: Resident
    gist: Gist
    paper: str
    at: str
    told_id: int | None
    known: Person | None = None
    unit_id: int = 0
    key: DoorKey | None = None
    landing: Landing = Landing.SAME
    person_id: int = 0
    household_id: int | None = None
    indexes: tuple[str, str] = ("", "")  # of her name's sound and look

    @classmethod
    def of(cls, told: Resident, door_index: Callable[[str], str]) -> Self:
        """`door_index` gives the blind index of an address's key."""
        paper = paper_index(told.id_kind, told.id_number) if told.id_kind else ""
        gist = told.gist or Gist.of(told.name, told.address)
        at = door_index(gist.key) if told.address else ""
        return cls(told, gist, paper, at, told.unit_id)
