"""What is in store: each count of an item stands until the next one of the same store.

A count is one row with figures alone, so that nobody decrypts records to say for how many days
something lasts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id
from models.registers import Submission

ENOUGH, NEARLY_OUT = 30, 7  # days: stock for a month is asked for, a week is too little (A55)


class Item(StrEnum):
    MASK = "mask"
    SUIT = "suit"
    GLOVES = "gloves"
    DISINFECTANT = "disinfectant"
    KIT = "kit"  # antigen tests
    THERMOMETER = "thermometer"
    MEDICINE = "medicine"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Level:
    """How much there is of an item, and how much is used in a day."""

    item: Item
    stock: int
    used: int

    @property
    def days(self) -> int:
        """For how many days it lasts: ENOUGH where nothing is used and something is there."""
        if self.used:
            return self.stock // self.used
        return ENOUGH if self.stock else 0


class Stock(Base):
    """An item as it was counted. `keeper_id`: whose store it is, besides the unit's own."""

    __tablename__ = "stocks"
    __table_args__ = (Index("ix_stocks_store", "unit_id", "item", "at"),)

    id: Mapped[Id]
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    keeper_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    item: Mapped[Item] = mapped_column(String(16))
    stock: Mapped[int]
    used: Mapped[int]
    at: Mapped[datetime]
    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), index=True)


async def keep(
    session: AsyncSession, record: Submission, level: Level, keeper_id: int | None, at: datetime
) -> None:
    """The store was counted. A correction stands in the place of what it corrects."""
    assert record.unit_id is not None, "a record that counts belongs to a unit"
    if record.supersedes_id is not None:
        before = select(Stock).where(Stock.submission_id == record.supersedes_id)
        corrected = await session.scalar(before)
        keeper_id = corrected.keeper_id if corrected else keeper_id
        await forget(session, record.supersedes_id)
    session.add(
        Stock(
            unit_id=record.unit_id,
            keeper_id=keeper_id,
            item=level.item,
            stock=level.stock,
            used=level.used,
            at=at,
            submission_id=record.id,
        )
    )


async def forget(session: AsyncSession, submission_id: int) -> None:
    """It was an error."""
    await session.execute(delete(Stock).where(Stock.submission_id == submission_id))
