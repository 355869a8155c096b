"""One process of a deployment leads: it sweeps and sends. The lock dies with its holder.

PostgreSQL: an advisory lock on a connection of its own, which the server ends when its holder is
silent: killed, frozen, or cut off. SQLite: a lock on a file beside it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from filelock import FileLock, Timeout
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from models.clock import monotonic
from models.session import Database

ASK_S = 3.0  # how often a leader asks whether it leads still
SURE_S = 8.0  # so long it believes the answer
SILENT_S = 12  # so long the server waits for it to ask again; longer than it believes
ANSWER_S = 10.0
_ADVISORY_KEY = 0x67726964  # "grid"


class Leadership:
    """The right to sweep and to send; `async with` gives it back."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._connection: AsyncConnection | None = None
        self._asked_at = 0.0
        self._file: FileLock | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.resign()

    @property
    def sure(self) -> bool:
        """Do we lead, beyond doubt? Not after a while without an answer: whoever was frozen has
        to ask before it does anything that only a leader may do."""
        if self._db.embedded:
            return self._file is not None and self._file.is_locked
        return self._connection is not None and monotonic() - self._asked_at < SURE_S

    async def take(self) -> bool:
        """Try to lead; True when we do. Asking again while leading checks that we still do.

        Raises what the database raises when it cannot be asked: then nobody knows.
        """
        if self._db.embedded:
            return self._take_file()
        try:
            async with asyncio.timeout(ANSWER_S):
                return await self._take_advisory()
        except BaseException:
            await self.resign()
            raise

    async def keep(self, work: Coroutine[Any, Any, object]) -> None:
        """Do something that may take long, for as long as we lead."""
        task = asyncio.create_task(work)
        try:
            while not task.done() and await self.take():
                await asyncio.wait({task}, timeout=ASK_S)
        finally:
            if not task.done():
                task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    def _take_file(self) -> bool:
        if self._file is None:
            self._file = FileLock(f"{self._db.url.database}.leader", thread_local=False)
        if self._file.is_locked:
            return True
        try:
            self._file.acquire(blocking=False)
        except Timeout:
            return False
        return True

    async def _take_advisory(self) -> bool:
        asked_at = monotonic()
        if self._connection is None or not await _alive(self._connection):
            await self.resign()
            self._connection = await self._lock()
        self._asked_at = asked_at
        return self._connection is not None

    async def _lock(self) -> AsyncConnection | None:
        """A connection that holds the lock; None while another's does."""
        connection = await self._db.engine.connect()
        try:
            connection = await connection.execution_options(isolation_level="AUTOCOMMIT")
            locked = await connection.scalar(
                text("SELECT pg_try_advisory_lock(:key)"), {"key": _ADVISORY_KEY}
            )
            if locked:
                await connection.execute(text(f"SET idle_session_timeout = '{SILENT_S}s'"))
                return connection
        except BaseException:
            await connection.invalidate()
            await connection.close()
            raise
        await connection.close()
        return None

    async def resign(self) -> None:
        """Give leadership back."""
        if self._file is not None and self._file.is_locked:
            self._file.release()
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.invalidate()
            await connection.close()


async def _alive(connection: AsyncConnection) -> bool:
    try:
        await connection.execute(text("SELECT 1"))
    except Exception:
        # Whatever broke it, the lock went with the connection.
        return False
    return True
