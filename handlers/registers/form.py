"""What is asked about a record that was entered."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from handlers.engine.form import Answers, Ask, Form


class SendBack(Form):
    """Why a record goes back to whoever entered it."""

    code: ClassVar[str] = "sendback"
    review: ClassVar[bool] = False

    word: Annotated[str, Field(min_length=2, max_length=200)]


class Wish(StrEnum):
    """What the village asks of the host of a gathering."""

    POSTPONE = "postpone"
    SIMPLIFY = "simplify"
    CAREFUL = "careful"  # as planned, with every precaution


class Advice(Form):
    """What its guidance officer says to the host ahead of the day."""

    code: ClassVar[str] = "advice"
    review: ClassVar[bool] = False

    wish: Wish
    word: Annotated[str | None, Field(max_length=300)] = None


class Outcome(StrEnum):
    HELD = "held"
    SIMPLIFIED = "simplified"
    POSTPONED = "postponed"
    CANCELLED = "cancelled"
    STOPPED = "stopped"


def _took_place(answers: Answers) -> bool:
    return answers.outcome in (Outcome.HELD, Outcome.SIMPLIFIED, Outcome.STOPPED)


class Attended(Form):
    """What its guidance officer saw on the day."""

    code: ClassVar[str] = "attended"
    review: ClassVar[bool] = False

    outcome: Outcome
    tables: Annotated[int, Field(ge=0, le=500), Ask(when=_took_place)]
    people: Annotated[int, Field(ge=0, le=5000), Ask(when=_took_place)]
    fevers: Annotated[int, Field(ge=0, le=5000), Ask(when=_took_place, quick=("0",))]
