"""An inspection: one walk through one venue, by the list as it stood when the walk began."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id


class Visit(StrEnum):
    DAILY = "daily"
    SUPERVISION = "supervision"  # unannounced, by those above


class Inspection(Base):
    """One inspection. `items` are the codes that were looked at, in their order."""

    __tablename__ = "inspections"

    id: Mapped[Id]
    venue_id: Mapped[int] = mapped_column(ForeignKey("venues.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), index=True)
    visit: Mapped[Visit] = mapped_column(String(12))
    outing_id: Mapped[int | None] = mapped_column(ForeignKey("outings.id"))  # of a supervision
    at: Mapped[datetime] = mapped_column(index=True)
    items: Mapped[list[str]] = mapped_column(default=list)
    failed: Mapped[int]
    signed_at: Mapped[datetime | None]
    signed_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
