"""One resident as a list has her, and what becomes of her: what the steps of a landing share."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Self, TypeAlias

from models.addresses import parse
from models.identity import IdKind
from models.people import Care, Person, Residence, door_index, paper_index
from models.tenancies import UNTOLD, Landlord


class Resident(NamedTuple):
    """A person of the base roster.

    `door` is the household's number in the list, empty when it has none: then one address is one
    household. Without a unit she lives where her household does. Small children and the very old
    may have no document: then she needs an address, and is whoever has her name behind that door.
    `key` is that of the address, when somebody has read it already.
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
    key: str = ""


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
    def of(cls, told: Resident) -> Self:
        paper = paper_index(told.id_kind, told.id_number) if told.id_kind else ""
        at = door_index(told.key or parse(told.address).key) if told.address else ""
        return cls(told, paper, at, told.unit_id)
