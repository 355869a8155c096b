"""What a grid worker found out about a lead."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from handlers.engine.form import Answers, Ask, Form, Moment, PersonName, Phone
from models.attempts import Way
from models.identity import IdDocument
from models.leads import LeadOutcome, LeadSource
from models.protocols import catalogue


class Finding(StrEnum):
    """She is to be observed, or one of the sheet's own reasons. The undecided ones are attempts."""

    OBSERVE = "observe"
    NO_RISK = LeadOutcome.NO_RISK.value
    LEFT = LeadOutcome.LEFT.value
    OTHER_AREA = LeadOutcome.OTHER_AREA.value
    EMPTY_NUMBER = LeadOutcome.EMPTY_NUMBER.value
    NO_ANSWER = LeadOutcome.NO_ANSWER.value
    SYSTEM_FAULT = LeadOutcome.SYSTEM_FAULT.value
    DUPLICATE = LeadOutcome.DUPLICATE.value


def _observed(answers: Answers) -> bool:
    return bool(answers.finding == Finding.OBSERVE)


def _home_matters(answers: Answers) -> bool:
    """Only where the pack has another measure for somebody who cannot stay at home."""
    if not _observed(answers) or not answers.category:
        return False
    pack_id, _, category = answers.category.partition("/")
    rules = catalogue.get(pack_id).categories[category].fallbacks
    return any(rule.when == "no_home" for rule in rules)


class Verification(Form):
    """The one verification form of every lead, whatever channel it came by."""

    code: ClassVar[str] = "verification"
    version: ClassVar[int] = 2

    finding: Finding
    way: Annotated[Way, Ask(when=lambda a: a.finding == Finding.NO_ANSWER)]
    place: Annotated[
        str,
        Field(max_length=120),
        Ask(when=lambda a: a.finding == Finding.OTHER_AREA, options="places", free=True, help=True),
    ]
    category: Annotated[str, Ask(when=_observed, options="categories", search=False)]
    anchor_on: Annotated[
        date, Ask(when=_observed, quick=("today", "yesterday"), prefer="past", help=True)
    ]
    home_ok: Annotated[bool, Ask(when=_home_matters)]


class Channel(StrEnum):
    """The channels that staff bring leads by."""

    TIP = LeadSource.TIP.value
    CHECKPOINT = LeadSource.CHECKPOINT.value
    INQUIRY = LeadSource.INQUIRY.value
    PUSHED = LeadSource.PUSHED.value


def _in_a_letter(answers: Answers) -> bool:
    return bool(answers.channel == Channel.INQUIRY)


class NewLead(Form):
    """Somebody whom a tip, a checkpoint, a letter or a call from above names; papers or a phone."""

    code: ClassVar[str] = "newlead"

    channel: Channel
    number: Annotated[str, Field(min_length=1, max_length=60), Ask(when=_in_a_letter)]
    place: Annotated[
        str, Field(max_length=120), Ask(when=_in_a_letter, options="divisions", free=True)
    ]
    due_at: Annotated[Moment | None, Ask(when=_in_a_letter, prefer="future", help=True)] = None
    name: Annotated[PersonName, Ask(also=("document",))]
    document: Annotated[IdDocument | None, Ask(personal=True)] = None
    phone: Annotated[Phone, Ask(when=lambda a: a.document is None, own=False, help=True)]
    other_phone: Annotated[Phone | None, Ask(when=lambda a: a.document is not None, own=False)] = (
        None
    )
    address: Annotated[str, Field(min_length=2, max_length=200), Ask(help=True)]
    unit: Annotated[str, Ask(options="units", search=False, given="address")]
    origin: Annotated[str | None, Field(max_length=100), Ask(options="divisions", free=True)] = None


class Paper(Form):
    """The document of somebody who was reported without one."""

    code: ClassVar[str] = "paper"

    document: Annotated[IdDocument, Ask(personal=True)]
