"""What is asked about a problem: the proof that it is right, or why it is not."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from handlers.engine.form import Ask, Form, Photo


class ProveRight(Form):
    """How it looks now."""

    code: ClassVar[str] = "proveright"
    review: ClassVar[bool] = False

    photo: Annotated[Photo, Ask(help=True)]
    word: Annotated[str | None, Field(max_length=300)] = None


class NotRight(Form):
    """What is still not right, or not any more."""

    code: ClassVar[str] = "notright"
    review: ClassVar[bool] = False

    word: Annotated[str, Field(min_length=2, max_length=300)]
    photo: Photo | None = None
