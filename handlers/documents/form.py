"""What is asked about a document: which days it is about."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar

from handlers.engine.form import Ask, Form


class DocumentDays(Form):
    """The first and the last day."""

    code: ClassVar[str] = "documentdays"
    review: ClassVar[bool] = False

    first: Annotated[date, Ask(help=True)]
    last: Annotated[date, Ask(quick=("today", "yesterday"))]
