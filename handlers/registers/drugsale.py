"""Registered medicines: what a pharmacy sold to whom, and who has to be visited for it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from handlers.engine.form import Ask, Celsius, PersonName, Phone
from handlers.registers.declaration import FEVER, Brings, Register
from models.accounts import Role
from models.venues.kinds import VenueKind


class Drug(StrEnum):
    FEVER = "fever"
    COUGH = "cough"
    ANTIVIRAL = "antiviral"
    ANTIBIOTIC = "antibiotic"


def feverish(sale: DrugSale) -> bool:
    return sale.temperature >= FEVER


class DrugSale(Register):
    """One sale (A28); a buyer with a fever is a lead at her grid."""

    code = "drugsale"
    enters = (Role.SENTINEL, Role.VENUE)
    kinds = (VenueKind.PHARMACY,)
    verifies = Role.COMMUNITY
    reads = (Role.INSPECTOR,)
    brings = Brings(feverish, shown=("temperature",))
    advice = {"fever": feverish}
    counts = {
        "fever": feverish,
        "referred": lambda sale: bool(sale.referred),
    }

    name: PersonName
    phone: Annotated[Phone, Ask(own=False, personal=True)]
    address: Annotated[str, Field(min_length=2, max_length=120), Ask(personal=True)]
    drugs: Annotated[set[Drug], Field(min_length=1)]
    temperature: Annotated[Celsius, Ask(quick=("36.5",))]
    referred: Annotated[bool, Ask(when=lambda a: a.temperature >= FEVER)]
