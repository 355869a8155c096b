"""Keeps the sheet that somebody was just asked about open: landing it need not read it again.

A convenience of this process alone. Whoever lands without it fetches and opens the file anew.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass

from bot.imports.reader import Reader

KEPT_S = 180.0  # most people confirm within a minute; a large sheet takes 200 MB meanwhile


@dataclass
class _Kept:
    job_id: int
    reader: Reader
    opened: AsyncExitStack
    expiry: asyncio.Task[None]


class Shelf:
    """Has room for one: the last that was looked at."""

    def __init__(self, seconds: float = KEPT_S) -> None:
        self._seconds = seconds
        self._kept: _Kept | None = None

    async def put(self, job_id: int, reader: Reader, opened: AsyncExitStack) -> None:
        """Keep a job's sheet, which `opened` closes; what was kept before goes."""
        await self.clear()
        self._kept = _Kept(job_id, reader, opened, asyncio.create_task(self._expire(opened)))

    def take(self, job_id: int, opened: AsyncExitStack) -> Reader | None:
        """This job's sheet, which `opened` closes from now on; None where it is not here."""
        kept = self._kept
        if kept is None or kept.job_id != job_id or not kept.reader.alive:
            return None
        self._kept = None
        opened.push_async_exit(kept.opened.pop_all())
        kept.expiry.cancel()
        return kept.reader

    async def clear(self) -> None:
        """Keep nothing."""
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.expiry.cancel()
            await asyncio.wait([kept.expiry])
            await kept.opened.aclose()

    async def _expire(self, opened: AsyncExitStack) -> None:
        """Closed in the end, and where the loop ends before."""
        try:
            await asyncio.sleep(self._seconds)
        finally:
            if self._kept is not None and self._kept.opened is opened:
                self._kept = None
            await opened.aclose()
