"""The composition root: the only place where long-lived objects are built and run together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from cryptography.exceptions import InvalidTag
from sqlalchemy import LargeBinary, select, type_coerce

import locales
from bot.broadcasts import BroadcastWork
from bot.channels.base import Channel, Files, Forums, PollingChannel, PushingChannel
from bot.channels.watched import WatchedChannel, WatchedSource
from bot.charts import process as charts
from bot.dispatcher import Dispatcher
from bot.fonts import use_font
from bot.intake import Intake
from bot.jobs import Runner, Work
from bot.metrics import Metrics
from bot.patience import NONE, Patience
from bot.registration import Registration
from bot.settings import Settings
from bot.silence import Silence
from bot.topics import TopicWork
from bot.web.webhook import Hook
from bot.worker import Worker
from handlers.features import registry
from models import crypto
from models.accounts import Account, Assignment
from models.answers import ANSWER
from models.broadcasts import BROADCAST
from models.clock import Clock, SystemClock, monotonic
from models.documents.series import DOCUMENT
from models.documents.templates import TEMPLATE
from models.errands import IMPORT
from models.groups import TOPICS
from models.ledgers.declaration import LEDGER
from models.messages import Outbound, Text, UserError
from models.migrations.upgrade import migrate
from models.outbox import OutboxRow
from models.people import Person
from models.reach import lose
from models.reports import chart
from models.reports.chart import CHART
from models.session import Database, is_outage
from scheduler.leader import ASK_S, Leadership
from scheduler.sweep import tick
from scheduler.ticker import Ticker
from scheduler.upkeep import plan_recurring

SILENCE_S = 90.0  # a long poll, its timeouts, and the longest pause after a failure

log = structlog.get_logger()


@asynccontextmanager
async def database(settings: Settings, patience: Patience = NONE) -> AsyncIterator[Database]:
    """The database of these settings, its keys installed, its tables up to date.

    Raises UserError for what the operator can mend, and when it is away and nobody is patient.
    """
    if not settings.database_url:
        _make_room(settings.data_dir)
    locales.use_zone(settings.zone)
    db = Database(settings.database)
    try:
        await patience.until_there(db, lambda: migrate(db))
        await patience.until_there(db, lambda: _unlock(db, settings))
        yield db
    finally:
        await db.close()


def _make_room(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError("database.refused.file", url=str(folder)) from error


async def _unlock(db: Database, settings: Settings) -> None:
    """Install the keys. A database that others have sealed is never given a ring of its own:
    what was written before would be lost without a word."""
    sealed = await anything_sealed(db)
    if sealed is not None and not settings.has_keys:
        raise UserError("run.key_missing", path=str(settings.key_file))
    settings.install_keys()
    if sealed is not None:
        try:
            crypto.unseal(*sealed)
        except (crypto.LockedError, InvalidTag):
            raise UserError("run.key_wrong", path=settings.key_place) from None


async def anything_sealed(db: Database) -> tuple[bytes, str] | None:
    """Some sealed value and its place; the columns are those that are filled first."""
    async with db.read() as session:
        for column in (OutboxRow.payload, Person.name, Assignment.name, Account.name):
            raw = type_coerce(column, LargeBinary)
            found = await session.scalar(select(raw).where(column.is_not(None)).limit(1))
            if found is not None:
                return found, str(column.property.columns[0])
    return None


def _offer_charts(settings: Settings) -> None:
    """Pictures are offered where they can be drawn; where they cannot, the operator hears why."""
    use_font(settings.own_font)
    lacking = charts.lacks()
    chart.offer(drawn=not lacking)
    if lacking:
        log.warning("charts.off", lacking=lacking)


def works(
    db: Database, channels: Mapping[str, object], clock: Clock, zone: ZoneInfo
) -> Mapping[str, Callable[[], Work]]:
    """Every kind of long work, made when there is some."""

    @cache
    def imports() -> Work:
        from bot.imports.errand import ImportWork  # what reads sheets is heavy

        files = {name: it for name, it in channels.items() if isinstance(it, Files)}
        return ImportWork(db, files, clock, zone, registry().ledgers)

    def replies() -> Work:
        from bot.replies import AnswerWork  # and so is what writes them

        return AnswerWork(db, clock, zone)

    def topics() -> Work:
        forums = {name: it for name, it in channels.items() if isinstance(it, Forums)}
        return TopicWork(db, forums, clock)

    def broadcasts() -> Work:
        return BroadcastWork(db, clock)

    def documents() -> Work:
        from bot.documents.work import DocumentWork

        return DocumentWork(db, clock, zone)

    def ledgers() -> Work:
        from bot.documents.ledgers import LedgerWork

        return LedgerWork(db, clock, zone, registry().ledgers)

    def charts() -> Work:
        from bot.charts.work import ChartWork

        return ChartWork(db, clock, zone)

    def templates() -> Work:
        from bot.documents.adopting import TemplateWork

        files = {name: it for name, it in channels.items() if isinstance(it, Files)}
        return TemplateWork(db, files, clock, zone)

    return {
        IMPORT: imports,
        ANSWER: replies,
        BROADCAST: broadcasts,
        CHART: charts,
        DOCUMENT: documents,
        LEDGER: ledgers,
        TEMPLATE: templates,
        TOPICS: topics,
    }


class App:
    """Everything that runs for one bot. `channels` are those that can send; polled ones are
    fetched from as well, pushed ones deliver to `hooks`, which somebody has to serve."""

    def __init__(
        self,
        db: Database,
        settings: Settings,
        channels: Mapping[str, Channel],
        polled: tuple[PollingChannel, ...] = (),
        pushed: tuple[PushingChannel, ...] = (),
        clock: Clock | None = None,
    ) -> None:
        self.db = db
        self.zone = settings.zone
        _offer_charts(settings)
        self.clock = clock or SystemClock()
        self.registry = registry()
        self.metrics = Metrics()
        watched = {name: WatchedChannel(it, self.metrics) for name, it in channels.items()}
        self.dispatcher = Dispatcher(
            db, watched, self.clock, locales.render, monotonic, lose, self._leads
        )
        self.ticker = Ticker(self._tick)
        self.silence = Silence(self._ask_to_wait)
        self.worker = Worker(
            db,
            self.registry,
            self.clock,
            self.zone,
            self._turns_taken,
            self.metrics,
            self.silence,
        )
        made = works(db, channels, self.clock, self.zone)
        self.runner = Runner(db, made, self.clock, self._worked)
        self._sources = [WatchedSource(it, self.metrics, monotonic) for it in polled]
        self._intakes = [
            Intake(db, it, self.clock, self.worker.poke, self.silence, self._leads)
            for it in self._sources
        ]
        self._leadership = Leadership(db)
        self._running = False
        secret = crypto.blind_index(settings.telegram_token, "webhook") if pushed else ""
        self.hooks = [
            Hook(db, it, secret, self.clock, self.worker.poke, self.metrics, self.silence)
            for it in pushed
        ]
        self._registrations = [
            Registration(it, settings.webhook_url, secret, self.clock, self.metrics)
            for it in pushed
        ]
        self._leading = False
        self._leading_since = 0.0

    @property
    def leading(self) -> bool:
        """Is it this process that sweeps, sends and polls?"""
        return self._leading and self._leadership.sure

    @property
    def hears(self) -> bool:
        """Does what people say reach us: are polls answered, do deliveries arrive? The process
        that leads knows; the others need not."""
        led = monotonic() - self._leading_since
        polled = all(min(it.silence, led) < SILENCE_S for it in self._sources)
        pushed = all(it.good for it in self._registrations)
        return not self._leading or (polled and pushed)

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop`: turns in every process, sweeping, sending and polling in one."""
        self._running = True
        async with self._leadership, asyncio.TaskGroup() as group:
            group.create_task(self.worker.run(stop))
            group.create_task(self.silence.run(stop))
            group.create_task(self.runner.run(stop))
            group.create_task(self._lead(stop))

    async def drain(self) -> bool:
        """Send what waits now, unless another process leads: it does so already."""
        async with self._leadership:
            if not await self._leadership.take():
                return False
            await self._leadership.keep(self.dispatcher.drain())
        return True

    async def tick_at(self, now: datetime) -> int:
        """Everything due at an instant, once; what is due again by itself is planned first."""
        async with self.db.write() as session:
            await plan_recurring(session, now, self.zone)
        return await tick(self.db, now, self.zone)

    async def _plan_recurring(self) -> bool:
        async with self.db.write() as session:
            await plan_recurring(session, self.clock.now(), self.zone)
        return True

    def _leads(self) -> bool:
        """May we do what only a leader may? Outside `run` whoever calls us has seen to that."""
        return not self._running or self._leadership.sure

    def _worked(self) -> None:
        self.dispatcher.poke()

    def _turns_taken(self) -> None:
        self.dispatcher.poke()
        self.runner.poke()
        if self._leading:
            self.ticker.poke()

    async def _tick(self) -> None:
        if not self._leads():
            return
        try:
            looked_at = await tick(self.db, self.clock.now(), self.zone)
            self.metrics.ticks.inc()
            self.metrics.swept.inc(looked_at)
            if looked_at:
                self.dispatcher.poke()
        except Exception as error:
            if not is_outage(error):
                log.exception("tick.bug")

    async def _ask_to_wait(self, chat: str, lang: str, wanted: Callable[[], bool]) -> None:
        """Her words cannot be kept or answered for now; they are not lost."""
        if not self.db.doubtful and any(chat in hook.put_off for hook in self.hooks):
            self.silence.end([chat])  # they were delivered again, to another process
        elif self._leading:
            message = Outbound((Text("outage.wait"),))
            await self.dispatcher.interject(chat, locales.closest(lang), message, wanted)

    async def _lead(self, stop: asyncio.Event) -> None:
        """Wait until leadership is free; lead until `stop`, or until it is lost."""
        while not stop.is_set():
            if await _answer(self._leadership.take):
                await self._lead_on(stop)
            await _pause(stop, ASK_S)

    async def _lead_on(self, stop: asyncio.Event) -> None:
        """Lead until somebody else does. While the database is away nobody knows who leads: then
        nothing is sent, but what was sent can still be recorded, and who writes is heard."""
        log.info("leading")
        done = asyncio.Event()
        if not await _answer(self._plan_recurring):
            return
        self._leading, self._leading_since = True, monotonic()
        self.ticker.start()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.dispatcher.run(done))
                sources: list[Intake | Registration] = [*self._intakes, *self._registrations]
                for source in sources:
                    group.create_task(source.run(done))
                while not stop.is_set() and await _answer(self._leadership.take) is not False:
                    self.ticker.watch()
                    await _pause(stop, ASK_S)
                done.set()
        finally:
            log.info("leading.ended")
            self._leading = False
            self.silence.end_all()
            await self.ticker.stop()


async def _answer(ask: Callable[[], Awaitable[bool]]) -> bool | None:
    """The answer, or None when the database could not be asked."""
    try:
        return await ask()
    except Exception as error:
        if not is_outage(error):
            raise
        log.warning("database.away", error=type(error).__name__)
        return None


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
