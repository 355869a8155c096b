"""What a manager is asked: who works there, who was not well at the roll-call, who helps her."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from handlers.engine.form import (
    Ask,
    Celsius,
    Checklist,
    Form,
    PersonName,
    Phone,
    Reads,
)


class Why(StrEnum):
    """Why somebody is not simply well and at work."""

    FEVER = "fever"
    OFF = "off"


class NotWell(Form):
    """One of the staff who is not simply well and at work."""

    code: ClassVar[str] = "notwell"
    review: ClassVar[bool] = False

    item: str
    why: Why
    temperature: Annotated[Celsius, Ask(when=lambda a: a.why == Why.FEVER)]


class StaffTemps(Form):
    """The staff in one message: everybody is well but those who are tapped."""

    code: ClassVar[str] = "stafftemps"
    review: ClassVar[bool] = False

    staff: Annotated[list[NotWell], Checklist(options="venuestaff")]


class NewStaff(Form):
    """Who works there: a line each, typed or pasted."""

    code: ClassVar[str] = "newstaff"
    review: ClassVar[bool] = False

    people: Annotated[
        str, Field(min_length=1, max_length=3000), Reads.PROSE, Ask(help=True, personal=True)
    ]


class Deputy(Form):
    """Who may do for the venue what its manager may."""

    code: ClassVar[str] = "deputy"
    review: ClassVar[bool] = False

    name: PersonName
    phone: Annotated[Phone, Ask(own=False, personal=True)]
