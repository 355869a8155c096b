"""Where the rows of a sheet land: whose sheet it is, in which transactions, who is told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot.imports.pace import MOST
from bot.imports.result import Result, Results
from models.actors import Actor
from models.clock import local_day
from models.session import Database

T = TypeVar("T")


@dataclass
class Berth:
    """Without an `actor` it is the operator, who may write everywhere."""

    db: Database
    now: datetime
    zone: ZoneInfo
    actor: Actor | None

    @property
    def today(self) -> date:
        return local_day(self.now, self.zone)

    def told(self, _option: str) -> str:
        """What whoever brought the sheet said beside it; empty where the sheet has to say it."""
        return ""

    def write(self) -> AbstractAsyncContextManager[AsyncSession]:
        return self.db.write()

    async def fill(
        self,
        batches: AsyncIterator[Mapping[int, T]],
        put: Callable[[AsyncSession, Mapping[int, T]], Awaitable[Results]],
    ) -> None:
        """Write the batches by portions; a transaction takes as many as it may."""
        async for batch in batches:
            left = list(batch.items())
            while left:
                async with self.write() as session:
                    results: dict[int, Result] = {}
                    while left and (size := self.portion(len(results))):
                        results |= await put(session, dict(left[:size]))
                        del left[:size]
                    await self.landed(session, results)
                await self.rest()

    def portion(self, landed: int) -> int:
        """How many rows to write next in a transaction that has `landed` so many; 0: commit it."""
        return 0 if landed else MOST

    async def landed(self, session: AsyncSession, results: Results) -> None:
        """These rows are written in the transaction that is about to be committed."""
        raise NotImplementedError

    async def rest(self) -> None:
        """Between two transactions."""
