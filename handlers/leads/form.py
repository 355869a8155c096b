"""What a grid worker found out about a lead."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar

from handlers.engine.form import Answers, Ask, Form
from models.leads import LeadOutcome
from models.protocols import catalogue


class Finding(StrEnum):
    """She is to be observed, or the lead ends with one of the sheet's own reasons."""

    OBSERVE = "observe"
    NO_RISK = LeadOutcome.NO_RISK.value
    LEFT = LeadOutcome.LEFT.value
    OTHER_AREA = LeadOutcome.OTHER_AREA.value
    EMPTY_NUMBER = LeadOutcome.EMPTY_NUMBER.value
    NO_ANSWER = LeadOutcome.NO_ANSWER.value
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

    finding: Finding
    category: Annotated[str, Ask(when=_observed, options="categories", search=False)]
    anchor_on: Annotated[
        date, Ask(when=_observed, quick=("today", "yesterday"), prefer="past", help=True)
    ]
    home_ok: Annotated[bool, Ask(when=_home_matters)]
