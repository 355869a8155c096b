"""The connection to SQLite: each statement, with its rows, is one visit to the connection's thread.

The driver makes four (open, execute, fetch, close), and such visits are most of what a short
transaction costs.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import aiosqlite

AHEAD = 5000  # rows that come with their statement; of larger answers the rest is fetched later


class Connection(aiosqlite.Connection):
    """What the driver's connection does, as far as SQLAlchemy asks for it."""

    def cursor(self) -> Cursor:  # type: ignore[override]
        return Cursor(self)

    async def visit(self, function: Callable[..., Any], *args: Any) -> Any:
        """Let the connection's thread do something."""
        return await self._execute(function, *args)  # type: ignore[no-untyped-call]

    async def rollback(self) -> None:
        if self._conn.in_transaction:  # a connection that goes back to its pool rarely is
            await super().rollback()


class Cursor:
    """One statement at a time."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._open: sqlite3.Cursor | None = None  # while it has more rows
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Cursor:
        return self

    async def execute(self, sql: str, parameters: Iterable[Any] = ()) -> Cursor:
        await self.close()
        await self._connection.visit(self._run, sql, parameters)
        return self

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> Cursor:
        await self.close()
        await self._connection.visit(self._run_many, sql, parameters)
        return self

    def _run(self, sql: str, parameters: Any) -> None:
        self._finish(self._connection._conn.execute(sql, parameters))

    def _run_many(self, sql: str, parameters: Any) -> None:
        self._finish(self._connection._conn.executemany(sql, parameters))

    def _finish(self, done: sqlite3.Cursor) -> None:
        self._rows = done.fetchmany(AHEAD) if done.description else []
        self.description, self.lastrowid = done.description, done.lastrowid
        self.rowcount = done.rowcount
        if len(self._rows) < AHEAD:
            done.close()
        else:
            self._open = done

    async def fetchone(self) -> Any:
        rows = await self.fetchmany(1)
        return rows[0] if rows else None

    async def fetchmany(self, size: int | None = None) -> Sequence[Any]:
        size = size or self.arraysize
        if not self._rows and self._open is not None:
            self._rows = await self._connection.visit(self._open.fetchmany, max(size, AHEAD))
        found, self._rows = self._rows[:size], self._rows[size:]
        return found

    async def fetchall(self) -> Sequence[Any]:
        found, self._rows = self._rows, []
        if self._open is not None:
            found += await self._connection.visit(self._open.fetchall)
        return found

    async def close(self) -> None:
        self._rows = []
        if self._open is not None:
            done, self._open = self._open, None
            await self._connection.visit(done.close)


async def open_connection(database: str, **options: Any) -> Connection:
    """A connection whose thread is gone when the file cannot be opened: the driver does not wait
    for it, and it would report to a loop that may be closed by then."""
    connection = Connection(lambda: sqlite3.connect(database, **options), 64)
    connection._thread.daemon = True  # as SQLAlchemy has it: it never holds up the end
    try:
        await connection
    except sqlite3.Error:
        await asyncio.to_thread(connection._thread.join)
        raise
    return connection
