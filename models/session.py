"""Connections and transactions: the only place, with statements.py, that knows SQLite
from PostgreSQL.

SQLite: WAL, synchronous=FULL (an acknowledged answer survives a power cut), one writer that takes
its lock at BEGIN. PostgreSQL: a pool and row locks.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from socket import gaierror
from typing import Any, TypeAlias

from sqlalchemy import (
    URL,
    ColumnElement,
    event,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    create_async_engine,
)
from sqlalchemy.orm import InstrumentedAttribute

from models.clock import monotonic
from models.embedded import open_connection

BUSY_SECONDS = 15
DOUBT_S = 45  # longer than anybody waits before trying again what could not be written
_PRAGMAS = (
    f"busy_timeout={BUSY_SECONDS * 1000}",
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
)
# A long list touches more pages of its indexes than the usual 2 MB and 1000 pages hold, and each
# would be written again and again.
_WRITING = ("cache_size=-16000", "wal_autocheckpoint=4000")

CONNECT_S = 10.0
# A process that is frozen or cut off holds no row for longer than a person would wait.
_SERVER = {
    "application_name": "gridbot",
    "idle_in_transaction_session_timeout": "20s",
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}


def _sqlite(url: URL, begin: str, pool: int, more: Sequence[str] = ()) -> AsyncEngine:
    """Pragmas at connect, and our own BEGIN: the driver's would take the lock too late."""
    engine = create_async_engine(
        url,
        pool_size=pool,
        max_overflow=0,
        hide_parameters=True,
        connect_args={"async_creator_fn": open_connection},
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        try:
            for pragma in (*_PRAGMAS, *more):
                connection.execute(f"PRAGMA {pragma}").close()
        except sqlite3.Error:
            connection.close()
            raise

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine


class Database:
    """A database and how to speak to it: `write()` for a transaction, `read()` for a look.

    `failures` counts the transactions that it was away, locked or full for.
    """

    def __init__(self, url: str, *, pool: int = 8) -> None:
        self.url = make_url(url)
        self.embedded = self.url.get_backend_name() == "sqlite"
        if self.embedded:
            self._writer = _sqlite(self.url, "BEGIN IMMEDIATE", pool=1, more=_WRITING)
            self._reader = _sqlite(self.url, "BEGIN", pool=2)
        else:
            self._writer = create_async_engine(
                self.url,
                pool_size=pool,
                pool_pre_ping=True,
                hide_parameters=True,
                connect_args={"timeout": CONNECT_S, "server_settings": _SERVER},
            )
            self._reader = self._writer
        self._turnstile = asyncio.Lock() if self.embedded else None
        self.waiting = 0  # for the one writer of SQLite, in this process
        self.failures = 0
        self._failed_at: float | None = None
        self._changed = False  # has a transaction under way changed a row?
        event.listen(self._writer.sync_engine, "after_cursor_execute", self._note_change)

    @property
    def engine(self) -> AsyncEngine:
        """For migrations and tests that count statements."""
        return self._writer

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """One transaction: committed at the end of the block, rolled back on any exception."""
        try:
            async with (
                self._turn(),
                AsyncSession(self._writer, expire_on_commit=False) as session,
                session.begin(),
            ):
                yield session
        except Exception as error:
            self._changed = False
            if is_outage(error):
                self.failures += 1
                self._failed_at = monotonic()
            raise
        if self._changed:  # to commit nothing succeeds on a full disk, too
            self._changed, self._failed_at = False, None

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        if self._turnstile is None:
            yield
            return
        self.waiting += 1
        try:
            await self._turnstile.acquire()
        finally:
            self.waiting -= 1
        try:
            yield
        finally:
            self._turnstile.release()

    def _note_change(
        self,
        _connection: Any,
        cursor: Any,
        statement: str,
        _parameters: Any,
        context: Any,
        _many: bool,
    ) -> None:
        writes = context.isinsert or context.isupdate or context.isdelete
        if (writes or statement.startswith("INSERT")) and cursor.rowcount:
            self._changed = True

    @property
    def doubtful(self) -> bool:
        """Has writing failed lately, and not succeeded since? Whatever fails is tried again
        within DOUBT_S, so that a trouble which lasts keeps being noticed."""
        return self._failed_at is not None and monotonic() - self._failed_at < DOUBT_S

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A consistent look that never waits for a writer."""
        async with AsyncSession(self._reader, expire_on_commit=False) as session:
            yield session

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """One moment of the whole database, however long it is looked at; nobody waits for it."""
        async with self._reader.connect() as connection:
            if not self.embedded:
                await connection.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
            yield connection

    async def close(self) -> None:
        await self._writer.dispose()
        await self._reader.dispose()


# What passes by itself, by class of SQLSTATE: no connection, a transaction that lost against
# another, no resources (full disk, too many connections), shut down or starting, input and output.
_PASSES = ("08", "40", "53", "57", "58")
_REPLICA = ("25006",)  # it may be read only: a failover is under way
_REFUSES = {"28": "login", "3D": "name"}
_SQLITE_REFUSES = (
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
)


def is_outage(error: BaseException) -> bool:
    """Is it the database that is away, locked or full, rather than a bug of ours?"""
    if isinstance(error, ConnectionError | TimeoutError | gaierror) or type(error) is OSError:
        return True
    if _sqlite_code(error) == sqlite3.SQLITE_ERROR:
        return False  # wrong SQL: it would fail again however long we waited
    if not isinstance(error, DBAPIError):
        return False
    return (
        error.connection_invalidated
        or type(error).__name__ in ("OperationalError", "InterfaceError")
        or _sqlstate(error).startswith((*_PASSES, *_REPLICA, *_REFUSES))
    )


def refusal(error: BaseException) -> str:
    """Why the database turns us away until somebody mends a setting: "login", "name" (it knows no
    such database) or "file"; empty when it does not, and waiting may help."""
    code = _sqlite_code(error)
    if code is not None:  # its last byte says what, the rest more precisely how
        return "file" if code & 0xFF in _SQLITE_REFUSES else ""
    return _REFUSES.get(_sqlstate(error)[:2], "")


def _sqlstate(error: BaseException) -> str:
    return getattr(getattr(error, "orig", None), "sqlstate", None) or ""


def _sqlite_code(error: BaseException) -> int | None:
    return getattr(getattr(error, "orig", None), "sqlite_errorcode", None)


Column: TypeAlias = ColumnElement[Any] | InstrumentedAttribute[Any]
