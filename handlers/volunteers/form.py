"""What somebody tells who would like to help."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from handlers.engine.form import Ask, Form, PersonName, Phone
from models.volunteers import Day, Part, Skill


class Volunteering(Form):
    """What she can do, when, where; what is known about her is not asked again."""

    code: ClassVar[str] = "volunteering"

    skills: Annotated[set[Skill], Field(min_length=1)]
    days: Annotated[set[Day], Field(min_length=1)]
    parts: Annotated[set[Part], Field(min_length=1)]
    name: PersonName
    phone: Annotated[Phone, Ask(own=False, personal=True)]
    unit: Annotated[str, Ask(options="volunits", search=False, help=True)]
