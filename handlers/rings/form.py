"""What a worker is asked who wants the heads of contact rings to pass word on."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from handlers.engine.form import Ask, Form, Prose
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
