"""Draws the charts that turns have asked for, and sends each as a picture.

Who may have it is asked again here: a job may wait, and roles end meanwhile. Picture and message
are one transaction with the end of the job.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

import locales
from bot.charts import process
from bot.charts.picture import picture_of
from handlers.digest import views
from models.access import access_unit, actor_of
from models.accounts import Account
from models.actors import Action
from models.clock import Clock
from models.files import keep_file
from models.jobs import Claimed, end
from models.messages import Outbound, Text
from models.outbox import Letter, Priority, enqueue
from models.reports.chart import chart_of_last_days
from models.session import Database
from models.units import Unit

PNG = "image/png"


class ChartWork:
    """Jobs of the kind CHART."""

    def __init__(self, db: Database, clock: Clock, zone: ZoneInfo) -> None:
        self._db = db
        self._clock = clock
        self._zone = zone

    async def do(self, job: Claimed) -> None:
        async with self._db.read() as session:
            lang = (await session.get_one(Account, job.account_id)).lang
            unit = await self._may(session, job)
            chart = await chart_of_last_days(session, unit, self._clock.now(), self._zone)
        content = await process.draw(picture_of(chart, lang)) if chart.total.due else b""
        async with self._db.write() as session:
            await end(session, job)
            await self._may(session, job)
            if not content:
                await self._say(session, job, views.nothing_to_draw(chart))
                return
            name = locales.render(lang, views.chart_name(chart))
            by, now = job.account_id, self._clock.now()
            key = await keep_file(session, name, PNG, content, account_id=by, now=now)
            await self._say(session, job, views.chart(chart, key))

    async def give_up(self, job: Claimed, why: Text) -> None:
        async with self._db.write() as session:
            await end(session, job, well=False)
            await self._say(session, job, Outbound((why,)))

    async def _may(self, session: AsyncSession, job: Claimed) -> Unit:
        """The unit, if whoever asked still oversees it; UserError otherwise."""
        account = await session.get_one(Account, job.account_id)
        actor = await actor_of(session, account, self._clock.now())
        return await access_unit(session, actor, job.task["unit"], Action.OVERSEE)

    async def _say(self, session: AsyncSession, job: Claimed, message: Outbound) -> None:
        letter = Letter(f"job:{job.id}:drawn", job.account_id, message, Priority.REPLY)
        await enqueue(session, [letter], self._clock.now())
