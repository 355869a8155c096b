"""What a worker is asked at a door: about somebody new, somebody ill, and about a round."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar

from pydantic import Field

from handlers.engine.form import Ask, Celsius, Form, Moment, PersonName, Phone, Transport
from models.identity import IdDocument
from models.papers import Lacking
from models.symptoms import Symptom


class Arrival(Form):
    """Somebody whom the roster does not know (A1, A2): the self-report's questions without those
    that the door has answered."""

    code: ClassVar[str] = "arrival"
    version: ClassVar[int] = 2

    name: Annotated[PersonName, Ask(also=("document",))]
    phone: Annotated[Phone | None, Ask(own=False, help=True)] = None
    document: Annotated[IdDocument | None, Ask(help=True, personal=True)] = None
    lacks: Annotated[Lacking, Ask(when=lambda a: a.document is None)]
    origin: Annotated[str, Field(max_length=100), Ask(options="divisions", free=True, help=True)]
    arrival_at: Annotated[Moment, Ask(quick=("now",), prefer="past", help=True)]
    transport: Annotated[Transport, Ask(help=True)]


class Papers(Form):
    """What somebody could not show when she was found."""

    code: ClassVar[str] = "papers"

    document: Annotated[IdDocument, Ask(help=True, personal=True)]


class Unwell(Form):
    """Somebody behind a door is not well; the team is called."""

    code: ClassVar[str] = "unwell"
    review: ClassVar[bool] = False

    member: Annotated[str, Ask(options="members", search=False)]
    temperature: Annotated[Celsius | None, Ask(also=("symptoms",), help=True)] = None
    symptoms: set[Symptom]


class CallBack(Form):
    """Who found a slip at her door would like to be called."""

    code: ClassVar[str] = "callback"
    review: ClassVar[bool] = False

    phone: Annotated[Phone, Ask(help=True)]


class NewRound(Form):
    """A round of visits for a unit and all below it."""

    code: ClassVar[str] = "newround"

    purpose: Annotated[str, Field(min_length=2, max_length=40)]
    until_on: Annotated[date, Ask(prefer="future", help=True)]
