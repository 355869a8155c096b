"""Goods into and out of a cold store: what lacks a paper stays where it is (A46, A47)."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from handlers.engine.form import Ask, Photo
from handlers.registers.declaration import FollowUp, Register
from models.accounts import Role
from models.obligations import Kind
from models.venues.kinds import VenueKind


class Direction(StrEnum):
    IN = "in"
    OUT = "out"


class Paper(StrEnum):
    """Two certificates, a report, a trace (两证明一报告一信息)."""

    QUARANTINE = "quarantine"
    DISINFECTION = "disinfection"
    TEST = "test"
    TRACE = "trace"


class ColdChain(Register):
    """One vehicle or batch; a missing paper calls an inspector, and nothing moves until then."""

    code = "coldchain"
    enters = (Role.VENUE,)
    kinds = (VenueKind.COLD_STORE,)
    verifies = Role.TOWNSHIP
    reads = (Role.INSPECTOR, Role.COMMUNITY)
    follow_up = FollowUp(
        2,
        lambda told: bool(told.missing),
        ("supplied", "refused", "sealed"),
        words="lacking",
        about=("plate", "goods", "missing"),
        kind=Kind.CHECK,
    )
    advice = {
        "not_in": lambda told: bool(told.missing) and told.direction == Direction.IN,
        "not_out": lambda told: bool(told.missing) and told.direction == Direction.OUT,
    }
    counts = {
        "in": lambda told: told.direction == Direction.IN and not told.missing,
        "out": lambda told: told.direction == Direction.OUT and not told.missing,
        "lacking": lambda told: bool(told.missing),
    }
    heading = "plate"

    direction: Direction
    plate: Annotated[str, Field(min_length=2, max_length=20)]
    goods: Annotated[str, Field(min_length=1, max_length=60), Ask(help=True)]
    tonnes: Annotated[Decimal, Field(gt=0, le=1000)]
    origin: Annotated[str, Field(min_length=1, max_length=60)]
    missing: Annotated[set[Paper], Ask(help=True)]
    photo: Photo | None = None
