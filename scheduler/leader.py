"""One process of a deployment leads: it sweeps and sends. The lock dies with its holder.

PostgreSQL: an advisory lock on a connection of its own. SQLite: a lock on a file beside it.
"""

from __future__ import annotations

from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from models.session import Database

_ADVISORY_KEY = 0x67726964  # "grid"


class Leadership:
    """The right to sweep and to send; `async with` gives it back."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._connection: AsyncConnection | None = None
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

    async def take(self) -> bool:
        """Try to lead; True when we do. Asking again while leading checks that we still do."""
        return self._take_file() if self._db.embedded else await self._take_advisory()

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
        if self._connection is not None:
            if await self._alive(self._connection):
                return True
            await self.resign()
        connection = await self._db.engine.connect()
        connection = await connection.execution_options(isolation_level="AUTOCOMMIT")
        taken = await connection.scalar(
            text("SELECT pg_try_advisory_lock(:key)"), {"key": _ADVISORY_KEY}
        )
        if not taken:
            await connection.close()
            return False
        self._connection = connection
        return True

    @staticmethod
    async def _alive(connection: AsyncConnection) -> bool:
        try:
            await connection.execute(text("SELECT 1"))
        except Exception:
            # Whatever broke it, the lock went with the connection.
            return False
        return True

    async def resign(self) -> None:
        """Give leadership back."""
        if self._file is not None and self._file.is_locked:
            self._file.release()
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.invalidate()
            await connection.close()
