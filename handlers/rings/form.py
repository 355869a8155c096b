"""What a worker is asked who wants the heads of contact rings to pass word on, and a head who has
seen somebody come."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from handlers.engine.form import Ask, Form, Moment, PersonName, Prose
from handlers.engine.parse_disclosure import disclosed


def _without_numbers(words: str) -> str:
    if disclosed(words):
        raise PydanticCustomError("numbers", "numbers of people stand in it")
    return words


class RingNotice(Form):
    """Words for the neighbours; the review page is the preview."""

    code: ClassVar[str] = "ringnotice"
    errors: ClassVar[tuple[str, ...]] = ("numbers",)

    words: Annotated[Prose, AfterValidator(_without_numbers), Ask(help=True)]


class RingArrival(Form):
    """Who has come to a door of the ring, and since when; the door was picked."""

    code: ClassVar[str] = "ringarrival"
    review: ClassVar[bool] = False

    name: Annotated[PersonName, Ask(help=True)]
    since: Annotated[Moment, Ask(quick=("now", "today", "yesterday"), prefer="past")]
