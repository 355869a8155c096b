"""Patients with a fever at a clinic, which may not treat them: apart, told of, sent on (A29)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from handlers.engine.form import Ask, Celsius, PersonName, Phone
from handlers.registers.declaration import Brings, Register
from models.accounts import Role
from models.venues.kinds import VenueKind


class Symptom(StrEnum):
    FEVER = "fever"
    COUGH = "cough"
    THROAT = "throat"
    FATIGUE = "fatigue"
    DIARRHOEA = "diarrhoea"
    RASH = "rash"
    TASTE = "taste"  # or smell, that is gone


class Sent(StrEnum):
    WAITS = "waits"  # kept apart until somebody comes
    AMBULANCE = "ambulance"
    CLINIC = "clinic"  # the fever clinic, driven there
    LEFT = "left"  # she went away by herself


class FeverPatient(Register):
    """One patient; wherever she has gone, her grid finds out how she is within the hour."""

    code = "fever"
    enters = (Role.SENTINEL, Role.VENUE)
    kinds = (VenueKind.CLINIC,)
    verifies = Role.COMMUNITY
    reads = (Role.INSPECTOR,)
    brings = Brings(lambda _: True, shown=("temperature",))
    advice = {
        "apart": lambda told: told.sent == Sent.WAITS,
        "left": lambda told: told.sent == Sent.LEFT,
        "sent": lambda told: told.sent in (Sent.AMBULANCE, Sent.CLINIC),
    }
    counts = {
        "transferred": lambda told: told.sent in (Sent.AMBULANCE, Sent.CLINIC),
        "gone": lambda told: told.sent == Sent.LEFT,
        "travelled": lambda told: told.origin is not None,
    }

    name: PersonName
    phone: Annotated[Phone, Ask(own=False, personal=True)]
    address: Annotated[str, Field(min_length=2, max_length=120), Ask(personal=True)]
    temperature: Annotated[Celsius, Ask(quick=("37.5", "38"))]
    symptoms: Annotated[set[Symptom], Field(min_length=1)]
    origin: Annotated[
        str | None, Field(max_length=100), Ask(options="divisions", free=True, help=True)
    ] = None
    sent: Sent
