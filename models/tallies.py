"""What a filed record counts for: figures with the unit and the instant that they belong to.

Written when it is filed, so that nobody decrypts a year of answers to count them. What supersedes
a record counts in its place, at its instant; what is withdrawn counts no more.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id
from models.registers import Submission

FOLLOWED = "followed"
"""The figure of what somebody has looked after."""

ADDED = "added"
"""The register of what somebody adds to a daily report: its figures are those of other sections,
"leads.new", and count there."""


class Tally(Base):
    """One figure of one record. `register` is the form's code."""

    __tablename__ = "tallies"
    __table_args__ = (Index("ix_tallies_unit_at", "unit_id", "at"),)

    id: Mapped[Id]
    register: Mapped[str] = mapped_column(String(40))
    figure: Mapped[str] = mapped_column(String(40))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    at: Mapped[datetime]
    n: Mapped[int]
    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), index=True)


async def tally(
    session: AsyncSession, record: Submission, figures: Mapping[str, int], at: datetime
) -> datetime:
    """Write down what a record counts for; the instant at which it counts.

    A correction moves what it corrects: it counts when that did, not today.
    """
    assert record.unit_id is not None, "a record that counts belongs to a unit"
    if record.supersedes_id is not None:
        at = await counted_at(session, record.supersedes_id) or at
        before = Tally.submission_id == record.supersedes_id
        await session.execute(delete(Tally).where(before, Tally.figure.in_(figures)))
        # What followed from it stays: somebody was visited.
        await session.execute(update(Tally).where(before).values(submission_id=record.id))
    rows = [
        {
            "register": record.form,
            "figure": figure,
            "unit_id": record.unit_id,
            "at": at,
            "n": n,
            "submission_id": record.id,
        }
        for figure, n in figures.items()
    ]
    if rows:
        await session.execute(insert(Tally), rows)
    return at


async def counted_at(session: AsyncSession, submission_id: int) -> datetime | None:
    """The instant at which a record counts; None when it does not."""
    return await session.scalar(
        select(Tally.at).where(Tally.submission_id == submission_id).limit(1)
    )


async def take_back(session: AsyncSession, submission_id: int) -> None:
    """It counts no more."""
    await session.execute(delete(Tally).where(Tally.submission_id == submission_id))
