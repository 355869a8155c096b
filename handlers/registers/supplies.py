"""Supplies: what is in store and for how many days it lasts; what runs short is seen to."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from handlers.engine.form import Ask
from handlers.registers.declaration import FollowUp, Register
from models.accounts import Role
from models.supplies import ENOUGH, NEARLY_OUT, Item, Level


def lasts(told: Supplies) -> int:
    """For how many days."""
    return told.level().days


class Supplies(Register):
    """One item counted in its store (A55)."""

    code = "supplies"
    enters = (Role.VENUE, Role.COMMUNITY, Role.TOWNSHIP)
    verifies = Role.TOWNSHIP
    reads = (Role.INSPECTOR,)
    follow_up = FollowUp(
        24,
        lambda told: lasts(told) < ENOUGH,
        ("restocked", "ordered", "lent"),
        words="shortage",
        about=("item", "stock", "used"),
    )
    counts = {
        "short": lambda told: lasts(told) < ENOUGH,
        "nearly_out": lambda told: lasts(told) < NEARLY_OUT,
    }

    item: Item
    stock: Annotated[int, Field(ge=0, le=10_000_000), Ask(help=True)]
    used: Annotated[int, Field(ge=0, le=1_000_000), Ask(quick=("0",))]
    expires_on: Annotated[date | None, Ask(prefer="future")] = None

    def level(self) -> Level:
        return Level(self.item, self.stock, self.used)
