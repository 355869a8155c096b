"""What a supervisor is asked who wants many to be told something."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from handlers.engine.form import Ask, Form, Prose
from handlers.engine.parse_disclosure import Disclosed, disclosed


def _without_papers(words: str) -> str:
    # The phone of an office may be told to all; the papers of a person never.
    if Disclosed.DOCUMENT in disclosed(words):
        raise PydanticCustomError("papers", "somebody's papers stand in it")
    return words


Notice = Annotated[Prose, AfterValidator(_without_papers)]


class BroadcastWords(Form):
    """The words, and in other languages if some of those who hear read them. What follows is a
    preview as it will be read, so there is no page of review."""

    code: ClassVar[str] = "castwords"
    review: ClassVar[bool] = False
    errors: ClassVar[tuple[str, ...]] = ("papers",)

    words: Annotated[Notice, Ask(help=True)]


class BroadcastTranslation(Form):
    """The same notice for those who read another language."""

    code: ClassVar[str] = "casttranslation"
    review: ClassVar[bool] = False
    errors: ClassVar[tuple[str, ...]] = ("papers",)

    words: Notice
