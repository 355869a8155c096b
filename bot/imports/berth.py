"""Where the rows of a sheet land: whose sheet it is, in which transactions, who is told."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot.imports.result import Results
from models.access import Actor
from models.clock import local_day
from models.session import Database


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

    async def landed(self, session: AsyncSession, results: Results) -> None:
        """These rows are written in the transaction that is about to be committed."""
        raise NotImplementedError

    async def rest(self) -> None:
        """Between two transactions."""
