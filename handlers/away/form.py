"""What is asked about a resident away: the record itself, a planned return, a return."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from handlers.engine.form import Answers, Ask, Form, Moment, Phone
from models.away import Intention, Promise


def _stranger(answers: Answers) -> bool:
    """Not picked from the roster: what was typed is her name."""
    return not str(answers.person or "1").isdecimal()


def _plans(answers: Answers) -> bool:
    return bool(answers.intention == Intention.PLANNED)


class AwayEntry(Form):
    """A resident away (A7), entered by her worker."""

    code: ClassVar[str] = "awayentry"

    person: Annotated[
        str, Field(max_length=50), Ask(options="residents", free=True, help=True, personal=True)
    ]
    phone: Annotated[Phone | None, Ask(when=_stranger, own=False, personal=True)] = None
    unit: Annotated[str, Ask(when=_stranger, options="mine", search=False, given="person")]
    place: Annotated[str, Field(max_length=100), Ask(options="divisions", free=True, help=True)]
    intention: Intention
    planned_at: Annotated[Moment, Ask(when=_plans, prefer="future", help=True)]
    promise: Promise


class AwayPlan(Form):
    """She will come back: when, and did she promise to report before?"""

    code: ClassVar[str] = "awayplan"
    review: ClassVar[bool] = False

    planned_at: Annotated[Moment, Ask(prefer="future", help=True)]


class AwayBack(Form):
    """She is back already: since when."""

    code: ClassVar[str] = "awayback"
    review: ClassVar[bool] = False

    arrived_at: Annotated[Moment, Ask(quick=("now",), prefer="past", help=True)]
