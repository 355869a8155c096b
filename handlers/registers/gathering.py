"""Weddings, funerals, banquets: told ahead, guided by somebody who attends (A43)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from handlers.engine.form import Ask, PersonName, Phone
from handlers.registers.declaration import FollowUp, Notice, Register
from models.accounts import Role
from models.obligations import Kind


class Occasion(StrEnum):
    WEDDING = "wedding"
    FUNERAL = "funeral"
    BANQUET = "banquet"  # a birthday, a child's first month, a house


class From(StrEnum):
    """Where those come from who take part."""

    HERE = "here"
    PROVINCE = "province"
    BEYOND = "beyond"


class Gathering(Register):
    """One gathering; its host, a venue or a worker tells of it, the village names who attends."""

    code = "gathering"
    enters = (Role.VENUE, Role.GRID_WORKER, Role.COMMUNITY)
    anybody = True
    reads = (Role.COMMUNITY, Role.TOWNSHIP, Role.DISTRICT, Role.INSPECTOR)
    notice = Notice("held_on", lambda told: 0 if told.occasion == Occasion.FUNERAL else 5)
    follow_up = FollowUp(
        24,
        lambda _: True,
        (),
        words="guide",
        about=("occasion", "name", "phone", "address", "held_on", "tables", "guests"),
        kind=Kind.GUIDE,
        on="held_on",
        figures=("guided", "postponed", "stopped", "tables"),
    )
    counts = {"beyond": lambda told: From.BEYOND in told.origins}

    occasion: Occasion
    held_on: Annotated[date, Ask(quick=("today", "tomorrow"), prefer="future", help=True)]
    name: PersonName
    phone: Annotated[Phone, Ask(own=False, personal=True)]
    address: Annotated[str, Field(min_length=2, max_length=120), Ask(help=True)]
    unit: Annotated[str, Ask(options="units", search=False, given="address")]
    tables: Annotated[int, Field(ge=1, le=500)]
    guests: Annotated[int, Field(ge=1, le=5000)]
    origins: Annotated[set[From], Field(min_length=1)]
