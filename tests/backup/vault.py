"""A district with traffic, its backup, and what can be asked of a database that came out of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cases import ZONE, account_of, episode_of, settle_cast, unit_of
from cast import CHANNEL, chat_of
from sqlalchemy import Table, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.backup import backup, restore
from bot.settings import Settings
from handlers.conversation import take
from handlers.features import registry
from models import audit, tables
from models.audit import AuditRow
from models.inbox import Cursor, receive
from models.messages import Inbound, Outbound, Text, verbatim
from models.migrations.upgrade import head
from models.outbox import Letter, OutboxRow, enqueue
from models.reports.numbers import Numbers, count
from models.reports.periods import Period
from models.session import Database
from scheduler.upkeep import plan_recurring

SEALED_AFTER = 3
WORDS = ("/start", "/lang", "/help", "/report", "/today", "/cancel", "hello")


class Written:
    """How many transactions of the traffic were committed, by whom."""

    def __init__(self) -> None:
        self.by: Counter[str] = Counter()
        self._more = asyncio.Event()

    def note(self, who: str) -> None:
        self.by[who] += 1
        self._more.set()

    async def reach(self, enough: Callable[[Counter[str]], bool]) -> None:
        """Wait until so much was written."""
        async with asyncio.timeout(60):
            while not enough(self.by):
                self._more.clear()
                await self._more.wait()

    async def grow(self) -> None:
        """Wait until somebody has written once more."""
        before = self.by.total()
        await self.reach(lambda by: by.total() > before)


@dataclass
class Vault:
    """One installation and the file that it is kept in."""

    db: Database
    settings: Settings
    now: datetime
    path: Path
    told: list[Text] = field(default_factory=list)

    async def settle(self) -> None:
        async with self.db.write() as session:
            # As after a migration; the tests' tables are made without.
            await session.execute(
                text(f"CREATE TABLE alembic_version AS SELECT '{head()}' AS version_num")
            )
            await settle_cast(session, self.now)
            await episode_of(session, "陈建国", self.now)
            await plan_recurring(session, self.now, ZONE)
            for n in range(3):
                earlier = self.now - timedelta(hours=1)
                audit.record(session, earlier, None, "looked", f"person:{n}")
            session.add(Cursor(channel=CHANNEL, position=77))
            # Later in the tree than the unit that is put below it.
            below = await unit_of(session, "柳林乡")
            below.parent_id = (await unit_of(session, "柳林村一网格")).id

    async def close(self) -> None:
        async with self.db.write() as session:
            await session.execute(text("DROP TABLE alembic_version"))
        await self.db.close()

    async def backup(self, **options: bool) -> None:
        await backup(self.settings, self.path, self.now, self.told.append, **options)

    async def restore(self, into: Settings, **options: bool) -> None:
        await restore(into, self.path, self.now, self.told.append, **options)

    @property
    def said(self) -> list[str]:
        return [told.key for told in self.told]

    @asynccontextmanager
    async def traffic(self) -> AsyncIterator[Written]:
        """People talk and pairs of rows are written, for as long as the block runs and a little
        before."""
        stop, written = asyncio.Event(), Written()
        tasks = [asyncio.create_task(self._talk(name, stop, written)) for name in ("王芳", "李强")]
        tasks += [asyncio.create_task(self._pairs(n, stop, written)) for n in range(2)]
        try:
            await written.reach(
                lambda by: len(by) == len(tasks) and min(by.values()) > SEALED_AFTER
            )
            yield written
        finally:
            stop.set()
            await asyncio.gather(*tasks)

    async def _talk(self, name: str, stop: asyncio.Event, written: Written) -> None:
        n = 0
        while not stop.is_set():
            await said(self.db, self.now, name, f"{name}:{n}", WORDS[n % len(WORDS)])
            n += 1
            written.note(name)

    async def _pairs(self, lane: int, stop: asyncio.Event, written: Written) -> None:
        """A letter and a line of the audit that belong together, and once a seal."""
        n = 0
        while not stop.is_set():
            n += 1
            async with self.db.write() as session:
                worker = await account_of(session, "李强")
                letter = Letter(f"pair:{lane}:{n}", worker.id, Outbound((verbatim("pair"),)))
                await enqueue(session, [letter], self.now)
                await asyncio.sleep(0)
                audit.record(session, self.now, worker.id, "pair", f"{lane}:{n}")
            if lane == 0 and n == SEALED_AFTER:
                async with self.db.write() as session:
                    await audit.seal(session, self.now)
            written.note(str(lane))


async def said(db: Database, now: datetime, name: str, update: str, words: str) -> int:
    """Somebody writes and is answered; how many turns that took (none for what was known)."""
    event = Inbound(CHANNEL, chat_of(name), update, "text", text=words, name=name)
    async with db.write() as session:
        await receive(session, [event], now)
    return await answer(db, now, name)


async def answer(db: Database, now: datetime, name: str) -> int:
    """What somebody wrote is answered; how many turns that took."""
    return await take(db, registry(), [chat_of(name)], now, ZONE)


# -- what must be true of any database -----------------------------------------------------------


async def torn(session: AsyncSession) -> list[str]:
    """Foreign keys that point nowhere."""
    found = []
    for table in tables.metadata.sorted_tables:
        for key in table.foreign_keys:
            there = select(key.column).scalar_subquery()
            lost = select(func.count()).where(key.parent.is_not(None), key.parent.not_in(there))
            if await session.scalar(lost):
                found.append(str(key.parent))
    return found


async def pairs(session: AsyncSession) -> tuple[set[str], set[str]]:
    """The two halves of what was written together."""
    keys = await session.scalars(
        select(OutboxRow.dedupe_key).where(OutboxRow.dedupe_key.startswith("pair:"))
    )
    lines = await session.scalars(select(AuditRow.subject).where(AuditRow.action == "pair"))
    return {key.removeprefix("pair:") for key in keys}, set(lines)


async def digest(session: AsyncSession, now: datetime) -> Numbers:
    day = timedelta(days=1)
    return await count(session, await unit_of(session, "清河区"), Period(now - day, now + day))


async def rows_of(session: AsyncSession, table: Table) -> Sequence[Any]:
    """A table as its readers see it, in the order of its keys."""
    return (await session.execute(select(table).order_by(*table.primary_key.columns))).all()


async def sizes(session: AsyncSession) -> dict[str, int]:
    return {
        table.name: await session.scalar(select(func.count()).select_from(table)) or 0
        for table in tables.metadata.sorted_tables
    }
