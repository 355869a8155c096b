"""A database that is away when a command begins: `run` waits for it and says so, others say so.

What waiting does not mend (a wrong password, a name, a file) is said at once by all of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

import structlog

from bot.courier import jittered
from models.messages import Text, UserError
from models.session import Database, is_outage, refusal

CAP_S = 5.0

T = TypeVar("T")
log = structlog.get_logger()


class Stopped(Exception):
    """Told to stop while the database was still away."""


class Patience:
    """Waits until `stop`, or not at all without one. `tell` hears once that we wait."""

    def __init__(
        self, stop: asyncio.Event | None = None, tell: Callable[[Text], None] | None = None
    ) -> None:
        self._stop = stop
        self._tell = tell

    async def until_there(self, db: Database, work: Callable[[], Awaitable[T]]) -> T:
        """What `work` gives, as soon as the database lets it. Raises UserError when nobody waits
        or waiting cannot help, Stopped when told to stop meanwhile."""
        streak = 0
        while True:
            try:
                found = await work()
            except Exception as error:
                self._give_up_on(error, db)
                streak += 1
                if streak == 1:
                    self._say(db, error)
                await self._rest(jittered(streak, CAP_S))
            else:
                if streak:
                    log.info("database.back", failures=streak)
                return found

    def _give_up_on(self, error: Exception, db: Database) -> None:
        url = db.url.render_as_string(hide_password=True)
        if why := refusal(error):
            raise UserError(f"database.refused.{why}", url=url) from error
        if not is_outage(error):
            raise error
        if self._stop is None:
            raise UserError("database.away", url=url) from error

    def _say(self, db: Database, error: Exception) -> None:
        log.warning("database.away", error=type(error).__name__)
        if self._tell is not None:
            self._tell(Text("run.waits", {"url": db.url.render_as_string(hide_password=True)}))

    async def _rest(self, seconds: float) -> None:
        assert self._stop is not None, "without it, nobody rests"
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stop.wait()
        if self._stop.is_set():
            raise Stopped


NONE = Patience()
