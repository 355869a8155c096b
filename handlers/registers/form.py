"""What is asked about a record that was entered."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from handlers.engine.form import Form


class SendBack(Form):
    """Why a record goes back to whoever entered it."""

    code: ClassVar[str] = "sendback"
    review: ClassVar[bool] = False

    word: Annotated[str, Field(min_length=2, max_length=200)]
