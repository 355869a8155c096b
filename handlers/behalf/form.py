"""Whom a worker does something for."""

from __future__ import annotations

from typing import Annotated, ClassVar

from handlers.engine.form import Ask, Form


class Whom(Form):
    """Somebody in her units, found by what she remembers. Nothing is filed: it leads to a card."""

    code: ClassVar[str] = "whom"
    review: ClassVar[bool] = False

    person: Annotated[str, Ask(options="people", help=True, personal=True)]
