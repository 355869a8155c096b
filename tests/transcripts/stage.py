"""A small district in motion: people act on their phones, time passes, what they see is kept.

Every step goes the whole way: inbox, turn, sweep, outbox, dispatcher, channel. Registry and
dispatcher are new each time, so that nothing survives in memory. Knows no .chat file.
"""

from __future__ import annotations

import base64
import itertools
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

from cast import CHANNEL, RESIDENTS, STAFF, chat_of, lang_of
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from structlog.testing import capture_logs
from transcripts.phones import Phones, Seen

import locales
from bot.app import works
from bot.channels.gathering import overheard
from bot.charts import process as drawing_process
from bot.courier import Result
from bot.dispatcher import Dispatcher
from bot.documents import process
from bot.imports.book import Book
from bot.imports.landing import Here
from bot.imports.reader import Reader
from bot.jobs import Runner
from handlers.conversation import take
from handlers.features import registry
from handlers.registry import Registry
from models.clock import StoppedClock, monotonic
from models.inbox import receive
from models.messages import Inbound
from models.obligations import next_due_at
from models.outbox import Delivery, OutboxRow
from models.reach import lose
from models.sending import Claimed
from models.session import Database
from scheduler.sweep import tick

ZONE = ZoneInfo("Asia/Shanghai")
MOST_KILLS = 60
USERNAME = "gridbot"
FAULTS = ("turn_failed", "job.failed", "job.worn", "send.bug", "send.refused", "dispatch.bug")


class Killed(Exception):
    """The process died between sending a message and writing down that it was sent."""


class DoomedDispatcher(Dispatcher):
    """Dies at the first record of every message; `died_for` are the rows that it died for."""

    def __init__(self, died_for: set[int], *parts: Any) -> None:
        super().__init__(*parts)
        self._died_for = died_for

    async def record(self, row: Claimed, result: Result) -> None:
        if row.id not in self._died_for:
            self._died_for.add(row.id)
            raise Killed
        await super().record(row, result)


@dataclass
class Stage:
    """`twice` delivers every update two times; `doomed` kills the dispatcher at every message."""

    db: Database
    clock: StoppedClock
    twice: bool = False
    doomed: bool = False
    registry: Callable[[], Registry] = registry
    phones: Phones = field(default_factory=Phones)
    inputs: int = 0
    _updates: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _died_for: set[int] = field(default_factory=set)
    _lost: bool = False

    @property
    def now(self) -> datetime:
        return self.clock.now()

    # -- people act ------------------------------------------------------------------------------

    async def act(self, people: Sequence[str], **event: Any) -> list[Seen]:
        """People do the same thing at the same moment; what everybody sees then."""
        events = [self._event(person, event) for person in people]
        self.inputs += len(events)
        await self._deliver(events)
        if self.twice:
            await self._deliver(events)
        return await self.settle(people)

    def _event(self, person: str, content: dict[str, Any]) -> Inbound:
        told = {
            "channel": CHANNEL,
            "chat": chat_of(person),
            "update_id": str(next(self._updates)),
            "name": person,
            "lang": lang_of(person),
        }
        return Inbound(**{**told, **content})

    async def overhear(self, person: str, text: str, place: str, topic: str) -> list[Seen]:
        """She writes something in a group; only what is ours to hear arrives."""
        seed = asdict(self._event(person, {"kind": "text", "place": place, "topic": topic}))
        seed = {name: value for name, value in seed.items() if name not in ("kind", "text", "data")}
        event = overheard(seed, text, USERNAME)
        if event is not None:
            for _ in range(1 + self.twice):
                await self._deliver([event])
        return await self.settle([person])

    async def _deliver(self, events: Sequence[Inbound]) -> None:
        async with self.db.write() as session:
            await receive(session, events, self.now)
        chats, left = list(dict.fromkeys(event.chat for event in events)), len(events)
        while left and (taken := await take(self.db, self.registry(), chats, self.now, ZONE)):
            left -= taken

    # -- time passes -----------------------------------------------------------------------------

    async def next_at(self) -> datetime | None:
        """When something happens by itself: a ladder's next rung, a message that was put off."""
        later = (
            select(OutboxRow.not_before_at)
            .where(OutboxRow.state == Delivery.WAITING, OutboxRow.not_before_at > self.now)
            .order_by(OutboxRow.not_before_at)
            .limit(1)
        )
        async with self.db.read() as session:
            moments = [await next_due_at(session), await session.scalar(later)]
        return min((at for at in moments if at is not None), default=None)

    async def pass_until(self, end: datetime) -> list[tuple[datetime, list[Seen]]]:
        """Live through every moment until `end`; what was seen at each."""
        moments = []
        while (at := await self.next_at()) is not None and at <= end:
            self.clock.move_to(at)
            moments.append((self.now, await self.settle()))
        self.clock.move_to(end)
        return [moment for moment in moments if moment[1]]

    async def pass_for(self, time: timedelta) -> list[tuple[datetime, list[Seen]]]:
        return await self.pass_until(self.now + time)

    # -- what comes of it ------------------------------------------------------------------------

    async def settle(self, acting: Sequence[str] = ()) -> list[Seen]:
        """Sweep what is due, send what waits; what people saw, those who acted first."""
        self._lost = True
        while self._lost:
            self._lost = False
            await tick(self.db, self.now, ZONE)
            await self._dispatch()
            await self._runner().drain()
            await self._dispatch()
        seen, self.phones.journal[:] = list(self.phones.journal), []
        # Messages to different people have no order among each other.
        order = [*acting, *RESIDENTS, *STAFF]
        return sorted(seen, key=lambda one: _rank(order, one.person))

    async def _dispatch(self) -> None:
        """Send; a dispatcher that dies is followed by a new one when its lease is over."""
        for _ in range(MOST_KILLS):
            try:
                await self._dispatcher().drain()
            except Killed:
                await self._end_leases()
            else:
                return
        raise AssertionError("dispatchers die without end")

    async def _end_leases(self) -> None:
        async with self.db.write() as session:
            await session.execute(update(OutboxRow).values(claimed_until_at=None))

    async def _lose(self, session: AsyncSession, account_id: int, now: datetime) -> None:
        """As the program does, and one more round: somebody is to be told."""
        self._lost = True
        await lose(session, account_id, now)

    def _runner(self) -> Runner:
        files = {CHANNEL: self.phones}
        return Runner(self.db, works(self.db, files, self.clock, ZONE), self.clock, lambda: None)

    def _dispatcher(self) -> Dispatcher:
        channels = {CHANNEL: self.phones}
        parts = (self.db, channels, self.clock, locales.render, monotonic, self._lose)
        return DoomedDispatcher(self._died_for, *parts) if self.doomed else Dispatcher(*parts)


def _rank(order: Sequence[str], reader: str) -> int:
    """Groups read after everybody."""
    return order.index(reader) if reader in order else len(order)


@asynccontextmanager
async def opened_here(content: bytes) -> AsyncIterator[Reader]:
    """A sheet in this process: one of its own costs more than most plays."""
    yield Here(Book(content))


async def filled_here(template: bytes, request: dict[str, Any]) -> dict[str, Any]:
    """A template in this process, for the same reason."""
    told = {**request, "template": base64.b64encode(template).decode()}
    return process._opened(process.serve(told))


async def drawn_here(request: dict[str, Any]) -> dict[str, Any]:
    return drawing_process.opened(drawing_process.serve(request))


@contextmanager
def seeded() -> Iterator[None]:
    """Receipt numbers, codes and nonces that are the same in every run."""
    receipts, nonces = itertools.count(1), itertools.count(1)
    digits = (f"{number:08}" for number in itertools.count(1))
    codes = (f"code-{number:05}" for number in itertools.count(1))

    def numbered(on: date) -> str:
        return f"{on:%y%m%d}-{next(receipts):05}"

    with (
        mock.patch("handlers.turn.new_receipt", numbered),
        mock.patch("handlers.ledgers.feature.new_receipt", numbered),
        mock.patch("models.accounts.new_code", side_effect=codes),
        mock.patch("models.appointments.new_code", side_effect=codes),
        mock.patch("models.venues.managing.new_code", side_effect=codes),
        mock.patch("models.points.new_digits", side_effect=digits),
        mock.patch("secrets.token_hex", lambda size: f"{next(nonces):0{2 * size}x}"),
        mock.patch("bot.imports.errand.opened", opened_here),
        mock.patch("bot.documents.process._ask", filled_here),
        mock.patch("bot.charts.process._ask", drawn_here),
    ):
        yield


@contextmanager
def no_faults() -> Iterator[None]:
    """Whatever people do, no turn may break and no message may be impossible to send."""
    with capture_logs() as logs:
        yield
    faults = [entry for entry in logs if entry["event"] in FAULTS]
    assert not faults, faults
