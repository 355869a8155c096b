"""What somebody who needs help is asked; what is known about her is not asked again."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from handlers.engine.form import Answers, Ask, Form, PersonName, Phone
from models.helping import Need


class When(StrEnum):
    DAY = "day"
    URGENT = "urgent"


def _errand(answers: Answers) -> bool:
    return bool(answers.need and answers.need != Need.COMFORT)


def _waits(answers: Answers) -> bool:
    """Medicine cannot wait, and nobody is asked how urgent it is to talk."""
    return bool(answers.need in (Need.SHOPPING, Need.DOCTOR, Need.OTHER))


class AskHelp(Form):
    """An errand (A15), or somebody to talk to (A16)."""

    code: ClassVar[str] = "askhelp"

    need: Need
    what: Annotated[str, Field(min_length=1, max_length=200), Ask(when=_errand, help=True)]
    worry: Annotated[
        str | None,
        Field(max_length=300),
        Ask(when=lambda a: a.need == Need.COMFORT, help=True),
    ] = None
    urgency: Annotated[When, Ask(when=_waits)]
    name: PersonName
    phone: Annotated[Phone, Ask(own=False, personal=True)]
    address: Annotated[str, Field(min_length=2, max_length=200)]
    unit: Annotated[str, Ask(options="helpunits", search=False, given="address")]


class Lack(Form):
    """What is missing."""

    code: ClassVar[str] = "lack"
    review: ClassVar[bool] = False

    what: Annotated[str, Field(min_length=1, max_length=200)]
