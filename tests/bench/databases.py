"""Databases that live as long as a measurement, with every durability on that a bot has."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from models.migrations.upgrade import migrate
from models.session import Database


@asynccontextmanager
async def sqlite() -> AsyncIterator[Database]:
    """A file with every table."""
    with tempfile.TemporaryDirectory(prefix="gridbot-bench-") as folder:
        async with _opened(f"sqlite+aiosqlite:///{Path(folder) / 'bench.db'}") as db:
            yield db


@asynccontextmanager
async def postgres(server: str) -> AsyncIterator[Database]:
    """A database with every table on this server."""
    name = f"gridbot_bench_{uuid.uuid4().hex[:12]}"
    await _on_server(server, f'CREATE DATABASE "{name}"')
    try:
        url = make_url(server).set(database=name).render_as_string(hide_password=False)
        async with _opened(url) as db:
            yield db
    finally:
        await _on_server(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Database]:
    db = Database(url)
    try:
        await migrate(db)
        yield db
    finally:
        await db.close()


async def _on_server(server: str, statement: str) -> None:
    admin = create_async_engine(server, isolation_level="AUTOCOMMIT")
    async with admin.connect() as connection:
        await connection.execute(text(statement))
    await admin.dispose()
