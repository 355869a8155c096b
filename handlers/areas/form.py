"""What is asked about an area that comes onto the list."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from handlers.engine.form import Ask, Form


class NewArea(Form):
    """An area from which whoever comes is found out about at once."""

    code: ClassVar[str] = "newarea"
    review: ClassVar[bool] = False

    name: Annotated[
        str, Field(min_length=2, max_length=100), Ask(options="divisions", free=True, help=True)
    ]
