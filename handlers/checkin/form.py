"""What a check-in asks: a temperature and symptoms, for one person or for a household."""

from __future__ import annotations

from typing import Annotated, ClassVar

from handlers.engine.form import Ask, Celsius, Checklist, Form
from models.cards import WELL_READINGS
from models.symptoms import Symptom


class CheckIn(Form):
    """Morning and evening check-in of one person (A8)."""

    code: ClassVar[str] = "checkin"
    review: ClassVar[bool] = False

    temperature: Annotated[Celsius, Ask(also=("symptoms",), quick=WELL_READINGS, help=True)]
    symptoms: set[Symptom]


class Ill(Form):
    """One member of the household who is not well."""

    code: ClassVar[str] = "ill"
    review: ClassVar[bool] = False

    item: str
    temperature: Annotated[Celsius, Ask(also=("symptoms",), help=True)]
    symptoms: set[Symptom]


class RollCall(Form):
    """The household in one message: everybody is well but those who are tapped."""

    code: ClassVar[str] = "rollcall"
    review: ClassVar[bool] = False

    ill: Annotated[list[Ill], Checklist(options="members")]
