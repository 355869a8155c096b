"""Three forms that use every kind of question: a self-report, a check-in, a venue inspection."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from engine_walk import Walk
from pydantic import Field

from handlers.engine.context import Option
from handlers.engine.form import (
    Ask,
    Celsius,
    Checklist,
    Form,
    Location,
    Moment,
    PersonName,
    Phone,
    Photo,
    Transport,
)
from models.identity import IdDocument
from models.messages import verbatim


class Symptom(StrEnum):
    COUGH = "cough"
    FATIGUE = "fatigue"
    SORE_THROAT = "sore_throat"


class Whom(StrEnum):
    SELF = "self"
    FAMILY = "family"


class Person(Form):
    code = "companion"
    name: PersonName
    age: Annotated[int, Field(ge=0, le=120)]


class Report(Form):
    code = "report"
    whom: Whom
    name: Annotated[PersonName, Ask(also=("document",))]
    phone: Annotated[Phone, Ask(own=lambda a: a.whom == Whom.SELF, personal=True)]
    document: Annotated[IdDocument, Ask(personal=True)]
    origin: Annotated[str, Ask(options="divisions", free=True)]
    left_on: Annotated[date, Ask(prefer="past", quick=("today", "yesterday"))]
    arrived: bool
    arrival_at: Annotated[Moment, Ask(when=lambda a: a.arrived is False, quick=("now",))]
    transport: Transport | None
    companions: list[Person]
    address: Annotated[str, Field(min_length=2, max_length=200), Ask(help=True)]
    door: Location | None = None


class Well(Form):
    code = "well"
    review = False
    temperature: Annotated[Celsius, Ask(also=("symptoms",), quick=("36.3", "36.8"))]
    symptoms: set[Symptom]
    medicine: Annotated[bool, Ask(when=lambda a: a.temperature >= 37.3)]
    dose: Annotated[Decimal | None, Field(gt=0, le=10), Ask(when=lambda a: a.medicine)] = None


class Illness(Form):
    code = "illness"
    item: str
    temperature: Annotated[Celsius, Ask(also=("symptoms",))]
    symptoms: set[Symptom]


class Household(Form):
    code = "household"
    members: Annotated[list[Illness], Checklist(options="members")]


class Defect(Form):
    code = "defect"
    item: str
    picture: Annotated[Photo, Ask(also=("word",))]
    word: Annotated[str, Field(max_length=100)]


class Inspection(Form):
    code = "inspection"
    venue: Annotated[str, Ask(options="venues", search=False)]
    items: Annotated[list[Defect], Checklist(options="items")]
    remark: Annotated[str | None, Ask(when=lambda a: bool(a.items))] = None


PLACES = ("四川省成都市武侯区", "四川省成都市青羊区", "北京市朝阳区", "吉林省长春市朝阳区")


def divisions(query: str) -> Sequence[Option]:
    found = [(i, place) for i, place in enumerate(PLACES) if query in place]
    return [Option(f"{510000 + i}", verbatim(p), exact=p.endswith(query)) for i, p in found]


def numbered(noun: str, many: int):
    return lambda query: [Option(f"{noun}{i}", verbatim(f"{noun} {i}")) for i in range(many)]


NAMES = ("王芳", "李强", "王小明", "奶奶")
MEMBERS = [Option(str(i), verbatim(name)) for i, name in enumerate(NAMES)]
SOURCES = {
    "divisions": divisions,
    "venues": numbered("venue", 19),
    "items": numbered("item", 12),
    "members": lambda query: MEMBERS,
}


FORMS = (Report, Well, Household, Inspection)


def walk(form: type[Form], **known: object) -> Walk:
    """A conversation that has just begun."""
    return Walk(form, SOURCES).begin(**known)
