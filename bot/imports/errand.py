"""Does what a sheet in a chat asks for: fetches it, says what it is, lands it once confirmed.

A ledger of ours, from whoever decides on its columns, is looked at for its headings first.

Broken off anywhere, it begins again from the file: rows that have landed land as they are, and
stay counted as what they were the first time.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import PurePath
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

import locales
from bot.channels.base import Files
from bot.dropped import fetch_dropped
from bot.imports.berth import Berth
from bot.imports.headings import proposed
from bot.imports.kinds import KINDS
from bot.imports.landing import open_sheet
from bot.imports.pace import AMONG_OTHERS, MOST, Pace
from bot.imports.process import opened
from bot.imports.reader import Reader
from bot.imports.result import Outcome, Result, Results, note
from bot.imports.saying import add, arrived, show
from bot.imports.shelf import Shelf
from handlers.sheets import views
from models.access import actor_of
from models.accounts import Account
from models.actors import Action, Actor
from models.clock import Clock, monotonic
from models.errands import Errand
from models.files import keep_file
from models.jobs import Claimed, ask, end, keep
from models.ledgers.declaration import Ledger
from models.messages import Outbound, Text, UserError
from models.session import Database
from models.sheets import BROUGHT_BY, kinds_for
from models.twins import waiting

PROGRESS_S = 3.0
FEWEST_COLUMNS = 2  # no kind of sheet does with fewer
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ImportWork:
    """Jobs of the kind IMPORT. `files` are the channels that files can be fetched from."""

    def __init__(
        self,
        db: Database,
        files: Mapping[str, Files],
        clock: Clock,
        zone: ZoneInfo,
        ledgers: Mapping[str, Ledger],
    ) -> None:
        self._db = db
        self._files = files
        self._ledgers = ledgers
        self._clock = clock
        self._zone = zone
        self._shelf = Shelf()

    async def do(self, job: Claimed) -> None:
        errand = Errand.of(job.task)
        async with AsyncExitStack() as stack:
            reader = self._shelf.take(job.id, stack)
            if reader is None:
                content = await fetch_dropped(self._files, errand)
                reader = await stack.enter_async_context(opened(content))
            async with self._db.read() as session:
                account = await session.get_one(Account, job.account_id)
                actor = await actor_of(session, account, self._clock.now())
            if errand.stage == "look":
                await self._look(job, errand, reader, actor)
                await self._shelf.put(job.id, reader, stack.pop_all())
            else:
                await self._land(job, errand, reader, actor, account.lang)

    async def give_up(self, job: Claimed, why: Text) -> None:
        errand = Errand.of(job.task)
        async with self._db.write() as session:
            await end(session, job, well=False)
            await show(session, job, errand, views.failed(errand, why), self._clock.now())

    async def _look(self, job: Claimed, errand: Errand, reader: Reader, actor: Actor) -> None:
        """Ask about the headings of a ledger, else about what the sheet seems to be."""
        message = await proposed(self._db, self._ledgers, actor, reader, errand, job.id)
        message = message or await self._recognised(job, errand, reader, actor)
        async with self._db.write() as session:
            await show(session, job, errand, message, self._clock.now())
            await ask(session, job, errand.model_dump())

    async def _recognised(
        self, job: Claimed, errand: Errand, reader: Reader, actor: Actor
    ) -> Outbound:
        """What the file seems to be."""
        likeliest, *others = await reader.look(BROUGHT_BY)
        if likeliest.bare and len(likeliest.headings) < FEWEST_COLUMNS:
            raise UserError("sheet.unrecognised")
        hers = kinds_for(actor)
        looks = [look for look in (likeliest, *others) if look.kind in hers]
        if likeliest.kind not in hers and not likeliest.lacks and all(it.lacks for it in looks):
            raise UserError("sheet.not_yours", kind=Text(f"sheet.kind.{likeliest.kind}"))
        errand.looks = {look.kind: look for look in looks}
        errand.kind = looks[0].kind
        return views.preview(job.id, errand)

    async def _land(
        self, job: Claimed, errand: Errand, reader: Reader, actor: Actor, lang: str
    ) -> None:
        if errand.kind not in kinds_for(actor):
            raise UserError("sheet.not_allowed")
        now = self._clock.now()
        berth = _Chat(self._db, now, self._zone, actor, job, errand, reader, self._clock, lang)
        berth.rows = await open_sheet(reader, errand.kind, errand.look.columns, berth)
        async with aclosing(reader.batches(MOST)) as batches:
            await KINDS[errand.kind].land(berth, batches)
        if not KINDS[errand.kind].whole:
            async with self._db.write() as session:
                await berth.finish(session)


@dataclass
class _Chat(Berth):
    """A sheet from a chat: every transaction keeps the job, its message tells how far it is."""

    job: Claimed
    errand: Errand
    reader: Reader
    clock: Clock
    lang: str
    rows: int = 0
    landed_before: int = field(init=False)
    told_at: float = field(default_factory=monotonic)
    pace: Pace = field(default_factory=Pace)
    last: int = 0  # rows in the last transaction
    others: bool = False  # did somebody wait for it to end?
    results: dict[int, Result] = field(default_factory=dict)  # those that go back

    def __post_init__(self) -> None:
        self.landed_before = self.errand.landed_to

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        async with self.db.write() as session:
            began = monotonic()
            yield session
            self.others = self.waited_for
        self.pace.note(self.last, monotonic() - began, others=self.others)

    def portion(self, landed: int) -> int:
        """A transaction goes on while nobody waits for it, nor did lately."""
        if landed and (self.waited_for or not self.pace.alone):
            return 0
        return self.pace.size()

    @property
    def waited_for(self) -> bool:
        """Does somebody wait for the transaction to end?"""
        return self.db.waiting > 0

    async def rest(self) -> None:
        """Whoever has waited for this transaction has more than one of her own to do."""
        if self.others:
            await asyncio.sleep(AMONG_OTHERS.aim_s)

    async def landed(self, session: AsyncSession, results: Results) -> None:
        self.last = len(results)
        fresh = [result for row, result in results.items() if row > self.landed_before]
        note(session, self.errand.kind, fresh, self.now, self.job.account_id)
        counts = Counter(result.outcome for result in fresh)
        self.errand.new += counts[Outcome.NEW]
        self.errand.changed += counts[Outcome.CHANGED]
        self.errand.landed_to = max(self.errand.landed_to, *results, 0)
        if KINDS[self.errand.kind].whole:
            self.results = dict(results)
            await self.finish(session)
            return
        back = {n: result for n, result in results.items() if result.outcome is Outcome.REFUSED}
        self.results |= back
        await self._tell(session)
        await keep(session, self.job, self.clock.now(), self.errand.model_dump())

    async def _tell(self, session: AsyncSession) -> None:
        """How far it is, now and then, and never behind something that has not left yet."""
        if monotonic() - self.told_at < PROGRESS_S or not await arrived(session, self.errand):
            return
        self.told_at = monotonic()
        done = min(self.errand.landed_to, self.rows)
        message = views.progress(self.errand.name, done, self.rows)
        await show(session, self.job, self.errand, message, self.clock.now())

    async def finish(self, session: AsyncSession) -> None:
        """Say what became of it, give back what has to be mended or handed on."""
        early = await self.reader.refusals()
        outcomes = [result.outcome for result in self.results.values()]
        refused = len(early) + outcomes.count(Outcome.REFUSED)
        unchanged = self.rows - refused - self.errand.new - self.errand.changed
        await end(session, self.job)
        now = self.clock.now()
        decides = self.actor is not None and self.actor.may(Action.KEEP)
        pairs = 0
        if self.errand.kind == "people":
            pairs = await waiting(session, self.actor if decides else None)
        message = views.ended(self.errand, unchanged, refused, pairs, decides=decides)
        await show(session, self.job, self.errand, message, now)
        codes = any(result.code for result in self.results.values())
        if refused or codes:
            key = await self._copy(session)
            await add(session, self.job, self.errand, views.given_back(key, codes=codes), now)

    async def _copy(self, session: AsyncSession) -> str:
        stem = PurePath(self.errand.name).stem
        name = locales.render(self.lang, Text("sheet.copy_name", {"name": stem}))
        content = await self.reader.copy(self.results, self.lang)
        return await keep_file(
            session, name, SHEET, content, account_id=self.job.account_id, now=self.clock.now()
        )
