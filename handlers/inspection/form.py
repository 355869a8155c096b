"""What is asked in a venue: one message with all items, all fine but those that are tapped."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from handlers.engine.form import Answers, Ask, Checklist, Form, Photo
from models.venues.checklists import pictured
from models.venues.suggestion import To


def _pictured(answers: Answers) -> bool:
    return bool(answers.item and pictured(answers.item))


class Failure(Form):
    """An item that is not as it should be."""

    code: ClassVar[str] = "failure"
    review: ClassVar[bool] = False

    item: str
    word: Annotated[str, Field(min_length=2, max_length=300), Ask(help=True)]
    photo: Annotated[Photo, Ask(when=_pictured, help=True)]
    fixed: bool


class Inspect(Form):
    """One walk through a venue (A36, A37)."""

    code: ClassVar[str] = "inspect"
    review: ClassVar[bool] = False

    failed: Annotated[list[Failure], Checklist(options="venueitems")]


class Suggest(Form):
    """What whoever inspected would advise, the venue or its unit."""

    code: ClassVar[str] = "suggest"
    review: ClassVar[bool] = False

    whom: To
    word: Annotated[str, Field(min_length=2, max_length=300), Ask(help=True)]
