"""A register: a form plus what becomes of a record. Everything else follows from the declaration.

Knows no record and no person; feature.py brings it to life.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, TypeAlias

from handlers.engine.form import Form
from models.accounts import TEAM, Role
from models.obligations import Kind
from models.sources import Told
from models.supplies import Level
from models.venues.duties import Log
from models.venues.kinds import VenueKind

FEVER = Decimal("37.3")  # axillary, as pharmacies and schools have it

ELSEWHERE, LISTED = "elsewhere", "listed"  # from another province; from an area on the list
LATE = "late"  # told later than it should have been

Count: TypeAlias = Callable[[Any], int]
"""What a filled form counts for: a number, or a bool that is 0 or 1."""
When: TypeAlias = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Somebody has to look after a record: the grid that its address leads to, else its unit.

    `findings` are the buttons that end it, `<code>.found.<finding>` in words; why it is due says
    `<code>.follow`.
    """

    hours: int
    when: When
    findings: tuple[str, ...]
    words: str = "follow"
    """Whose words its card has: `<words>.new` and so on; about a thing others than of a person."""
    about: tuple[str, ...] = ("name", "phone", "address")
    """The fields that whoever follows it up is told."""
    kind: Kind = Kind.FOLLOW
    """FOLLOW: a worker's, at her address. CHECK: an inspector's, at the venue; its author hears
    what was found, and each finding counts."""
    on: str = ""
    """The field that holds the day until whose evening it is to be done, instead of the hours."""
    figures: tuple[str, ...] = ()
    """What counts when it is done."""
    workdays: int = 0
    """So many working days instead of the hours."""
    opens: str = ""
    """The finding by which the venue does business."""
    returns: str = ""
    """The finding that wants a reason: the record goes back, is mended and looked at anew."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something is to be told so many days ahead of the day in `field`; later it counts as `late`,
    and its author is told so."""

    field: str
    days: Callable[[Any], int]


@dataclass(frozen=True, slots=True)
class Brings:
    """Whom a record tells of is to be found out about within the hours of the channel: a lead.

    `<code>.lead` says on its card what was seen, with the fields in `shown`.
    """

    when: When
    shown: tuple[str, ...] = ()
    at_home: bool = True
    """To the grid that her address leads to; False, or no such grid: to the record's unit."""
    listed: bool = False
    """Whoever comes from an area on the district's list is a lead in any case."""


class Register(Form):
    """A form whose records are listed, verified, followed up and counted.

    Fields called `name`, `phone`, `document` and `address` say whom a record is about: the name
    stands in lists, masked, and the others go to whoever follows it up.
    """

    enters: ClassVar[Sequence[Role]] = ()
    anybody: ClassVar[bool] = False
    """Residents enter it as well, by a command of its own; its field `unit` says where."""
    kinds: ClassVar[Sequence[VenueKind]] = ()
    """Venues of which kinds keep it; whoever answers for one enters for it. None: any unit's."""
    verifies: ClassVar[Role | None] = None
    """Who is asked to confirm the day's records; whoever stands above may do it too."""
    reads: ClassVar[Sequence[Role]] = ()
    """Who else sees the records of her unit."""
    follow_up: ClassVar[FollowUp | None] = None
    log: ClassVar[Log | None] = None
    """What a record counts as in the day of the venue that it was entered for."""
    notice: ClassVar[Notice | None] = None
    brings: ClassVar[Brings | None] = None
    stays: ClassVar[bool] = False
    """Whom it tells of is in the venue, until a record of the register that `exits` this one."""
    exits: ClassVar[type[Register] | None] = None
    """Its records are begun from the list of those who are in; it has no list of its own."""
    heading: ClassVar[str] = "name"
    """The field that stands for a record in lists."""
    origin_field: ClassVar[str] = ""
    """The field that says where somebody comes from: other provinces and listed areas count."""
    advice: ClassVar[Mapping[str, When]] = {}
    """What its author is told to do at once, `<code>.advice.<name>` in words."""
    counts: ClassVar[Mapping[str, Count]] = {}
    """Figures of the daily sheet besides `total`, `<code>.count.<figure>` in words."""

    @classmethod
    def figure_names(cls) -> Sequence[str]:
        """Its own figures; those of stays and origins follow from the declaration."""
        people = ("people",) if cls.stays or cls.exits else ()
        checked = cls.follow_up and cls.follow_up.kind == Kind.CHECK
        found = cls.follow_up.findings if cls.follow_up and checked else ()
        late = (LATE,) if cls.notice else ()
        later = cls.follow_up.figures if cls.follow_up else ()
        origins = (ELSEWHERE, LISTED) if cls.origin_field else ()
        return (*people, *cls.counts, *late, *later, *found, *origins)

    @classmethod
    def figures(cls, filled: Form) -> dict[str, int]:
        """What a record counts for, zeros included: a zero is an answer."""
        return {"total": 1, **{name: int(count(filled)) for name, count in cls.counts.items()}}

    def level(self) -> Level | None:
        """What there is of something from now on, where a record counts a store."""
        return None

    @classmethod
    def verifying(cls) -> tuple[Role, ...]:
        """Who may confirm a record: whoever is asked, and everybody above."""
        return () if cls.verifies is None else TEAM[TEAM.index(cls.verifies) :]

    @classmethod
    def readers(cls) -> tuple[Role, ...]:
        """Who may see records that she did not enter."""
        return (*cls.verifying(), *cls.reads)

    @property
    def people(self) -> int:
        """How many a record tells of."""
        return 1

    def told(self) -> Sequence[Told]:
        """Whom it tells of, for leads; where there is a room but no address, that is where."""
        assert self.brings is not None, "asked of a register that brings leads"
        fields = ("name", "phone", "document", "address", "origin")
        told = {one: value for one in fields if (value := getattr(self, one, None)) is not None}
        why = {one: str(value) for one in self.brings.shown if (value := getattr(self, one, None))}
        return [Told(**told, why={"register": self.code, **why})]
