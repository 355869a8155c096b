"""What a returnee is asked: at most eight answers when the gate's QR code told the grid."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from handlers.engine.form import Ask, Form, Moment, PersonName, Phone, Transport
from models.identity import IdDocument


class Whom(StrEnum):
    """Consent and the first answer in one tap."""

    SELF = "self"
    FAMILY = "family"


class SelfReport(Form):
    """A self-declaration (A1): who, from where, when, how, to which address."""

    code: ClassVar[str] = "selfreport"

    whom: Whom
    name: Annotated[PersonName, Ask(also=("document",))]
    phone: Annotated[Phone, Ask(when=lambda a: a.whom != Whom.FAMILY, help=True)]
    family_phone: Annotated[
        Phone | None, Ask(when=lambda a: a.whom == Whom.FAMILY, own=False, help=True)
    ] = None
    document: Annotated[IdDocument, Ask(help=True, personal=True)]
    origin: Annotated[str, Field(max_length=100), Ask(options="divisions", free=True, help=True)]
    arrival_at: Annotated[Moment, Ask(quick=("now",), help=True)]
    transport: Annotated[Transport, Ask(help=True)]
    address: Annotated[str, Field(min_length=2, max_length=200), Ask(help=True)]
    unit: Annotated[str, Ask(options="units", search=False, given="address")]
