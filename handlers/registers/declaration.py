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

FEVER = Decimal("37.3")  # axillary, as pharmacies and schools have it

Count: TypeAlias = Callable[[Any], int]
"""What a filled form counts for: a number, or a bool that is 0 or 1."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Somebody has to look after a record: the grid that its address leads to, else its unit.

    `findings` are the buttons that end it, `<code>.found.<finding>` in words; why it is due says
    `<code>.follow`.
    """

    hours: int
    when: Callable[[Any], bool]
    findings: tuple[str, ...]
    words: str = "follow"
    """Whose words its card has: `<words>.new` and so on; about a thing others than of a person."""
    about: tuple[str, ...] = ("name", "phone", "address")
    """The fields that whoever follows it up is told."""


class Register(Form):
    """A form whose records are listed, verified, followed up and counted.

    Fields called `name`, `phone` and `address` say whom a record is about: the name stands in
    lists, masked, and all three go to whoever follows it up.
    """

    enters: ClassVar[Sequence[Role]] = ()
    verifies: ClassVar[Role | None] = None
    """Who is asked to confirm the day's records; whoever stands above may do it too."""
    reads: ClassVar[Sequence[Role]] = ()
    """Who else sees the records of her unit."""
    follow_up: ClassVar[FollowUp | None] = None
    counts: ClassVar[Mapping[str, Count]] = {}
    """Figures of the daily sheet besides `total`, `<code>.count.<figure>` in words."""

    @classmethod
    def figures(cls, filled: Form) -> dict[str, int]:
        """What a record counts for, zeros included: a zero is an answer."""
        return {"total": 1, **{name: int(count(filled)) for name, count in cls.counts.items()}}

    @classmethod
    def verifying(cls) -> tuple[Role, ...]:
        """Who may confirm a record: whoever is asked, and everybody above."""
        return () if cls.verifies is None else TEAM[TEAM.index(cls.verifies) :]

    @classmethod
    def readers(cls) -> tuple[Role, ...]:
        """Who may see records that she did not enter."""
        return (*cls.verifying(), *cls.reads)
