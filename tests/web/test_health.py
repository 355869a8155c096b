"""Whoever watches the program is told which part is not ready, and is told soon."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import event, insert, text
from sqlalchemy.exc import DBAPIError

from bot.app import App
from bot.channels.base import Batch, Unavailable
from bot.settings import Settings
from bot.web.health import pages
from models.inbox import Cursor
from models.migrations.upgrade import migrate
from models.session import Database


@asynccontextmanager
async def watching(app: App) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=pages(app))
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        yield client


async def parts(app: App) -> tuple[int, dict[str, bool]]:
    """The status of /readyz, and what it says of each part."""
    async with watching(app) as client:
        answer = await client.get("/readyz")
    said = answer.json()
    assert said["ready"] == all(said["parts"].values()) == (answer.status_code == 200)
    return answer.status_code, said["parts"]


async def until(app: App, part: str, good: bool) -> None:
    for _ in range(1500):
        if (await parts(app))[1][part] == good:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{part} never became {good}")


@pytest.fixture
async def made(bare_url: str) -> AsyncIterator[Database]:
    """A database of its own that was made as the program makes it."""
    database = Database(bare_url)
    await migrate(database)
    yield database
    await database.close()


@pytest.fixture
def current(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database of most tests is made without migrations."""

    async def yes(_: Database) -> bool:
        return True

    monkeypatch.setattr("bot.web.health.at_head", yes)


def app_of(db: Database, *sources: Any) -> App:
    return App(db, Settings(), {}, polled=sources)


async def write(db: Database, number: int, columns: int = 1) -> None:
    async with db.write() as session:
        rows = [{"channel": f"{number}.{row}", "position": 1} for row in range(columns)]
        await session.execute(insert(Cursor), rows)


async def test_all_is_ready(made: Database) -> None:
    app = app_of(made)
    await write(made, 1)
    ready = {"database": True, "tables": True, "writing": True, "intake": True}
    assert await parts(app) == (200, ready)
    async with watching(app) as client:
        assert (await client.get("/livez")).json() == {"alive": True}


async def test_a_database_without_our_tables_is_said_to_lack_them(bare_url: str) -> None:
    db = Database(bare_url)
    status, found = await parts(app_of(db))
    await db.close()
    assert (status, found["database"], found["tables"]) == (503, True, False)


async def test_a_database_that_is_away_is_said_to_be_and_the_loop_lives() -> None:
    db = Database("postgresql+asyncpg://nobody@127.0.0.1:9/none")
    app = app_of(db)
    status, found = await parts(app)
    assert (status, found["database"], found["tables"]) == (503, False, False)
    async with watching(app) as client:
        assert (await client.get("/livez")).status_code == 200
        numbers = (await client.get("/metrics")).text
    assert "gridbot_turns_total 0.0" in numbers
    assert "gridbot_outbox_waiting" not in numbers
    await db.close()


async def test_a_database_that_hangs_does_not_hang_whoever_asks(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0
    back = asyncio.Event()

    async def hang(_: Database) -> bool:
        nonlocal asked
        asked += 1
        await back.wait()
        return True

    monkeypatch.setattr("bot.web.health.at_head", hang)
    monkeypatch.setattr("bot.web.health.ANSWER_S", 0.05)
    async with watching(app_of(db)) as client:
        for _ in range(3):
            assert (await client.get("/readyz")).status_code == 503
        assert asked == 1, "one question at a time, however many ask"
        back.set()
        assert (await client.get("/readyz")).status_code == 200


async def _fill(db: Database) -> None:
    """Write until there is no room; PostgreSQL, which has room, may only be read."""
    if db.embedded:
        for number in range(2, 200):
            await write(db, number, 500)
        return
    async with db.engine.connect() as connection:
        server = await connection.execution_options(isolation_level="AUTOCOMMIT")
        name = db.url.database
        await server.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only=on'))
    await db.engine.dispose()
    await write(db, 2)


async def _make_room(db: Database) -> None:
    if db.embedded:
        async with db.engine.connect() as connection:
            await connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
            await connection.rollback()
        return
    async with db.engine.connect() as connection:
        server = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await server.execute(text("SET default_transaction_read_only=off"))
        name = db.url.database
        await server.execute(text(f'ALTER DATABASE "{name}" RESET default_transaction_read_only'))
    await db.engine.dispose()


async def test_a_full_disk_is_noticed_and_so_is_room(made: Database) -> None:
    """No write is made to find out: those that fail tell, and the first that lands tells."""
    db = made
    if db.embedded:

        @event.listens_for(db.engine.sync_engine, "connect")
        def _small(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA max_page_count = 150")

        await db.engine.dispose()
    app = app_of(db)
    await write(db, 1)
    assert (await parts(app))[0] == 200
    with pytest.raises(DBAPIError):
        await _fill(db)
    assert await parts(app) == (
        503,
        {"database": True, "tables": True, "writing": False, "intake": True},
    )
    async with db.write() as session:
        await session.execute(text("SELECT 1"))  # a transaction with nothing in it proves nothing
    assert db.doubtful
    assert db.failures == 1
    await _make_room(db)
    await write(db, 1000)
    assert (await parts(app))[0] == 200
    assert db.failures == 1


async def test_a_doubt_that_nothing_renews_passes(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConnectionError):
        async with db.write():
            raise ConnectionResetError
    assert db.doubtful
    monkeypatch.setattr("models.session.DOUBT_S", 0.0)
    assert not db.doubtful


async def test_a_bug_of_ours_is_no_doubt_about_the_database(db: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with db.write():
            raise ZeroDivisionError
    assert (db.doubtful, db.failures) == (False, 0)


class Platform:
    """A source that answers polls, or does not."""

    name = "telegram"

    def __init__(self) -> None:
        self.away = False

    async def poll(self, position: int) -> Batch:
        await asyncio.sleep(0.01)
        if self.away:
            raise Unavailable("away")
        return Batch((), position)

    def acknowledge(self, receipts: Sequence[str]) -> None: ...


@pytest.mark.usefixtures("current")
async def test_whoever_polls_is_ready_only_while_the_platform_answers(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.intake.jittered", lambda streak, cap: 0.01)
    platform = Platform()
    app = app_of(db, platform)
    stop = asyncio.Event()
    running = asyncio.create_task(app.run(stop))
    while not app.leading:  # noqa: ASYNC110 -- it says so nowhere else
        await asyncio.sleep(0.01)
    assert (await parts(app))[1]["intake"]
    platform.away = True
    monkeypatch.setattr("bot.app.SILENCE_S", 0.5)
    await until(app, "intake", good=False)
    monkeypatch.setattr("bot.app.SILENCE_S", 60)
    platform.away = False
    await until(app, "intake", good=True)
    stop.set()
    await running


@pytest.mark.usefixtures("current")
async def test_whoever_does_not_lead_misses_no_poll(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.app.SILENCE_S", 0)
    assert (await parts(app_of(db, Platform())))[1]["intake"]
