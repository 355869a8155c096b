"""(b) Durable inbound: 64 people answer at once; a step counts when its reply is on the disk.

Ours goes the whole way, from the poll through inbox and worker to the outbox, with the sweep
looking after each batch.
"""

from __future__ import annotations

import asyncio
import itertools
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Protocol

from bot.app import App
from bot.channels.base import Batch, Received
from bot.settings import Settings
from models.clock import StoppedClock, monotonic
from models.session import Database
from tests.bench import databases
from tests.bench.crowd import settle
from tests.bench.observer import LAGGING, NEWEST, observe
from tests.bench.one_by_one import OneByOne
from tests.bench.people import AT_ONCE, CHANNEL, NOW, WALK, event
from tests.bench.profiled import profiled
from tests.bench.raw import Raw
from tests.bench.report import Row, count, times
from tests.bench.rounds import Round, Scale, compete
from tests.bench.stock import StockBot

KNOWN = 2000  # people whom the stock bot's pickle holds
STOCK, CORE, RAW = "stock", "core", "raw"
BESIDE = {
    RAW: "raw sqlite3, the same rows in the same transactions",
    CORE: "the same step as one SQLAlchemy Core transaction each on aiosqlite",
    "core pg": "the same step as one SQLAlchemy Core transaction each on asyncpg",
    STOCK: f"stock ConversationHandler, pickle flushed each update, {KNOWN:,} people",
}
LOOK_S = 0.002
WHY = {
    "sqlite": "",
    "postgres": "; the server's own processes share the two cores, which costs each of the step's"
    " ten round trips a change of process",
}
AIMS = {CORE: 3.0, STOCK: 10.0}


class Bot(Protocol):
    """Somebody who answers 64 people."""

    async def wave(self, text: str) -> None:
        """Everybody says this at once; return when everybody's reply is durable."""
        ...


class _Platform:
    """Where everybody's words wait for the poll."""

    name = CHANNEL

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._waiting: asyncio.Queue[Sequence[Received]] = asyncio.Queue()

    def say(self, text: str) -> None:
        said = [Received(event(who, next(self._numbers), text)) for who in range(AT_ONCE)]
        self._waiting.put_nowait(said)

    async def poll(self, position: int) -> Batch:
        said = await self._waiting.get()
        return Batch(tuple(said), position + len(said))

    def acknowledge(self, receipts: Sequence[str]) -> None: ...


class Ours:
    """The whole program, with a platform that only asks."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._platform = _Platform()
        settings = Settings(telegram_token="unused", database_url="sqlite:///unused")
        self._app = App(db, settings, {}, polled=(self._platform,), clock=StoppedClock(NOW))
        self._stop = asyncio.Event()

    async def __aenter__(self) -> Ours:
        async with self._db.write() as session:
            await settle(session)
        self._observer = await observe(self._db)
        self._running = asyncio.create_task(self._app.run(self._stop))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stop.set()
        await self._running
        await self._observer.close()

    async def wave(self, text: str) -> None:
        before = await self._observer.ask(NEWEST)
        self._platform.say(text)
        lagging = LAGGING.format(before)
        while True:
            await asyncio.sleep(LOOK_S)
            if not await self._observer.ask(lagging):
                return


def rounds_of(bot: Bot, waves: int) -> Round:
    """Steps a second of the next waves."""
    texts = itertools.cycle(WALK)

    async def play() -> float:
        began = monotonic()
        for _ in range(waves):
            await bot.wave(next(texts))
        return waves * AT_ONCE / (monotonic() - began)

    return play


async def measure(scale: Scale) -> list[Row]:
    waves = scale.of(len(WALK), 1)
    async with AsyncExitStack() as stack:
        files = [await stack.enter_async_context(databases.sqlite()) for _ in range(3)]
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stock = await StockWaves(scale.of(KNOWN, AT_ONCE), folder / "stock.pickle").open()
        stack.push_async_callback(stock.close)
        bots: dict[str, Bot] = {
            "sqlite": await stack.enter_async_context(Ours(files[0])),
            RAW: await Raw(files[1]).open(),
            CORE: await OneByOne(files[2]).open(),
            STOCK: stock,
        }
        if scale.postgres:
            server = scale.postgres
            dbs = [await stack.enter_async_context(databases.postgres(server)) for _ in range(2)]
            bots["postgres"] = await stack.enter_async_context(Ours(dbs[0]))
            bots["core pg"] = await OneByOne(dbs[1]).open()
        sides = {
            name: rounds_of(bot, scale.of(1, 1) if name == STOCK else waves)
            for name, bot in bots.items()
        }
        await compete(sides, 1)  # caches are warm where people have been writing for a while
        found = await compete(sides, scale.rounds)
        shares = {
            name: await profiled(sides[name]) for name in ("sqlite", "postgres") if name in sides
        }
    return _rows(found, shares)


class StockWaves:
    """The stock bot, which takes its updates one after the other."""

    def __init__(self, known: int, file: Path) -> None:
        self._bot = StockBot(known, file)

    async def open(self) -> StockWaves:
        await self._bot.open()
        return self

    async def wave(self, text: str) -> None:
        for person in range(1, AT_ONCE + 1):
            await self._bot.take(person, text)

    async def close(self) -> None:
        await self._bot.close()


def _rows(found: dict[str, float], shares: dict[str, str]) -> list[Row]:
    rows = []
    for ours, database in (("sqlite", "SQLite"), ("postgres", "PostgreSQL")):
        for name, beside in BESIDE.items():
            if not {ours, name} <= found.keys() or (ours, name) == ("sqlite", "core pg"):
                continue
            ratio, aim = found[ours] / found[name], AIMS.get(name)
            rows.append(
                Row(
                    "b",
                    f"durable steps/s, {AT_ONCE} people at once, {database}",
                    count(found[ours]),
                    f"{count(found[name])}: {beside}",
                    times(ratio),
                    f"at least {aim:g}x" if aim else "",
                    ratio >= aim if aim else None,
                    f"{database}, {times(ratio)}: {shares[ours]}{WHY[ours]}.",
                )
            )
    return rows
