"""What is asked about a suspension: why it should be, why it is not ordered, why a venue stays
shut."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from handlers.engine.form import Ask, Form

Word = Annotated[str, Field(min_length=2, max_length=300), Ask(help=True)]


class ProposeSuspension(Form):
    """Why an inspector thinks that the venue should close."""

    code: ClassVar[str] = "susdraft"
    review: ClassVar[bool] = False

    word: Word


class RefuseSuspension(Form):
    """Why the officer does not order it."""

    code: ClassVar[str] = "susrefuse"
    review: ClassVar[bool] = False

    word: Word


class StayShut(Form):
    """What is still not right when somebody looks after a closure."""

    code: ClassVar[str] = "susshut"
    review: ClassVar[bool] = False

    word: Word
