"""What a member of staff is asked about a group: whose it is, and what to tell it."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from handlers.engine.form import Ask, Form, Prose
from handlers.engine.parse_disclosure import disclosed
from models.groups import GroupKind


class GroupBinding(Form):
    """Which unit a group belongs to, and who reads along there."""

    code: ClassVar[str] = "groupbinding"
    review: ClassVar[bool] = False

    unit: Annotated[str, Ask(options="units", help=True)]
    kind: GroupKind


def _without_numbers(words: str) -> str:
    if disclosed(words):
        raise PydanticCustomError("numbers", "numbers of people stand in it")
    return words


class GroupNotice(Form):
    """Words of a unit for its groups; the review page is the preview."""

    code: ClassVar[str] = "groupnotice"
    errors: ClassVar[tuple[str, ...]] = ("numbers",)

    words: Annotated[Prose, AfterValidator(_without_numbers), Ask(help=True)]
