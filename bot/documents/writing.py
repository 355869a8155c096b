"""What is the same for whatever is written in the background and sent as a file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from models.access import actor_of
from models.accounts import Account
from models.actors import Actor
from models.clock import Clock, local_day
from models.files import keep_file
from models.jobs import Claimed, end
from models.messages import Outbound, Text
from models.outbox import Letter, Priority, enqueue
from models.reports.periods import Period, period_of_days
from models.session import Database
from models.units import Unit


@dataclass(frozen=True, slots=True)
class Span:
    """The days that something is about, and what the daily sheet counts for them."""

    first: date
    last: date
    period: Period

    @property
    def days(self) -> tuple[date, date]:
        """Those that have begun."""
        return self.first, min(self.last, local_day(self.period.until_at, self.period.zone))


class Writer:
    """What documents and ledgers have in common: who asked, which days, how it is sent."""

    def __init__(self, db: Database, clock: Clock, zone: ZoneInfo) -> None:
        self.db = db
        self.clock = clock
        self.zone = zone

    async def give_up(self, job: Claimed, why: Text) -> None:
        async with self.db.write() as session:
            await end(session, job, well=False)
            await self.say(session, job, Outbound((why,)))

    async def actor(self, session: AsyncSession, job: Claimed) -> Actor:
        """Whoever asked, with what she may now."""
        account = await session.get_one(Account, job.account_id)
        return await actor_of(session, account, self.clock.now())

    async def span(self, session: AsyncSession, job: Claimed, unit: Unit) -> Span:
        first, last = (date.fromisoformat(job.task[end]) for end in ("first", "last"))
        now = self.clock.now()
        period = await period_of_days(session, unit, first, last, now, self.zone)
        return Span(first, last, period)

    async def say(self, session: AsyncSession, job: Claimed, message: Outbound) -> None:
        letter = Letter(f"job:{job.id}:written", job.account_id, message, Priority.REPLY)
        await enqueue(session, [letter], self.clock.now())

    async def keep(
        self, session: AsyncSession, job: Claimed, name: str, media_type: str, content: bytes | Path
    ) -> str:
        by, now = job.account_id, self.clock.now()
        return await keep_file(session, name, media_type, content, account_id=by, now=now)
