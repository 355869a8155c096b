"""What is asked about a ledger: other days, a unit below, why somebody has to be named in it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar

from pydantic import Field

from handlers.engine.form import Ask, Form, Reads


class LedgerDays(Form):
    """The first and the last day."""

    code: ClassVar[str] = "ledgerdays"
    review: ClassVar[bool] = False

    first: Annotated[date, Ask(help=True)]
    last: Annotated[date, Ask(quick=("today", "yesterday"))]


class LedgerUnit(Form):
    """Of which unit."""

    code: ClassVar[str] = "ledgerunit"
    review: ClassVar[bool] = False

    unit: Annotated[str, Ask(options="branches", help=True)]


class LedgerReason(Form):
    """What whole names and numbers are needed for; it is written down."""

    code: ClassVar[str] = "ledgerreason"
    review: ClassVar[bool] = False

    reason: Annotated[str, Field(min_length=4, max_length=200), Reads.PROSE, Ask(help=True)]


class LedgerFull(LedgerDays):
    """Other days, with whole names and numbers."""

    code: ClassVar[str] = "ledgerfull"

    reason: Annotated[str, Field(min_length=4, max_length=200), Reads.PROSE, Ask(help=True)]
