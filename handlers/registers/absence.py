"""Pupils who are absent because they are ill: tracked until they are back."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from handlers.engine.form import Ask, PersonName, Phone
from handlers.registers.declaration import FollowUp, Register
from models.accounts import Role


class Illness(StrEnum):
    FEVER = "fever"
    COUGH = "cough"
    RASH = "rash"
    STOMACH = "stomach"
    OTHER = "other"


class Absence(Register):
    """One pupil absent for illness (A31); the school asks again the next day."""

    code = "absence"
    enters = (Role.VENUE,)
    verifies = Role.COMMUNITY
    follow_up = FollowUp(24, lambda told: not told.seen, ("back", "clinic", "still"))
    counts = {
        "fever": lambda told: Illness.FEVER in told.illness,
        "unseen": lambda told: not told.seen,
    }

    name: PersonName
    classroom: Annotated[str, Field(min_length=1, max_length=30)]
    illness: Annotated[set[Illness], Field(min_length=1)]
    seen: bool
    phone: Annotated[Phone, Ask(own=False, personal=True)]
    address: Annotated[str, Field(min_length=2, max_length=120), Ask(personal=True)]
