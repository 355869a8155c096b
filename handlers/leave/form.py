"""What somebody who takes leave is asked."""

from __future__ import annotations

from typing import Annotated, ClassVar

from handlers.engine.form import Ask, DaySpan, Form

NOBODY = "0"  # let the unit above name one


class LeaveRequest(Form):
    """The days, from now or to come, and who stands in."""

    code: ClassVar[str] = "leave"
    version: ClassVar[int] = 2
    review: ClassVar[bool] = False

    days: Annotated[DaySpan, Ask(quick=("today", "tomorrow", "tomorrow_only"), help=True)]
    receiver: Annotated[str, Ask(options="receivers", search=False, help=True)]
