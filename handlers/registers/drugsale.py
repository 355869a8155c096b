"""Registered medicines: what a pharmacy sold to whom, and who has to be visited for it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from handlers.engine.form import Ask, Celsius, PersonName, Phone
from handlers.registers.declaration import FEVER, FollowUp, Register
from models.accounts import Role


class Drug(StrEnum):
    FEVER = "fever"
    COUGH = "cough"
    ANTIVIRAL = "antiviral"
    ANTIBIOTIC = "antibiotic"


class DrugSale(Register):
    """One sale (A28); the grid of a buyer with a fever looks after her within a day."""

    code = "drugsale"
    enters = (Role.SENTINEL,)
    verifies = Role.COMMUNITY
    reads = (Role.INSPECTOR,)
    follow_up = FollowUp(24, lambda sale: sale.temperature >= FEVER, ("well", "clinic", "absent"))
    counts = {
        "fever": lambda sale: sale.temperature >= FEVER,
        "referred": lambda sale: bool(sale.referred),
    }

    name: PersonName
    phone: Annotated[Phone, Ask(own=False, personal=True)]
    address: Annotated[str, Field(min_length=2, max_length=120), Ask(personal=True)]
    drugs: Annotated[set[Drug], Field(min_length=1)]
    temperature: Annotated[Celsius, Ask(quick=("36.5",))]
    referred: Annotated[bool, Ask(when=lambda a: a.temperature >= FEVER)]
