"""Resuming work: a venue promises and applies, an inspector looks, it opens or hears why not
(A40)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from handlers.engine.form import Ask
from handlers.registers.declaration import FollowUp, Register
from models.accounts import SUPERVISORS, Role
from models.obligations import Kind
from models.venues.kinds import VenueKind


class Promise(StrEnum):
    """What has to be in place before anybody works; all of it."""

    ROSTER = "roster"
    ENTRANCE = "entrance"
    TEMPERATURE = "temperature"
    DISINFECTION = "disinfection"
    SUPPLIES = "supplies"
    PLAN = "plan"


class Resume(Register):
    """One application; what is sent back is mended and looked at anew."""

    code = "resume"
    enters = (Role.VENUE,)
    kinds = tuple(VenueKind)
    reads = (Role.INSPECTOR, *SUPERVISORS)
    follow_up = FollowUp(
        48,
        lambda _: True,
        ("passed", "refused"),
        words="resumption",
        about=("staff", "isolation"),
        kind=Kind.CHECK,
        workdays=2,
        opens="passed",
        returns="refused",
    )

    promises: Annotated[set[Promise], Field(min_length=len(Promise)), Ask(help=True)]
    staff: Annotated[int, Field(ge=1, le=100_000)]
    isolation: Annotated[str, Field(min_length=1, max_length=60), Ask(help=True)]
