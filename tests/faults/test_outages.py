"""The database is locked, full, cut off or restarted while people write.

Nothing is confirmed that is not kept, nobody hears of a short outage, whoever has to wait hears it
once, and everything is answered once when it is over, without a restart.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from house import People, housed, until
from sqlalchemy import func, select, text
from wire import wired

from bot.app import App
from bot.demo.server import BotApiServer
from bot.settings import Settings
from models.inbox import InboxRow
from models.outbox import OutboxRow
from models.session import Database

LONG = "/status " + "很长的话" * 900  # too much for what is left of any page
FANG, MING, LATE = 11, 12, 13


@pytest.fixture
def people() -> People:
    found = People(BotApiServer())
    found.arrive(FANG, MING, LATE)
    return found


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """One second of waiting instead of ten, and little of it when it is over."""
    monkeypatch.setattr("bot.silence.LOOK_S", 0.1)
    for module in ("intake", "worker", "dispatcher"):
        monkeypatch.setattr(f"bot.{module}.DATABASE_CAP_S", 0.4)
    monkeypatch.setattr("bot.app.ASK_S", 0.3)


@asynccontextmanager
async def locked(app: App) -> AsyncIterator[None]:
    """Another process holds the file's write lock."""
    other = sqlite3.connect(str(app.db.url.database), isolation_level=None, check_same_thread=False)
    await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@asynccontextmanager
async def full(app: App) -> AsyncIterator[None]:
    """SQLite may not grow its file any more."""
    async with app.db.write() as session:
        pages = await session.scalar(text("PRAGMA page_count"))
        await session.execute(text(f"PRAGMA max_page_count = {pages}"))
    try:
        yield
    finally:
        async with app.db.write() as session:
            await session.execute(text("PRAGMA max_page_count = 1000000"))


async def an_outage(people: People, app: App, outage: object) -> None:
    """Two are there when it begins, one comes when it is all but over."""
    for who in (FANG, MING):
        people.server.start(who)
        await people.answered(who, 1)
    await until(lambda: not len(people.server.updates))
    async with outage:  # type: ignore[attr-defined]
        people.server.write(FANG, LONG)
        people.server.write(MING, LONG)
        await until(lambda: people.waits(FANG) and people.waits(MING))
        people.server.write(FANG, LONG)
        assert len(people.server.updates) == 3  # the platform keeps them: we did not confirm
        people.server.start(LATE)
    await people.answered(FANG, 3)
    await people.answered(MING, 2)
    await people.answered(LATE, 1)
    await until(lambda: not len(people.server.updates))
    await settled(app.db)
    assert [people.answers(who) for who in (FANG, MING, LATE)] == [3, 2, 1]
    assert [people.waits(who) for who in (FANG, MING)] == [1, 1]
    async with app.db.read() as session:
        assert await session.scalar(select(func.count()).select_from(InboxRow)) == 6


async def settled(db: Database) -> None:
    """Nothing waits to be sent any more."""
    async with asyncio.timeout(60):
        while True:
            async with db.read() as session:
                waiting = select(func.count()).where(OutboxRow.state == "waiting")
                if not await session.scalar(waiting):
                    return
            await asyncio.sleep(0.05)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("outage", [locked, full])
async def test_an_outage_of_sqlite_is_lived_through(
    tmp_path: Path, people: People, outage: object
) -> None:
    async with housed(people, Settings(data_dir=tmp_path)) as app:
        await an_outage(people, app, outage(app))  # type: ignore[operator]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("silent", [False, True])
async def test_an_outage_of_postgresql_is_lived_through(
    tmp_path: Path, people: People, postgres_alone: str, silent: bool
) -> None:
    """Whether it refuses connections or just says nothing any more."""

    @asynccontextmanager
    async def cut() -> AsyncIterator[None]:
        if silent:
            wire.freeze()
        else:
            await wire.cut()
        try:
            yield
        finally:
            await wire.mend()

    async with wired(postgres_alone) as (wire, url):
        settings = Settings(data_dir=tmp_path, database_url=url)
        async with housed(people, settings) as app:
            await an_outage(people, app, cut())


async def test_connections_that_the_server_ends_are_opened_again_and_nobody_hears_of_it(
    tmp_path: Path, people: People, postgres_alone: str
) -> None:
    people.arrive(*range(100, 120))
    admin = Database(postgres_alone)
    settings = Settings(data_dir=tmp_path, database_url=postgres_alone)
    async with housed(people, settings) as app:
        for who in range(100, 120):
            people.server.start(who)
        for n in range(10):
            async with admin.write() as session:
                await session.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )
            people.server.write(100 + n, "/status")
            await asyncio.sleep(0.1)
        for who in range(100, 120):
            await people.answered(who, 2 if who < 110 else 1)
        await settled(app.db)
        for who in range(100, 120):
            assert (people.answers(who), people.waits(who)) == (2 if who < 110 else 1, 0)
    await admin.close()
