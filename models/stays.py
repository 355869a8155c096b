"""Who is in: an entry record lets somebody into a venue, an exit record out again.

The record holds who it is; here stands only that she is in, and how many with her.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, Select, String, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.access import under
from models.accounts import Role
from models.actors import Actor
from models.base import Base, Id
from models.messages import UserError
from models.registers import Submission
from models.venues.access import managed
from models.venues.venue import Venue


class Stay(Base):
    """So many `people` of one entry record, in a venue until the exit record."""

    __tablename__ = "stays"

    id: Mapped[Id]
    register: Mapped[str] = mapped_column(String(40))  # the entry's form
    record_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), unique=True)
    venue_id: Mapped[int] = mapped_column(ForeignKey("venues.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    people: Mapped[int]
    since_at: Mapped[datetime]
    until_at: Mapped[datetime | None]
    exit_id: Mapped[int | None] = mapped_column(ForeignKey("submissions.id"), index=True)


async def let_in(
    session: AsyncSession, record: Submission, venue: Venue, people: int, at: datetime
) -> None:
    """She is in; a correction is about the same stay."""
    stay = await _by_entry(session, record.supersedes_id)
    if stay is None:
        stay = Stay(register=record.form, venue_id=venue.id, unit_id=venue.unit_id, since_at=at)
        session.add(stay)
    stay.record_id, stay.people = record.id, people
    await session.flush()


async def let_out(session: AsyncSession, stay: Stay, record: Submission, now: datetime) -> None:
    """She is out; a correction of how leaves the hour alone."""
    if stay.until_at is not None and stay.exit_id != record.supersedes_id:
        raise UserError("stay.over")
    stay.until_at, stay.exit_id = stay.until_at or now, record.id
    await session.flush()


async def take_stay_back(session: AsyncSession, record: Submission) -> None:
    """An entry that was none, or an exit that was none."""
    entered = await _by_entry(session, record.id)
    left = await session.scalar(select(Stay).where(Stay.exit_id == record.id))
    if entered is not None:
        await session.delete(entered)
    elif left is not None:
        left.until_at = left.exit_id = None
    await session.flush()


async def _by_entry(session: AsyncSession, record_id: int | None) -> Stay | None:
    if record_id is None:
        return None
    return await session.scalar(select(Stay).where(Stay.record_id == record_id))


def _keeps(actor: Actor, now: datetime) -> ColumnElement[bool]:
    return Stay.venue_id.in_(select(Venue.id).where(managed(actor, now)))


async def access_stay(session: AsyncSession, actor: Actor, stay_id: int, now: datetime) -> Stay:
    """The stay, locked, in a venue that she answers for inside."""
    stay = await session.scalar(
        select(Stay).where(Stay.id == stay_id, _keeps(actor, now)).with_for_update()
    )
    if stay is None:
        raise UserError("access.denied")
    return stay


def inside(
    actor: Actor, code: str, roles: Collection[Role], now: datetime
) -> Select[Stay, Submission, Venue]:
    """Who is in, with the entry record: in her venues, and where she holds one of these roles."""
    return (
        select(Stay, Submission, Venue)
        .join(Submission, Submission.id == Stay.record_id)
        .join(Venue, Venue.id == Stay.venue_id)
        .where(
            Stay.register == code,
            Stay.until_at.is_(None),
            or_(_keeps(actor, now), under(actor.paths_as(roles), Stay.unit_id)),
        )
        .order_by(Stay.id.desc())
    )


async def count_inside(
    session: AsyncSession, actor: Actor, code: str, roles: Collection[Role], now: datetime
) -> int:
    """How many people that is."""
    those = inside(actor, code, roles, now).order_by(None).with_only_columns(Stay.people).subquery()
    return await session.scalar(select(func.coalesce(func.sum(those.c.people), 0))) or 0
