"""What is looked for."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from handlers.engine.form import Ask, Form


class Find(Form):
    """Any parts of a person, a door, a venue or a number. Nothing is filed: it leads to cards."""

    code: ClassVar[str] = "find"
    review: ClassVar[bool] = False

    parts: Annotated[str, Field(min_length=1, max_length=80), Ask(help=True)]


class FindMore(Form):
    """One more part, since too many had those told so far."""

    code: ClassVar[str] = "findmore"
    review: ClassVar[bool] = False

    part: Annotated[str, Field(min_length=1, max_length=80), Ask(help=True)]
