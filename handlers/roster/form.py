"""What is asked when the base roster is mended: one small form a deed."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar

from handlers.engine.form import Answers, Ask, Form, PersonName, Phone
from models.identity import IdDocument
from models.people import Care, Residence


def _rents(answers: Answers) -> bool:
    return bool(answers.residence == Residence.TENANT)


class Newcomer(Form):
    """Somebody who lives behind this door and is not in the roster; the door is known."""

    code: ClassVar[str] = "newcomer"

    name: Annotated[PersonName, Ask(also=("document",))]
    document: Annotated[IdDocument | None, Ask(help=True, personal=True)] = None
    phone: Annotated[Phone | None, Ask(own=False, personal=True)] = None
    residence: Residence
    landlord_name: Annotated[PersonName | None, Ask(when=_rents)] = None
    landlord_phone: Annotated[Phone | None, Ask(when=_rents, own=False, personal=True)] = None


class MoveOut(Form):
    """Somebody who lives here no more."""

    code: ClassVar[str] = "moveout"
    review: ClassVar[bool] = False

    on: Annotated[date, Ask(quick=("today", "yesterday"), help=True)]


class NewPhone(Form):
    """Another number, which replaces the one on record."""

    code: ClassVar[str] = "newphone"
    review: ClassVar[bool] = False

    phone: Annotated[Phone, Ask(own=False, personal=True)]


class Letting(Form):
    """Somebody who lives here rents: since when, from whom."""

    code: ClassVar[str] = "letting"
    review: ClassVar[bool] = False

    since_on: Annotated[date | None, Ask(quick=("today",), help=True)] = None
    landlord_name: PersonName | None = None
    landlord_phone: Annotated[Phone | None, Ask(own=False, personal=True)] = None


class NewHead(Form):
    """Who speaks for the household."""

    code: ClassVar[str] = "newhead"
    review: ClassVar[bool] = False

    head: Annotated[str, Ask(options="household", search=False)]


class Caring(Form):
    """The special groups that somebody belongs to."""

    code: ClassVar[str] = "caring"
    review: ClassVar[bool] = False

    groups: set[Care]
