"""Episodes of observation: one person, one category of one pack, from the anchor day to release."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id


class EpisodeEnd(StrEnum):
    RELEASED = "released"
    TRANSFERRED = "transferred"  # handed to a hospital or another district
    CANCELLED = "cancelled"  # opened in error


class Episode(Base):
    """Keeps the pack version that it began with."""

    __tablename__ = "episodes"

    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("leads.id"))
    pack: Mapped[str] = mapped_column(String(40))
    pack_version: Mapped[int]
    category: Mapped[str] = mapped_column(String(40))
    anchor_on: Mapped[date]
    conditions: Mapped[list[str]] = mapped_column(default=list)  # of her household: "no_home"
    opened_at: Mapped[datetime] = mapped_column(index=True)
    opened_by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    ends_on: Mapped[date]
    outcome: Mapped[EpisodeEnd | None] = mapped_column(String(12))
    outcome_at: Mapped[datetime | None] = mapped_column(index=True)
    outcome_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))


async def running_episode(session: AsyncSession, person_id: int) -> Episode | None:
    """The person's episode under way."""
    return await session.scalar(
        select(Episode)
        .where(Episode.person_id == person_id, Episode.outcome.is_(None))
        .order_by(Episode.id.desc())
        .limit(1)
    )
