"""Supervision teams and their days: who goes where on which day, without telling anybody before.

One day of a team, or of somebody who supervises alone, is one outing, however many venues it sees.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id


class Why(StrEnum):
    """Why a venue is among those of a team's day."""

    RELAPSED = "relapsed"
    COLOUR = "colour"
    PROBLEMS = "problems"
    UNSEEN = "unseen"
    DRAWN = "drawn"


class Team(Base):
    """A supervision team of a unit."""

    __tablename__ = "teams"
    __table_args__ = (UniqueConstraint("unit_id", "name"),)

    id: Mapped[Id]
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    name: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime]


class Outing(Base):
    """One day of a team, or of `account_id` alone. `sites` are the venues that it was given, each
    as "12:relapsed", drawn when somebody first asked for them; `begun_at` is the first walk."""

    __tablename__ = "outings"
    __table_args__ = (
        UniqueConstraint("team_id", "on"),
        UniqueConstraint("account_id", "on"),
    )

    id: Mapped[Id]
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    on: Mapped[date] = mapped_column(index=True)
    sites: Mapped[list[str]] = mapped_column(default=list)
    begun_at: Mapped[datetime | None] = mapped_column(index=True)

    def given(self) -> dict[int, Why]:
        """The venues that it was given, and why each."""
        parts = (site.split(":") for site in self.sites)
        return {int(number): Why(why) for number, why in parts}


class OutingMember(Base):
    """Who goes on an outing."""

    __tablename__ = "outing_members"
    __table_args__ = (UniqueConstraint("outing_id", "assignment_id"),)

    id: Mapped[Id]
    outing_id: Mapped[int] = mapped_column(ForeignKey("outings.id"))
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignments.id"), index=True)
