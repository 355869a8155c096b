"""What every test may ask for: databases of both kinds, a key ring, a clock that stands."""

from __future__ import annotations

import asyncio
import os
import shutil
import threading
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from haste import hurry
from hypothesis import settings
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from models import crypto, tables
from models.clock import StoppedClock
from models.crypto import KeyRing
from models.session import Database

# How long an example takes says something about the machine only.
settings.register_profile("gridbot", deadline=None)
settings.load_profile("gridbot")
POSTGRES = os.environ.get("GRIDBOT_TEST_POSTGRES", "")
NO_POSTGRES = "POSTGRESQL IS NOT TESTED: GRIDBOT_TEST_POSTGRES is not set"
ZONE = ZoneInfo("Asia/Shanghai")
# Half a minute and more each; the others would wait for a worker that begins one last.
LONGEST = (
    "test_any_events_are_answered",
    "test_a_kill_at_any_moment_loses_nothing_and_repeats_at_most_one_message",
    "test_every_forged_button_is_answered",
    "test_a_unit_is_the_sum_of_its_parts",
    "test_every_line_runs",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="rewrite what the bot says in *.chat")
    parser.addoption("--kills", type=int, default=12, help="how often the program is killed")
    parser.addoption(
        "--outage", type=float, default=2.0, help="seconds without database, of a real program"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first: what the workers take from each other at the end is short."""
    rank = {name: n for n, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.nodeid.partition("[")[0].rpartition("::")[2], 99))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Said last, and loudly: half of the proof is missing without it."""
    if not POSTGRES:
        terminalreporter.write_sep("*", NO_POSTGRES, red=True, bold=True)


@pytest.fixture(autouse=True)
def keys() -> KeyRing:
    """One key ring for every sealed column."""
    ring = KeyRing({1: b"k" * 32}, b"i" * 32)
    crypto.install(ring)
    return ring


@pytest.fixture(autouse=True)
def no_charts(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a machine can draw is its own matter; a test that wants pictures offers them."""
    monkeypatch.setattr("models.reports.chart._offered", False)
    monkeypatch.setattr("bot.fonts._own", None)


@pytest.fixture(autouse=True)
async def driver_threads() -> AsyncIterator[None]:
    """No thread of the SQLite driver outlives its test's event loop.

    Where a connection fails or is cancelled the driver ends its thread without waiting for it;
    the thread would then report to a loop that is closed, in the middle of somebody else's test.
    """
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        if "_connection_worker_thread" in thread.name:
            await asyncio.to_thread(thread.join, 10)
            assert not thread.is_alive(), "a test left a database open"


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock(datetime(2022, 7, 4, 8, 0, tzinfo=ZONE))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with every table and no row, to be copied."""
    path = tmp_path_factory.mktemp("template") / "gridbot.db"
    asyncio.run(_create_tables(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL database with every table, made once a session; empty where there is none."""
    if not POSTGRES:
        yield ""
        return
    name = _fresh_name()
    asyncio.run(_on_server(f'CREATE DATABASE "{name}"'))
    # What a test writes need not survive a power cut.
    asyncio.run(_on_server(f'ALTER DATABASE "{name}" SET synchronous_commit = off'))
    url = _url_of(name)
    asyncio.run(_create_tables(url))
    yield url
    asyncio.run(_on_server(f'DROP DATABASE "{name}" WITH (FORCE)'))


@pytest.fixture(params=["sqlite", "postgres"])
async def db(
    request: pytest.FixtureRequest, tmp_path: Path, sqlite_template: Path, postgres_url: str
) -> AsyncIterator[Database]:
    """An empty database with every table, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        shutil.copy(sqlite_template, tmp_path / "gridbot.db")
        database = Database(f"sqlite+aiosqlite:///{tmp_path}/gridbot.db")
        hurry(database)
    elif postgres_url:
        database = Database(postgres_url)
        await _empty(database)
    else:
        pytest.skip(NO_POSTGRES)
    yield database
    await database.close()


@pytest.fixture(params=["sqlite", "postgres"])
async def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """URL of a database of the test's own without any table."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path}/bare.db"
    else:
        async with _database_of_its_own() as url:
            yield url


@pytest.fixture
async def postgres_alone() -> AsyncIterator[str]:
    """The same, on PostgreSQL alone."""
    async with _database_of_its_own() as url:
        yield url


@asynccontextmanager
async def _database_of_its_own() -> AsyncIterator[str]:
    if not POSTGRES:
        pytest.skip(NO_POSTGRES)
    name = _fresh_name()
    await _on_server(f'CREATE DATABASE "{name}"')
    yield _url_of(name)
    await _on_server(f'DROP DATABASE "{name}" WITH (FORCE)')


def _fresh_name() -> str:
    return "gridbot_test_" + uuid.uuid4().hex[:12]


def _url_of(name: str) -> str:
    return make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)


async def _on_server(statement: str) -> None:
    admin = create_async_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    async with admin.connect() as connection:
        await connection.execute(text(statement))
    await admin.dispose()


async def _create_tables(url: str) -> None:
    database = Database(url)
    async with database.engine.begin() as connection:
        await connection.run_sync(tables.metadata.create_all)
    await database.close()


async def _empty(database: Database) -> None:
    """Leave no row of an earlier test. Deleting few rows is a hundred times quicker than
    TRUNCATE, which makes new files; only what a test has made big is truncated."""
    names = [table.name for table in reversed(tables.metadata.sorted_tables)]
    statements = [f"DELETE FROM {name}" for name in names]
    restart = (
        "SELECT setval(format('%I', sequencename)::regclass, 1, false)"
        " FROM pg_sequences WHERE last_value IS NOT NULL"
    )
    async with database.engine.begin() as connection:
        big = await connection.scalars(
            text("SELECT relname FROM pg_stat_user_tables WHERE pg_relation_size(relid) > 200000")
        )
        if found := ", ".join(big):
            statements.insert(0, f"TRUNCATE {found} CASCADE")
        raw = await connection.get_raw_connection()
        assert raw.driver_connection is not None
        await raw.driver_connection.execute(";".join([*statements, restart]))
