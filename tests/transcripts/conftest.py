"""The stage of the transcripts: a prepared district, fresh for every play.

The engine lives as long as the session, because compiling its statements anew costs more than
most plays; the database under it is put back before each.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from cast import settle
from haste import hurry
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from transcripts.stage import Stage, no_faults, seeded

from models import crypto
from models.clock import StoppedClock
from models.crypto import KeyRing
from models.migrations.upgrade import migrate
from models.session import Database

POSTGRES = os.environ.get("GRIDBOT_TEST_POSTGRES", "")
BEFORE = datetime(2021, 1, 1, tzinfo=UTC)  # before any transcript begins


async def _prepare(url: str) -> None:
    """The tables as the migrations make them, with the cast in them."""
    crypto.install(KeyRing({1: b"k" * 32}, b"i" * 32))
    db = Database(url)
    await migrate(db)
    async with db.write() as session:
        await settle(session, BEFORE)
    await db.close()


@asynccontextmanager
async def _open(db: Database) -> AsyncIterator[Stage]:
    try:
        with seeded(), no_faults():
            yield Stage(db, StoppedClock(BEFORE))
    finally:
        await db.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def district(tmp_path_factory: pytest.TempPathFactory) -> tuple[Database, Path, Path]:
    """A database, its file, and the prepared file to put there."""
    folder = tmp_path_factory.mktemp("district")
    prepared, played = folder / "prepared.db", folder / "gridbot.db"
    await _prepare(f"sqlite+aiosqlite:///{prepared}")
    db = Database(f"sqlite+aiosqlite:///{played}")
    hurry(db)
    return db, played, prepared


@pytest_asyncio.fixture(loop_scope="session")
async def stage(district: tuple[Database, Path, Path]) -> AsyncIterator[Stage]:
    db, played, prepared = district
    shutil.copy(prepared, played)
    async with _open(db) as made:
        yield made


async def _on_server(*statements: str) -> None:
    admin = create_async_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    async with admin.connect() as connection:
        for statement in statements:
            await connection.execute(text(statement))
    await admin.dispose()


def _url(name: str) -> str:
    return make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres_district() -> AsyncIterator[tuple[Database, str, str]]:
    """A database, its name, and the prepared one that it is made from."""
    if not POSTGRES:
        pytest.skip("POSTGRESQL IS NOT TESTED: GRIDBOT_TEST_POSTGRES is not set")
    mark = uuid.uuid4().hex[:12]
    prepared, played = f"gridbot_prepared_{mark}", f"gridbot_played_{mark}"
    await _on_server(f'CREATE DATABASE "{prepared}"')
    await _prepare(_url(prepared))
    yield Database(_url(played)), played, prepared
    await _on_server(
        f'DROP DATABASE IF EXISTS "{played}" WITH (FORCE)',
        f'DROP DATABASE "{prepared}" WITH (FORCE)',
    )


@pytest_asyncio.fixture(loop_scope="session")
async def postgres_stage(
    postgres_district: tuple[Database, str, str],
) -> AsyncIterator[Stage]:
    db, played, prepared = postgres_district
    await _on_server(
        f'DROP DATABASE IF EXISTS "{played}" WITH (FORCE)',
        f'CREATE DATABASE "{played}" TEMPLATE "{prepared}"',
    )
    async with _open(db) as made:
        yield made
