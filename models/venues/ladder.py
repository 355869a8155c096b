"""The ladder from a problem to a suspension as data: why one is drafted, and for how long."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from models.venues.checklists import book

FILE = Path(__file__).with_name("ladder.toml")


class Colour(StrEnum):
    """What a venue is warned with, the lighter first."""

    YELLOW = "yellow"
    RED = "red"


class Ground(StrEnum):
    """Why a suspension is drafted, the gravest first."""

    AGAINST_ORDER = "against_order"
    FEVER_PATIENT = "fever_patient"
    GUESTS = "guests"
    COLD_CHAIN = "cold_chain"
    DRUGS = "drugs"
    UNCHECKED = "unchecked"
    RELAPSE = "relapse"
    OVERDUE = "overdue"
    INSPECTOR = "inspector"


class _Reason(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    items: tuple[str, ...] = ()
    undone: bool = True


class _Longer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    days: int = Field(ge=1, le=90)
    items: tuple[str, ...]


class _Extension(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    days: int = Field(ge=1, le=90)


class SuspensionLadder(BaseModel):
    """The whole file."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    usual_days: int = Field(ge=1, le=90)
    colours: tuple[Colour, ...]
    longer: _Longer
    reasons: Mapping[Ground, _Reason]
    extension: _Extension

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if tuple(self.reasons) != tuple(Ground) or self.colours != tuple(Colour):
            raise ValueError("every ground and every colour once, the gravest ground first")
        known = {f"{block}.{name}" for block, items in book().items.items() for name in items}
        named = {*self.longer.items, *(i for one in self.reasons.values() for i in one.items)}
        if unknown := named - known:
            raise ValueError(f"no items of a checklist: {unknown}")
        if unstarred := {i for one in self.reasons.values() for i in one.items if not _grave(i)}:
            raise ValueError(f"drafted at once without a star: {unstarred}")
        return self

    def at_once(self, item: str, *, fixed: bool) -> Ground | None:
        """Why a failure of this item is drafted at once; `fixed`: it was put right on the spot."""
        for ground, reason in self.reasons.items():
            if item in reason.items and not (fixed and reason.undone):
                return ground
        return None

    def lasts(self, ground: Ground) -> bool:
        """Does a draft on this ground stand when its problems are closed before it is read?"""
        return not self.reasons[ground].undone

    def days(self, items: Iterable[str]) -> int:
        """How long a closure for these items usually is, in days."""
        longer = self.longer
        return longer.days if set(items) & set(longer.items) else self.usual_days


def _grave(item: str) -> bool:
    block, _, name = item.partition(".")
    return book().items[block][name].star


@cache
def suspension_ladder() -> SuspensionLadder:
    """The ladder of ladder.toml, validated."""
    return SuspensionLadder.model_validate(tomllib.loads(FILE.read_text(encoding="utf-8")))


def gravest(grounds: Iterable[Ground]) -> Ground:
    """The first of them in the ladder's order."""
    order = list(Ground)
    return min(grounds, key=order.index)
