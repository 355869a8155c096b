"""Suggestions: what whoever inspected would advise, the venue or its unit. No problem, no deadline,
and a figure of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, String, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id
from models.crypto import Sealed
from models.venues.inspection import Inspection, Visit
from models.verification import KEEP_DAYS


class To(StrEnum):
    """Whom a suggestion is for."""

    VENUE = "venue"
    UNIT = "unit"


class Suggestion(Base):
    """One suggestion, made after an inspection."""

    __tablename__ = "suggestions"

    id: Mapped[Id]
    venue_id: Mapped[int] = mapped_column(ForeignKey("venues.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    inspection_id: Mapped[int] = mapped_column(ForeignKey("inspections.id"))
    visit: Mapped[Visit] = mapped_column(String(12))
    whom: Mapped[To] = mapped_column(String(8))
    by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    at: Mapped[datetime] = mapped_column(index=True)
    word: Mapped[str | None] = mapped_column(Sealed("suggestions.word"))
    purge_on: Mapped[date] = mapped_column(index=True)


@dataclass(frozen=True, slots=True)
class Advice:
    """What is suggested to whom."""

    whom: To
    word: str


async def suggest(
    session: AsyncSession, row: Inspection, advice: Advice, by: int, now: datetime
) -> Suggestion:
    """Keep a suggestion that came of this inspection."""
    made = Suggestion(
        venue_id=row.venue_id,
        unit_id=row.unit_id,
        inspection_id=row.id,
        visit=row.visit,
        whom=advice.whom,
        by_id=by,
        at=now,
        word=advice.word,
        purge_on=(now + timedelta(days=KEEP_DAYS)).date(),
    )
    session.add(made)
    await session.flush()
    return made


async def latest_suggestions(
    session: AsyncSession, venue_id: int, limit: int, *, own: bool = False
) -> tuple[int, Sequence[Suggestion]]:
    """How many there are, and the latest of them; `own`: those for the venue itself."""
    mine = [Suggestion.venue_id == venue_id, Suggestion.word.is_not(None)]
    if own:
        mine.append(Suggestion.whom == To.VENUE)
    n = await session.scalar(select(func.count()).select_from(Suggestion).where(*mine))
    query = select(Suggestion).where(*mine).order_by(Suggestion.at.desc(), Suggestion.id.desc())
    return n or 0, (await session.scalars(query.limit(limit))).all()
