"""Sees from outside, and cheaply, when everybody has been answered.

A look through our own database layer would cost a tenth of what is measured.
"""

from __future__ import annotations

import sqlite3
from typing import Protocol

import asyncpg

from models.session import Database

LAGGING = """SELECT count(*) FROM conversations WHERE chat LIKE 'bench:%' AND handled_id <= {}"""
NEWEST = "SELECT coalesce(max(id), 0) FROM inbox"


class Observer(Protocol):
    async def ask(self, query: str) -> int: ...

    async def close(self) -> None: ...


class _File:
    def __init__(self, path: str) -> None:
        self._file = sqlite3.connect(path)

    async def ask(self, query: str) -> int:
        return int(self._file.execute(query).fetchone()[0])

    async def close(self) -> None:
        self._file.close()


class _Server:
    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def ask(self, query: str) -> int:
        return int(await self._connection.fetchval(query))

    async def close(self) -> None:
        await self._connection.close()


async def observe(db: Database) -> Observer:
    if db.embedded:
        return _File(str(db.url.database))
    url = db.url.set(drivername="postgresql").render_as_string(hide_password=False)
    return _Server(await asyncpg.connect(url))
