"""A problem of a venue: an entity of its own, from the finding to the closing and beyond.

issued -> acknowledged -> proved -> closed; sent back, it is issued again; what comes back after
its closing is the same problem once more, with its history.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id
from models.crypto import Sealed
from models.messages import Text
from models.venues.kinds import item_text


class State(StrEnum):
    ISSUED = "issued"
    ACKNOWLEDGED = "acknowledged"
    PROVED = "proved"
    CLOSED = "closed"


class Step(StrEnum):
    """What happened to a problem."""

    FOUND = "found"
    SPOT = "spot"  # found and put right before the inspector's eyes
    SEEN = "seen"  # found again while it was still open
    ACKNOWLEDGED = "acknowledged"
    PROVED = "proved"
    RETURNED = "returned"  # the proof was not enough
    CLOSED = "closed"
    HELD = "held"  # looked at once more: still right
    RELAPSED = "relapsed"  # it is back
    DROPPED = "dropped"  # the venue is no more


class Problem(Base):
    """One problem. `item` is the item of the checklist, `rounds` how often it has been issued
    anew, `relapses` how often it came back after its closing."""

    __tablename__ = "problems"
    __table_args__ = (Index("ix_problems_venue_item", "venue_id", "item"),)

    id: Mapped[Id]
    venue_id: Mapped[int] = mapped_column(ForeignKey("venues.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    inspection_id: Mapped[int] = mapped_column(ForeignKey("inspections.id"), index=True)
    item: Mapped[str] = mapped_column(String(40))
    item_words: Mapped[str | None] = mapped_column(String(200))  # of a district's own item
    star: Mapped[bool]
    word: Mapped[str | None] = mapped_column(Sealed("problems.word"))
    photo: Mapped[str | None] = mapped_column(Sealed("problems.photo"))
    state: Mapped[State] = mapped_column(String(12))
    found_at: Mapped[datetime] = mapped_column(index=True)
    found_by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    due_at: Mapped[datetime]
    proved_at: Mapped[datetime | None]  # since when a proof waits for a look
    closed_at: Mapped[datetime | None]
    rounds: Mapped[int] = mapped_column(default=0)
    relapses: Mapped[int] = mapped_column(default=0)

    @property
    def text(self) -> Text:
        """What was to be so, and was not."""
        return item_text(self.item, self.item_words)

    def is_open(self) -> bool:
        return self.state != State.CLOSED


class ProblemStep(Base):
    """One line of a problem's history."""

    __tablename__ = "problem_steps"

    id: Mapped[Id]
    problem_id: Mapped[int] = mapped_column(ForeignKey("problems.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    step: Mapped[Step] = mapped_column(String(12))
    at: Mapped[datetime] = mapped_column(index=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    inspection_id: Mapped[int | None] = mapped_column(ForeignKey("inspections.id"), index=True)
    word: Mapped[str | None] = mapped_column(Sealed("problem_steps.word"))
    photo: Mapped[str | None] = mapped_column(Sealed("problem_steps.photo"))
    purge_on: Mapped[date] = mapped_column(index=True)
