"""A bot and its platform in one process, for tests that take its database away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import locales
from bot.app import App, database
from bot.channels.telegram import TelegramChannel
from bot.demo.server import DEMO_TOKEN, BotApiServer
from bot.pacing import UNLIMITED
from bot.settings import Settings
from models.messages import Text

WAIT = locales.render(locales.SOURCE, Text("outage.wait"))
PATIENCE_S = 60.0


async def until(condition: Callable[[], object], seconds: float = PATIENCE_S) -> None:
    """Wait until it holds; there is no event for what other processes do."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 -- see above
            await asyncio.sleep(0.02)


@dataclass
class People:
    """Those at the other end of the wire, and what they were told."""

    server: BotApiServer

    def arrive(self, *numbers: int) -> None:
        for number in numbers:
            self.server.add_person(number, f"P{number}")

    def said(self, who: int) -> list[str]:
        """What the bot said, oldest first."""
        return [shown.text for shown in self.server.chat(who) if shown.by_bot]

    def waits(self, who: int) -> int:
        """How often she was asked to wait."""
        return self.said(who).count(WAIT)

    def answers(self, who: int) -> int:
        return len(self.said(who)) - self.waits(who)

    async def answered(self, who: int, times: int) -> None:
        """Wait until she has so many answers."""
        await until(lambda: self.answers(who) >= times)


@asynccontextmanager
async def housed(people: People, settings: Settings) -> AsyncIterator[App]:
    """A bot that serves these people until the end of the block."""
    async with people.server.serving() as root, database(settings) as db:
        channel = TelegramChannel(DEMO_TOKEN, root=root, limits=UNLIMITED, poll_seconds=1)
        app = App(db, settings, {channel.name: channel}, polled=(channel,))
        stop = asyncio.Event()
        serving = asyncio.create_task(app.run(stop))
        try:
            await until(lambda: app.leading or serving.done())
            yield app
        finally:
            stop.set()
            await serving
            await channel.close()
