"""Leads: somebody may need observation, and a grid worker finds out."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id
from models.crypto import Sealed


class LeadSource(StrEnum):
    """How we heard of the person: the six channels of discovery, and those who watch (A29)."""

    SELF_REPORT = "self_report"
    VISIT = "visit"
    PUSHED = "pushed"
    INQUIRY = "inquiry"
    TIP = "tip"
    CHECKPOINT = "checkpoint"
    SENTINEL = "sentinel"  # a pharmacy, a clinic, a hotel: by its register


class LeadOutcome(StrEnum):
    """How a lead ended, in the reasons that the field's own sheet has."""

    VERIFIED = "verified"
    NO_RISK = "no_risk"
    LEFT = "left"
    OTHER_AREA = "other_area"
    EMPTY_NUMBER = "empty_number"
    NO_ANSWER = "no_answer"
    SYSTEM_FAULT = "system_fault"  # the platform that pushed it cannot be asked
    DUPLICATE = "duplicate"
    MERGED = "merged"  # a newer report of the same person took its place
    WITHDRAWN = "withdrawn"


# Not found out yet: an attempt each, and an end only after as many as the district asks for.
UNDECIDED = (LeadOutcome.NO_ANSWER, LeadOutcome.SYSTEM_FAULT)
DISMISSALS = (
    LeadOutcome.NO_RISK,
    LeadOutcome.LEFT,
    LeadOutcome.OTHER_AREA,
    LeadOutcome.EMPTY_NUMBER,
    LeadOutcome.NO_ANSWER,
    LeadOutcome.SYSTEM_FAULT,
    LeadOutcome.DUPLICATE,
)


class Lead(Base):
    """One person to verify. `expected_at` is the promised arrival, past when she is here.

    `source` is the channel that came first: by it she is counted once. All of them are in sources.
    """

    __tablename__ = "leads"

    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))  # who is told
    submission_id: Mapped[int | None] = mapped_column(ForeignKey("submissions.id"))
    source: Mapped[LeadSource] = mapped_column(String(12))
    origin: Mapped[str | None] = mapped_column(Sealed("leads.origin"))
    transport: Mapped[str | None] = mapped_column(Sealed("leads.transport"))
    place: Mapped[str | None] = mapped_column(Sealed("leads.place"))  # where she is, if elsewhere
    expected_at: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(index=True)
    known_at: Mapped[datetime | None]  # when this arrival was told, before it or after
    claimed_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    claimed_at: Mapped[datetime | None]
    outcome: Mapped[LeadOutcome | None] = mapped_column(String(14))
    outcome_at: Mapped[datetime | None] = mapped_column(index=True)
    outcome_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    purge_on: Mapped[date] = mapped_column(index=True)
