"""What somebody who takes leave is asked."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar

from handlers.engine.form import Ask, Form

NOBODY = "0"  # let the unit above name one


class LeaveRequest(Form):
    """The last day of a leave that begins now, and who stands in."""

    code: ClassVar[str] = "leave"
    review: ClassVar[bool] = False

    until: Annotated[date, Ask(quick=("today", "tomorrow"), prefer="future", help=True)]
    receiver: Annotated[str, Ask(options="receivers", search=False, help=True)]
