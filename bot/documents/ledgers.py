"""Writes the ledgers that turns have asked for, and sends each as a file.

Rows are read in portions, each in a transaction of its own, and written while the next are not
there yet. Who may have it is asked as it begins and once more as it is sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot.documents.sheet import Book, Cover
from bot.documents.words import say, word
from bot.documents.writing import Span, Writer
from handlers.ledgers import views
from models import audit
from models.clock import Clock, monotonic
from models.documents.signers import names_of
from models.jobs import LEASE, Claimed, end, keep
from models.ledgers.declaration import Column, Ledger, Scope, portions
from models.ledgers.headings import columns_of, in_force
from models.ledgers.headings import mark as mark_of
from models.ledgers.summary import Summary, summary_of
from models.messages import Text, UserError, Value
from models.reports.figures import Figures
from models.session import Database
from models.sheets import SHEET
from models.units import Unit

_KEPT_S = LEASE.total_seconds() / 3


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What was asked for, as far as she may still have it."""

    ledger: Ledger
    scope: Scope
    span: Span
    reader: str
    columns: tuple[Column, ...]
    version: int  # of the district's headings

    @property
    def own(self) -> bool:
        """Is it of what she has entered, and of nothing else?"""
        return self.ledger.own(self.scope.actor, self.scope.unit)

    @property
    def told(self) -> Mapping[str, Value]:
        days = views.span_text(*self.span.days)
        return {"days": days, "unit": self.scope.unit.name, "title": self.ledger.title}


class LedgerWork(Writer):
    """Jobs of the kind LEDGER."""

    def __init__(
        self, db: Database, clock: Clock, zone: ZoneInfo, ledgers: Mapping[str, Ledger]
    ) -> None:
        super().__init__(db, clock, zone)
        self._ledgers = ledgers

    async def do(self, job: Claimed) -> None:
        async with self.db.read() as session:
            wanted = await self._wanted(session, job)
            summary = await summary_of(session, wanted.scope)
            figures = await wanted.ledger.figures(session, wanted.scope)
        cover = self._cover(job, wanted, figures)
        book = await asyncio.to_thread(Book, cover, wanted.columns, wanted.scope.now, self.zone)
        try:
            people = await self._fill(job, wanted, summary, book)
            content = await asyncio.to_thread(book.close, summary) if summary.rows else None
            async with self.db.write() as session:
                await self._finish(session, job, wanted, summary, figures, content, people)
        finally:
            await asyncio.to_thread(book.discard)

    async def _finish(
        self,
        session: AsyncSession,
        job: Claimed,
        wanted: _Wanted,
        summary: Summary,
        figures: Figures,
        content: Path | None,
        people: Collection[int],
    ) -> None:
        """It is sent, if it is still hers, and whoever is named in full can see so."""
        await end(session, job)
        await self._wanted(session, job)
        await self._send(session, job, wanted, summary, figures, content)
        if content is not None:
            subjects = [f"person:{one}" for one in sorted(people)]
            now, number = self.clock.now(), job.task["number"]
            await audit.record_all(session, now, job.account_id, "ledger.named", subjects, number)

    async def _wanted(self, session: AsyncSession, job: Claimed) -> _Wanted:
        """UserError when it is not hers any more."""
        ledger, whole = self._ledgers[job.task["ledger"]], bool(job.task["whole"])
        actor = await self.actor(session, job)
        unit = await session.get_one(Unit, job.task["unit"])
        if not ledger.may(actor, unit, whole=whole):
            raise UserError("access.denied")
        span = await self.span(session, job, unit)
        scope = Scope(actor, unit, span.period, self.clock.now(), whole)
        names = await names_of(session, [job.account_id])
        current, version = await in_force(session, unit, ledger, say)
        columns = columns_of(ledger, current)
        return _Wanted(ledger, scope, span, names.get(job.account_id, ""), columns, version)

    def _cover(self, job: Claimed, wanted: _Wanted, figures: Figures) -> Cover:
        scope, period = wanted.scope, wanted.span.period
        at = word(scope.now, self.zone)
        who: dict[str, Value] = {"number": job.task["number"], "reader": wanted.reader, "at": at}
        mark = say(Text("ledger.mark.whole" if scope.whole else "ledger.mark", who))
        ends: dict[str, Value] = {
            "since": word(period.since_at, self.zone),
            "until": word(period.until_at, self.zone),
        }
        lines = [
            say(Text("ledger.cover", wanted.told)),
            say(Text("ledger.period", ends)),
            mark,
            *([say(Text("ledger.reason", {"reason": job.task["reason"]}))] if scope.whole else []),
            *([say(Text("ledger.own_cover", who))] if wanted.own else []),
            *(say(one) for one in wanted.ledger.said(figures)),
        ]
        ledger = wanted.ledger
        marks = {one.code: mark_of(ledger, one.code) for one in ledger.columns}
        return Cover(say(ledger.title), lines, mark, scope.whole, marks)

    async def _fill(self, job: Claimed, wanted: _Wanted, summary: Summary, book: Book) -> set[int]:
        """Read and write every row; whom one that is not masked is about. Stays with the job
        meanwhile."""
        people: set[int] = set()
        async with self.db.read() as session:
            every = await wanted.ledger.ids(session, wanted.scope)
        kept, writing = monotonic(), asyncio.create_task(asyncio.to_thread(book.add, ()))
        try:
            for ids in portions(every):
                async with self.db.read() as session:
                    entries = await wanted.ledger.read(session, wanted.scope, ids)
                await writing
                writing = asyncio.create_task(asyncio.to_thread(book.add, entries))
                if wanted.scope.whole:
                    people.update(one.person_id for one in entries if one.person_id is not None)
                summary.add(entries)
                if monotonic() - kept > _KEPT_S:
                    kept = monotonic()
                    async with self.db.write() as session:
                        await keep(session, job, self.clock.now())
            await writing
            return people
        finally:
            await asyncio.gather(writing, return_exceptions=True)

    async def _send(
        self,
        session: AsyncSession,
        job: Claimed,
        wanted: _Wanted,
        summary: Summary,
        figures: Figures,
        content: Path | None,
    ) -> None:
        ledger, unit, whole = wanted.ledger, wanted.scope.unit, wanted.scope.whole
        days = wanted.span.days
        if content is None:
            await self.say(session, job, views.nothing(ledger, unit, days))
            return
        name = say(views.file_name(ledger, unit, days, whole=whole))
        key = await self.keep(session, job, name, SHEET, content)
        told = {"ledger": ledger.code, "rows": summary.rows, "whole": whole}
        told |= {"headings": wanted.version} if wanted.version else {}
        by, now, reason = job.account_id, self.clock.now(), job.task["reason"]
        number = {"number": job.task["number"]}
        audit.record(session, now, by, "ledger.given", f"unit:{unit.id}", reason, **told, **number)
        message = views.ready(
            ledger, unit, days, summary.rows, figures, key, whole=whole, own=wanted.own
        )
        await self.say(session, job, message)
