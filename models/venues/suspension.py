"""A suspension of a venue's business, from its draft to the look before the venue opens again."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id
from models.crypto import Sealed
from models.venues.ladder import Ground


class Standing(StrEnum):
    """Where a suspension stands."""

    DRAFTED = "drafted"  # waits for an officer
    ISSUED = "issued"  # the venue is closed
    REFUSED = "refused"
    LAPSED = "lapsed"  # overtaken before anybody decided
    ENDED = "ended"  # looked at, and open again


class Suspension(Base):
    """One suspension. `problem_ids` are its basis; `extends_id` is the closure that a draft would
    prolong. `officer_id`: to whom it was addressed, whoever answers for the venue outside since.
    The first and the last day of a closure are `from_on` and `until_on`; `look_at` is when somebody
    is to look again, `looks` how often that was put off."""

    __tablename__ = "suspensions"

    id: Mapped[Id]
    venue_id: Mapped[int] = mapped_column(ForeignKey("venues.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    ground: Mapped[Ground] = mapped_column(String(16))
    problem_ids: Mapped[list[str]] = mapped_column(default=list)
    days: Mapped[int]
    state: Mapped[Standing] = mapped_column(String(10))
    extends_id: Mapped[int | None] = mapped_column(ForeignKey("suspensions.id"))
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("assignments.id"))
    drafted_at: Mapped[datetime] = mapped_column(index=True)
    drafted_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))  # None: the program
    issued_at: Mapped[datetime | None]
    issued_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    from_on: Mapped[date | None]
    until_on: Mapped[date | None]
    look_at: Mapped[datetime | None]
    looks: Mapped[int] = mapped_column(default=0)
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    word: Mapped[str | None] = mapped_column(Sealed("suspensions.word"))  # of who drafts or refuses
    purge_on: Mapped[date] = mapped_column(index=True)

    def problems(self) -> list[int]:
        return [int(number) for number in self.problem_ids]
