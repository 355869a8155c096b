"""Does what a tap on a batch asks for: writes its answer and sends it as a file.

Who may have it is asked again here: a job may wait, and roles end meanwhile.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

import locales
from bot.exports import answer_sheet
from bot.imports.errand import SHEET
from handlers.batches import views
from models.access import access_batch, actor_of
from models.accounts import Account
from models.actors import Action
from models.answers import Answer, answers, note_sent
from models.batches import standings
from models.clock import Clock
from models.files import keep_file
from models.jobs import Claimed, end
from models.messages import Outbound, Text
from models.outbox import Letter, Priority, enqueue
from models.session import Database
from models.sources import Batch
from models.units import Unit


class AnswerWork:
    """Jobs of the kind ANSWER."""

    def __init__(self, db: Database, clock: Clock, zone: ZoneInfo) -> None:
        self._db = db
        self._clock = clock
        self._zone = zone

    async def do(self, job: Claimed) -> None:
        async with self._db.read() as session:
            batch = await self._batch(session, job)
            rows = await answers(session, batch)
        content = await asyncio.to_thread(answer_sheet, [(batch.headings, rows)], self._zone)
        async with self._db.write() as session:
            await end(session, job)
            await self._send(session, job, rows, content)

    async def give_up(self, job: Claimed, why: Text) -> None:
        async with self._db.write() as session:
            await end(session, job, well=False)
            await _say(session, job, views.failed(why), self._clock.now())

    async def _batch(self, session: AsyncSession, job: Claimed) -> Batch:
        account = await session.get_one(Account, job.account_id)
        actor = await actor_of(session, account, self._clock.now())
        return await access_batch(session, actor, job.task["batch"], Action.SEE)

    async def _send(
        self, session: AsyncSession, job: Claimed, rows: list[Answer], content: bytes
    ) -> None:
        now = self._clock.now()
        batch = await self._batch(session, job)
        unit = await session.get_one(Unit, batch.unit_id)
        (standing,) = await standings(session, [batch], now)
        if standing.is_whole and batch.replied_at is None:
            batch.replied_at = now
        name = locales.render(locales.SOURCE, views.file_name(batch))
        key = await keep_file(session, name, SHEET, content, account_id=job.account_id, now=now)
        await note_sent(session, batch, rows, job.account_id, now)
        await _say(session, job, views.answered(standing, rows, unit.name, key), now)


async def _say(session: AsyncSession, job: Claimed, message: Outbound, now: datetime) -> None:
    letter = Letter(f"job:{job.id}:answer", job.account_id, message, Priority.REPLY)
    await enqueue(session, [letter], now)
