"""Writes the documents and ledgers that turns have asked for, and sends each as a file.

Who may have it is asked again here: a job may wait, and roles end meanwhile. File and message are
one transaction with the end of the job, so that a kill loses nothing and sends nothing twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

import locales
from bot.charts import process as charts
from bot.charts.picture import picture_of
from bot.documents import process, sheet
from bot.documents.words import GAP, filled, say
from handlers.documents import views
from models.access import Action, access_unit, actor_of
from models.accounts import Account
from models.clock import Clock, local_day
from models.documents.bulletin import bulletin_facts
from models.documents.kinds import DocumentKind, Facts, Layout, layout
from models.documents.ledger import COLUMNS, ledger_rows
from models.documents.notice import notice_facts
from models.documents.report import report_facts
from models.documents.series import IssuedDocument
from models.documents.templates import in_force
from models.files import keep_file
from models.jobs import Claimed, end
from models.messages import Outbound, Text
from models.outbox import Letter, Priority, enqueue
from models.reports.chart import Chart, offered
from models.reports.figures import count_figures
from models.reports.periods import Period, days_of_span, period_of_days
from models.reports.venues import DIGESTED
from models.session import Database
from models.sheets import SHEET
from models.units import Unit
from models.venues.inspection import Inspection
from models.venues.problems import manager_of
from models.venues.venue import Venue


@dataclass(frozen=True, slots=True)
class _Span:
    """The days that something is about, and what the daily sheet counts for them."""

    first: date
    last: date
    period: Period

    @property
    def days(self) -> tuple[date, date]:
        """Those that have begun."""
        return self.first, min(self.last, local_day(self.period.until_at, self.period.zone))


class _Writer:
    """What documents and ledgers have in common."""

    def __init__(self, db: Database, clock: Clock, zone: ZoneInfo) -> None:
        self._db = db
        self._clock = clock
        self._zone = zone

    async def give_up(self, job: Claimed, why: Text) -> None:
        async with self._db.write() as session:
            await end(session, job, well=False)
            await self._say(session, job, views.failed(why))

    async def _may(self, session: AsyncSession, job: Claimed, unit_id: int) -> Unit:
        """The unit, if whoever asked may still hand out documents there; UserError otherwise."""
        account = await session.get_one(Account, job.account_id)
        actor = await actor_of(session, account, self._clock.now())
        return await access_unit(session, actor, unit_id, Action.ISSUE)

    async def _span(self, session: AsyncSession, job: Claimed, unit: Unit) -> _Span:
        first, last = (date.fromisoformat(job.task[end]) for end in ("first", "last"))
        now = self._clock.now()
        period = await period_of_days(session, unit, first, last, now, self._zone)
        return _Span(first, last, period)

    async def _say(self, session: AsyncSession, job: Claimed, message: Outbound) -> None:
        letter = Letter(f"job:{job.id}:written", job.account_id, message, Priority.REPLY)
        await enqueue(session, [letter], self._clock.now())

    async def _keep(
        self, session: AsyncSession, job: Claimed, name: str, media_type: str, content: bytes
    ) -> str:
        by, now = job.account_id, self._clock.now()
        return await keep_file(session, name, media_type, content, account_id=by, now=now)


class DocumentWork(_Writer):
    """Jobs of the kind DOCUMENT."""

    async def do(self, job: Claimed) -> None:
        async with self._db.read() as session:
            document = await session.get_one(IssuedDocument, job.task["document"])
            unit = await session.get_one(Unit, document.unit_id)
            facts, chart = await self._facts(session, job, document)
            template, version = await in_force(session, unit, document.kind)
        known = layout(document.kind)
        words = filled(known, facts, self._zone)
        pictures = await _pictures(known, chart)
        content = await process.fill(template, words, say(GAP), pictures)
        async with self._db.write() as session:
            await end(session, job)
            await self._send(session, job, version, facts, content)

    async def _facts(
        self, session: AsyncSession, job: Claimed, document: IssuedDocument
    ) -> tuple[Facts, Chart | None]:
        """What it says, and what its chart shows."""
        if document.kind == DocumentKind.NOTICE:
            row = await _inspection(session, document)
            await self._may(session, job, row.unit_id)
            return await notice_facts(session, document, row, self._zone), None
        unit = await self._may(session, job, document.unit_id)
        span = await self._span(session, job, unit)
        if document.kind == DocumentKind.BULLETIN:
            return await bulletin_facts(session, document, unit, span.days, span.period), None
        now = self._clock.now()
        days = await days_of_span(session, unit, span.first, span.last, now, self._zone)
        return await report_facts(session, document, unit, span.days, days)

    async def _send(
        self, session: AsyncSession, job: Claimed, version: int, facts: Facts, content: bytes
    ) -> None:
        document = await session.get_one(IssuedDocument, job.task["document"])
        document.template = version
        unit = await session.get_one(Unit, document.unit_id)
        name = say(views.file_name(document.number_text(unit)))
        key = await self._keep(session, job, name, views.WORD_TYPE, content)
        if document.kind == DocumentKind.NOTICE:
            await self._send_notice(session, job, document, unit, key)
            return
        await self._may(session, job, unit.id)
        said = views.bulletin if document.kind == DocumentKind.BULLETIN else views.report
        await self._say(session, job, said(document, unit, facts, key))

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
        await self._say(
            session,
            job,
            views.notice(document, unit, venue, row, key, told=manager is not None),
        )
        if manager is not None and manager != job.account_id:
            message = views.notice_to_manager(document, unit, venue, row, key)
            once = f"notice:{document.id}:{manager}"
            letter = Letter(once, manager, message, Priority.NOTICE)
            await enqueue(session, [letter], self._clock.now())


async def _pictures(known: Layout, chart: Chart | None) -> Mapping[str, bytes]:
    """The pictures of a document by their names; none where nothing was due or nothing is drawn
    here."""
    if chart is None or not chart.total.due or not offered():
        return {}
    content = await charts.draw(picture_of(chart, locales.SOURCE))
    return {known.pictures["chart"]: content}


async def _inspection(session: AsyncSession, document: IssuedDocument) -> Inspection:
    return await session.get_one(Inspection, int(document.subject.partition(":")[2]))


class LedgerWork(_Writer):
    """Jobs of the kind LEDGER."""

    async def do(self, job: Claimed) -> None:
        now: datetime = self._clock.now()
        async with self._db.read() as session:
            unit = await self._may(session, job, job.task["unit"])
            span = await self._span(session, job, unit)
            rows = await ledger_rows(session, unit, span.period, now)
            figures = await count_figures(session, unit, span.period, DIGESTED)
        title = say(Text("ledger.title"))
        content = await asyncio.to_thread(sheet.write, title, COLUMNS, rows, self._zone)
        async with self._db.write() as session:
            await end(session, job)
            await self._may(session, job, unit.id)
            name = say(views.ledger_name(unit, span.days))
            key = await self._keep(session, job, name, SHEET, content)
            await self._say(session, job, views.ledger(unit, span.days, len(rows), figures, key))
