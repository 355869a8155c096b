"""When a supervisor hears of alerts: the hours and the kinds that she has chosen for herself.

What she does not hear at once is listed all the same, and whoever stands on the next rung of the
ladder hears it in her stead.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.alerts import CHOOSABLE
from models.base import Base
from models.clock import at_local, local_day
from models.messages import UserError

DAY_MINUTES = 24 * 60


class Hearing(Base):
    """What one account hears as a message: alerts of these causes, between these local hours; the
    same hour twice is day and night. What cannot be chosen is heard always."""

    __tablename__ = "hearings"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    since: Mapped[time]
    until: Mapped[time]
    causes: Mapped[list[str]]

    def listed(self, cause: str) -> bool:
        """Does she only want to find these in the list?"""
        return cause in CHOOSABLE and cause not in self.causes

    def waits_until(self, cause: str, now: datetime, zone: ZoneInfo) -> datetime | None:
        """When her hours begin; None when she hears it now."""
        local = now.astimezone(zone).time()
        if cause not in CHOOSABLE or self._within(local):
            return None
        day = local_day(now, zone)
        begins = at_local(day, self.since, zone)
        return begins if begins > now else at_local(day + timedelta(days=1), self.since, zone)

    def _within(self, local: time) -> bool:
        if self.since <= self.until:
            return self.since == self.until or self.since <= local < self.until
        return local >= self.since or local < self.until


def length(since: time, until: time) -> int:
    """How many minutes of a day lie between two hours; the same hour twice is the whole day."""
    minutes = (until.hour - since.hour) * 60 + until.minute - since.minute
    return minutes % DAY_MINUTES or DAY_MINUTES


async def hearings(session: AsyncSession, accounts: Iterable[int]) -> dict[int, Hearing]:
    """The choices of those who have made one."""
    found = await session.scalars(select(Hearing).where(Hearing.account_id.in_(list(accounts))))
    return {row.account_id: row for row in found}


async def choose(
    session: AsyncSession,
    account_id: int,
    since: time,
    until: time,
    causes: Iterable[str],
    least_hours: int,
) -> Hearing:
    """Her choice from now on; UserError when the district asks for longer hours."""
    if length(since, until) < least_hours * 60:
        raise UserError("hearing.too_short", n=least_hours)
    row = await session.get(Hearing, account_id)
    if row is None:
        row = Hearing(account_id=account_id)
        session.add(row)
    row.since, row.until = since, until
    row.causes = sorted(set(causes) & set(CHOOSABLE))
    await session.flush()
    return row
