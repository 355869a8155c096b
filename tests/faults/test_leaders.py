"""The leader is killed, or freezes: another goes on with the reminders within thirty seconds, and
one that comes back to life sends nothing.

Two real programs on one PostgreSQL, each on a wire of its own to the platform.
"""

from __future__ import annotations

import asyncio
import re
import signal
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

from house import until
from program import Running
from residents import Street, noon_zone
from wire import Wire, tapped

from bot.app import database
from bot.demo.server import DEMO_TOKEN, BotApiServer
from bot.settings import Settings
from models.clock import SystemClock, monotonic

SPEAKS = re.compile(rb"POST /bot[^/]+/(sendMessage|editMessage\w+) ")
SOON_S = 30.0
RESIDENTS = 120
ROUND = timedelta(seconds=60)  # one of them is reminded twice a second


class Worker:
    """One `gridbot run`; `said` counts its calls that write to somebody."""

    def __init__(self, program: Running, wire: Wire) -> None:
        self.program = program
        self.said = 0
        wire.overhear = self._count

    def _count(self, data: bytes) -> None:
        self.said += len(SPEAKS.findall(data))

    async def start(self) -> None:
        await self.program.start()
        await self.program.ready()


async def soon(worker: Worker) -> None:
    """It speaks to people within the time that we promise."""
    before, since = worker.said, monotonic()
    await until(lambda: worker.said > before + 3)
    assert monotonic() - since < SOON_S


async def test_another_leads_when_the_leader_is_killed_or_freezes(
    tmp_path: Path, postgres_alone: str
) -> None:
    clock = SystemClock()
    server = BotApiServer()
    shared = {
        "telegram_token": DEMO_TOKEN,
        "database_url": postgres_alone,
        "timezone": noon_zone(clock.now()),
        "keys": str(tmp_path / "keys.json"),
    }
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(server.serving())
        db = await stack.enter_async_context(database(Settings(data_dir=tmp_path, **shared)))
        workers = []
        for name in ("one", "other"):
            (tmp_path / name).mkdir()
            wire, root = await stack.enter_async_context(tapped(api))
            program = Running(tmp_path / name, telegram_api=root, **shared)
            stack.push_async_callback(program.close)
            workers.append(Worker(program, wire))
        one, other = workers
        street = Street(server, db, RESIDENTS)
        await street.settle(clock.now(), every=ROUND, lasting=timedelta(minutes=10))
        await stack.enter_async_context(street.alive())

        await one.start()
        await soon(one)
        await other.start()
        assert other.said == 0
        await one.program.kill()
        await soon(other)

        said = one.said
        await one.start()
        assert one.said == said, "it follows"
        other.program.signal(signal.SIGSTOP)
        await soon(one)
        other.program.signal(signal.SIGCONT)
        await asyncio.sleep(1)  # what was on its way when it froze arrives now
        before, led = other.said, one.said
        await until(lambda: one.said > led + 8)
        assert other.said == before, "whoever was frozen has to ask first"
        await street.quiet(clock.now())
        assert [await worker.program.stop() for worker in workers] == [0, 0]
        for worker in workers:
            assert '"level": "error"' not in worker.program.logged()
