"""A book from the bot's side: each method waits without holding up the loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Collection, Mapping
from datetime import date
from typing import Any

from bot.imports.directory import Directory
from bot.imports.kinds import Items
from bot.imports.marks import Headed
from bot.imports.result import Results
from models.errands import Look


class Reader:
    """What a Book does, somewhere else. `call` runs one of its methods, while it is `alive`."""

    @property
    def alive(self) -> bool:
        return True

    async def call(self, method: str, *args: Any) -> Any:
        raise NotImplementedError

    async def heads(self) -> Headed | None:
        found: Headed | None = await self.call("heads")
        return found

    async def look(self, kinds: Collection[str]) -> list[Look]:
        found: list[Look] = await self.call("look", tuple(kinds))
        return found

    async def read(
        self,
        kind: str,
        columns: Mapping[str, int] | None,
        directory: Directory | None,
        today: date,
    ) -> int:
        return int(await self.call("read", kind, columns, directory, today))

    async def batches(self, most: int) -> AsyncGenerator[Items]:
        """One is read while the one before it lands; each of so many rows at most."""
        ahead = asyncio.create_task(self.call("take", most))
        try:
            while batch := await ahead:
                ahead = asyncio.create_task(self.call("take", most))
                yield batch
        finally:
            ahead.cancel()
            await asyncio.gather(ahead, return_exceptions=True)

    async def refusals(self) -> Results:
        found: Results = await self.call("refusals")
        return found

    async def copy(self, results: Results, lang: str) -> bytes:
        content: bytes = await self.call("copy", results, lang)
        return content
