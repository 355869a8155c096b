"""What is asked of somebody who adds to a daily report what stands in no record."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from handlers.engine.form import Ask, Form
from models.tallies import ADDED


class Addition(Form):
    """A figure, by how many, and why no record has it."""

    code: ClassVar[str] = ADDED
    review: ClassVar[bool] = False

    figure: Annotated[str, Ask(options="addable", search=False)]
    number: Annotated[int, Field(ge=1, le=999)]
    reason: Annotated[str, Field(min_length=2, max_length=200)]
