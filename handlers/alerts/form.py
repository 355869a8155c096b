"""When a supervisor hears of alerts, and of which."""

from __future__ import annotations

from datetime import time
from enum import StrEnum
from typing import Annotated, ClassVar

from handlers.engine.form import Answers, Ask, Form


class Heard(StrEnum):
    """The causes that she may choose (models/alerts.py, CHOOSABLE)."""

    FEVER = "fever"
    SYMPTOMS = "symptoms"


class Hours(StrEnum):
    DAY = "day"
    LONG = "long"
    SHORT = "short"
    OWN = "own"


SPANS = {
    Hours.DAY: (time(), time()),
    Hours.LONG: (time(7), time(22)),
    Hours.SHORT: (time(8), time(20)),
}


def _own(known: Answers) -> bool:
    return bool(known.hours == Hours.OWN)


class AlertHours(Form):
    """The kinds that come as a message, and between which hours."""

    code: ClassVar[str] = "alerthours"
    review: ClassVar[bool] = False

    kinds: Annotated[set[Heard], Ask(help=True)]
    hours: Annotated[Hours | None, Ask(when=lambda a: bool(a.kinds), skip=False)] = None
    since: Annotated[str | None, Ask(when=_own, options="alerttimes", skip=False)] = None
    until: Annotated[str | None, Ask(when=_own, options="alerttimes", skip=False)] = None
