"""Rounds of visits (摸排轮次): who started one, what for, until when. The calendar month is the
round of a grid for which nobody has started one."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id
from models.clock import at_local, local_day
from models.coverage import Window, month_of
from models.obligations import Kind, Outcome, by_key, look_again, oblige, settle
from models.units import Unit, ancestor_ids

TOLD_AT = time(8)
LONGEST = timedelta(days=92)  # a day of last month is not one of next year


class Round(Base):
    """A round of a unit and all grids below it, from `since_at` to the end of `until_on`."""

    __tablename__ = "rounds"

    id: Mapped[Id]
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(40))
    since_at: Mapped[datetime]
    until_on: Mapped[date]
    started_by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    closed_at: Mapped[datetime | None]


async def window_of(session: AsyncSession, unit: Unit, now: datetime, zone: ZoneInfo) -> Window:
    """The round that a unit is in: the newest that runs for it or for one above it, else the
    month."""
    found = await session.scalar(
        select(Round)
        .where(
            Round.unit_id.in_(ancestor_ids(unit.path)),
            Round.closed_at.is_(None),
            Round.until_on >= local_day(now, zone),
        )
        .order_by(Round.id.desc())
        .limit(1)
    )
    if found is None:
        return month_of(now, zone)
    return Window(found.since_at, found.until_on, found.purpose, found.id, found.unit_id)


async def start_round(
    session: AsyncSession,
    unit: Unit,
    purpose: str,
    until_on: date,
    by: int,
    now: datetime,
    zone: ZoneInfo,
) -> Round:
    """From now on; at the end of its last day the villages hear what is left."""
    made = Round(unit_id=unit.id, purpose=purpose, since_at=now, until_on=until_on, started_by=by)
    session.add(made)
    await session.flush()
    ends_at = _end(until_on, zone)
    row = {"key": _key(made), "kind": Kind.ROUND, "unit_id": unit.id, "facts": {"round": made.id}}
    await oblige(session, [{**row, "opens_at": ends_at, "due_at": ends_at}])
    return made


def _end(until_on: date, zone: ZoneInfo) -> datetime:
    """The morning after its last day: nobody is told at midnight."""
    return at_local(until_on + timedelta(days=1), TOLD_AT, zone)


async def change_round(
    session: AsyncSession, running: Round, purpose: str, until_on: date, zone: ZoneInfo
) -> None:
    """Another name or another last day; the visits until now count on."""
    running.purpose, running.until_on = purpose, until_on
    item = await by_key(session, _key(running))
    assert item is not None, "every round has its end"
    item.opens_at = item.due_at = _end(until_on, zone)
    await look_again(session, item, item.opens_at)


async def close_round(session: AsyncSession, ended: Round, by: int, now: datetime) -> None:
    """Before its last day: whoever stands at a door tells it into the next one."""
    ended.closed_at = now
    item = await by_key(session, _key(ended))
    if item is not None and item.is_open():
        await settle(session, [item], Outcome.CANCELLED, by, now, "closed")


def _key(made: Round) -> str:
    return f"round:{made.id}"
