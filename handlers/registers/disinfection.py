"""Disinfection: where, with what, by whom. A site without a record has not been disinfected."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from handlers.engine.form import Ask, Photo
from handlers.registers.declaration import Register
from models.accounts import Role
from models.venues.duties import Log


class Agent(StrEnum):
    CHLORINE = "chlorine"
    ALCOHOL = "alcohol"
    PEROXIDE = "peroxide"
    ULTRAVIOLET = "ultraviolet"


class Disinfection(Register):
    """One round of disinfection (A44)."""

    code = "disinfect"
    enters = (Role.VENUE, Role.GRID_WORKER, Role.COMMUNITY)
    verifies = Role.TOWNSHIP
    reads = (Role.INSPECTOR,)
    log = Log.DISINFECT
    counts = {"pictured": lambda told: told.photo is not None}

    place: Annotated[str, Field(min_length=1, max_length=60)]
    agent: Agent
    minutes: Annotated[int, Field(ge=1, le=600), Ask(quick=("30", "60"))]
    photo: Photo | None = None
