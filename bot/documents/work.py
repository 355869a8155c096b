"""Writes the documents that turns have asked for, and sends each as a file.

Who may have it is asked again here: a job may wait, and roles end meanwhile. File and message are
one transaction with the end of the job, so that a kill loses nothing and sends nothing twice.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

import locales
from bot.charts import process as charts
from bot.charts.picture import picture_of
from bot.documents import process
from bot.documents.words import GAP, filled, say
from bot.documents.writing import Writer
from handlers.documents import views
from models.access import access_unit
from models.actors import Action
from models.documents.bulletin import bulletin_facts
from models.documents.kinds import DocumentKind, Facts, Layout, layout
from models.documents.notice import notice_facts
from models.documents.report import report_facts
from models.documents.series import IssuedDocument
from models.documents.templates import in_force
from models.jobs import Claimed, end
from models.outbox import Letter, Priority, enqueue
from models.reports.chart import Chart, offered
from models.reports.periods import days_of_span
from models.units import Unit
from models.venues.inspection import Inspection
from models.venues.problems import manager_of
from models.venues.venue import Venue


class DocumentWork(Writer):
    """Jobs of the kind DOCUMENT."""

    async def do(self, job: Claimed) -> None:
        async with self.db.read() as session:
            document = await session.get_one(IssuedDocument, job.task["document"])
            unit = await session.get_one(Unit, document.unit_id)
            facts, chart = await self._facts(session, job, document)
            template, version = await in_force(session, unit, document.kind)
        known = layout(document.kind)
        words = filled(known, facts, self.zone)
        pictures = await _pictures(known, chart)
        content = await process.fill(template, words, say(GAP), pictures)
        async with self.db.write() as session:
            await end(session, job)
            await self._send(session, job, version, facts, content)

    async def _may(self, session: AsyncSession, job: Claimed, unit_id: int) -> Unit:
        """The unit, if whoever asked may still hand out documents there; UserError otherwise."""
        return await access_unit(session, await self.actor(session, job), unit_id, Action.ISSUE)

    async def _facts(
        self, session: AsyncSession, job: Claimed, document: IssuedDocument
    ) -> tuple[Facts, Chart | None]:
        """What it says, and what its chart shows."""
        if document.kind == DocumentKind.NOTICE:
            row = await _inspection(session, document)
            await self._may(session, job, row.unit_id)
            return await notice_facts(session, document, row, self.zone), None
        unit = await self._may(session, job, document.unit_id)
        span = await self.span(session, job, unit)
        if document.kind == DocumentKind.BULLETIN:
            return await bulletin_facts(session, document, unit, span.days, span.period), None
        now = self.clock.now()
        days = await days_of_span(session, unit, span.first, span.last, now, self.zone)
        return await report_facts(session, document, unit, span.days, days)

    async def _send(
        self, session: AsyncSession, job: Claimed, version: int, facts: Facts, content: bytes
    ) -> None:
        document = await session.get_one(IssuedDocument, job.task["document"])
        document.template = version
        unit = await session.get_one(Unit, document.unit_id)
        name = say(views.file_name(document.number_text(unit)))
        key = await self.keep(session, job, name, views.WORD_TYPE, content)
        if document.kind == DocumentKind.NOTICE:
            await self._send_notice(session, job, document, unit, key)
            return
        await self._may(session, job, unit.id)
        said = views.bulletin if document.kind == DocumentKind.BULLETIN else views.report
        await self.say(session, job, said(document, unit, facts, key))

    async def _send_notice(
        self,
        session: AsyncSession,
        job: Claimed,
        document: IssuedDocument,
        unit: Unit,
        key: str,
    ) -> None:
        """To whoever asked, and once to the manager who has to put it right."""
        row = await _inspection(session, document)
        await self._may(session, job, row.unit_id)
        venue = await session.get_one(Venue, row.venue_id)
        manager = await manager_of(session, venue)
        await self.say(
            session,
            job,
            views.notice(document, unit, venue, row, key, told=manager is not None),
        )
        if manager is not None and manager != job.account_id:
            message = views.notice_to_manager(document, unit, venue, row, key)
            once = f"notice:{document.id}:{manager}"
            letter = Letter(once, manager, message, Priority.NOTICE)
            await enqueue(session, [letter], self.clock.now())


async def _pictures(known: Layout, chart: Chart | None) -> Mapping[str, bytes]:
    """The pictures of a document by their names; none where nothing was due or nothing is drawn
    here."""
    if chart is None or not chart.total.due or not offered():
        return {}
    content = await charts.draw(picture_of(chart, locales.SOURCE))
    return {known.pictures["chart"]: content}


async def _inspection(session: AsyncSession, document: IssuedDocument) -> Inspection:
    return await session.get_one(Inspection, int(document.subject.partition(":")[2]))
