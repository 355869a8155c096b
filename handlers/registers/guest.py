"""Guests of a hotel: in by their papers and where they come from, out in two taps (A23)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from handlers.engine.form import Ask, Form, Moment, PersonName, Phone, Transport
from handlers.registers.declaration import Brings, Register
from models.accounts import Role
from models.identity import IdDocument
from models.sources import Told
from models.venues.kinds import VenueKind


class Companion(Form):
    """Somebody who shares the room."""

    code: ClassVar[str] = "companion"
    review: ClassVar[bool] = False

    name: Annotated[PersonName, Ask(also=("document",))]
    document: Annotated[IdDocument, Ask(personal=True)]


class Guest(Register):
    """Who moved in; from a listed area she is at once a lead of the hotel's own community."""

    code = "guest"
    enters = (Role.VENUE,)
    kinds = (VenueKind.HOTEL,)
    verifies = Role.COMMUNITY
    reads = (Role.INSPECTOR,)
    stays = True
    origin_field = "origin"
    brings = Brings(lambda _: False, shown=("room",), at_home=False, listed=True)

    name: Annotated[PersonName, Ask(also=("document",))]
    document: Annotated[IdDocument, Ask(personal=True)]
    phone: Annotated[Phone, Ask(own=False, personal=True)]
    origin: Annotated[str, Field(max_length=100), Ask(options="divisions", free=True)]
    transport: Transport
    tested_at: Annotated[Moment | None, Ask(prefer="past", help=True)] = None
    room: Annotated[str, Field(min_length=1, max_length=20)]
    companions: Annotated[list[Companion], Field(max_length=8)]

    @property
    def people(self) -> int:
        return 1 + len(self.companions)

    def told(self) -> Sequence[Told]:
        """Everybody in the room."""
        (first,) = super().told()
        others = [replace(first, name=one.name, document=one.document) for one in self.companions]
        return [first, *others]


class Towards(StrEnum):
    HOME = "home"
    HERE = "here"  # she stays in the district
    ONWARD = "onward"


class GuestOut(Register):
    """Who moved out, and where to."""

    code = "guestout"
    review = False
    enters = Guest.enters
    kinds = Guest.kinds
    exits = Guest

    towards: Towards
    place: Annotated[
        str,
        Field(max_length=100),
        Ask(when=lambda a: a.towards == Towards.ONWARD, options="divisions", free=True),
    ]
