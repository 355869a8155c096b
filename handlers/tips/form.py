"""What somebody is asked who has seen something; what a worker adds to a true tip."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from handlers.engine.form import Ask, Form, Moment, PersonName, Phone, Photo
from models.tips import TipKind


class Signed(StrEnum):
    NAMED = "named"
    ANONYMOUS = "anonymous"


class TipForm(Form):
    """A tip (A59). The first question says what anonymous means."""

    code: ClassVar[str] = "tip"

    signed: Annotated[Signed, Ask(help=True)]
    kind: TipKind
    text: Annotated[str, Field(min_length=2, max_length=500), Ask(help=True)]
    place: Annotated[str, Field(min_length=2, max_length=200)]
    seen_at: Annotated[Moment, Ask(quick=("now",), prefer="past")]
    photo: Photo | None = None


class TipLead(Form):
    """A true tip about a returnee: whom to verify."""

    code: ClassVar[str] = "tiplead"

    name: PersonName
    phone: Annotated[Phone | None, Ask(own=False)] = None
    address: Annotated[str, Field(min_length=2, max_length=200)]
    arrived_at: Annotated[Moment, Ask(quick=("now",), prefer="past")]
