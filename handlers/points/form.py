"""What staff are asked when they award points or add to the shop."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from handlers.engine.form import Ask, Form
from models.points import MOST_AWARDED, Reason, awards


class Merit(StrEnum):
    """What points are awarded for by hand."""

    JOIN = Reason.JOIN.value
    SIMPLE_FEAST = Reason.SIMPLE_FEAST.value
    CONTEST = Reason.CONTEST.value
    HELP = Reason.HELP.value
    OTHER = Reason.OTHER.value


class PointAward(Form):
    """Points for a resident (A59)."""

    code: ClassVar[str] = "pointaward"

    person: Annotated[str, Field(max_length=50), Ask(options="residents", personal=True)]
    reason: Merit
    n: Annotated[
        int,
        Field(ge=1, le=MOST_AWARDED),
        Ask(quick=tuple(str(n) for n in sorted(set(awards().values()))), help=True),
    ]


class ShopGood(Form):
    """Something that the village's shop gives for points."""

    code: ClassVar[str] = "shopgood"

    name: Annotated[str, Field(min_length=1, max_length=60)]
    price: Annotated[int, Field(ge=1, le=MOST_AWARDED), Ask(help=True)]
