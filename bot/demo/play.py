"""`gridbot demo`: our own Bot API server, the real bot against it over HTTP, a page of phones."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import locales
from bot.app import App, database
from bot.channels.telegram import TelegramChannel
from bot.demo.district import District, build, read_cast
from bot.demo.page import Page, Phone
from bot.demo.server import DEMO_TOKEN, BotApiServer
from bot.pacing import Limits
from bot.settings import Settings
from models.clock import ShiftedClock, at_local, local_day
from models.messages import Text
from models.obligations import next_due_at
from models.session import Database

MORNING = time(7, 55)
POLL_S = 20
# The page should answer at once: the demo's server does not limit, and nobody is flooded.
BRISK = Limits(per_second=200, bulk_per_second=180, chat_gap=0.05, group_per_minute=1000)


class TimeMachine:
    """Moves the demo's clock; everything due on the way happens at its own hour."""

    def __init__(self, app: App, clock: ShiftedClock, zone: ZoneInfo) -> None:
        self._app = app
        self._clock = clock
        self._zone = zone
        self._moving = asyncio.Lock()

    async def move(self, how: str) -> datetime:
        """To the next reminder ("next"), six hours on ("6h"), tomorrow morning ("day")."""
        async with self._moving:
            await self._travel(await self._target(how))
            return self._clock.now()

    async def _target(self, how: str) -> datetime:
        now = self._clock.now()
        if how == "6h":
            return now + timedelta(hours=6)
        if how == "day":
            tomorrow = local_day(now, self._zone) + timedelta(days=1)
            return at_local(tomorrow, MORNING, self._zone)
        return await self._next() or now

    async def _next(self) -> datetime | None:
        async with self._app.db.read() as session:
            return await next_due_at(session)

    async def _travel(self, target: datetime) -> None:
        while (due := await self._next()) is not None and due <= target:
            self._clock.move_to(due)
            await self._app.tick_at(self._clock.now())
            self._app.dispatcher.poke()
        self._clock.move_to(target)
        await self._app.tick_at(self._clock.now())
        self._app.dispatcher.poke()


async def play(settings: Settings, port: int, stop: asyncio.Event) -> None:
    """Serve the demo until `stop`. Everything lives in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="gridbot-demo-") as folder:
        private = settings.model_copy(
            update={"data_dir": Path(folder), "database_url": "", "keys": ""}
        )
        async with database(private) as db:
            await _serve(db, private, port, stop)
    print(locales.render(locales.SOURCE, Text("demo.stopped")), flush=True)


async def _serve(db: Database, settings: Settings, port: int, stop: asyncio.Event) -> None:
    cast = read_cast()
    clock = ShiftedClock(datetime.fromisoformat(cast["starts"]))
    district = await build(db, clock.now(), settings.zone)
    page = Page(_phones(district), zone=settings.zone)
    server = BotApiServer(clock=clock, page=page)
    _people(server, cast)
    async with server.serving(port=port) as url:
        channel = TelegramChannel(DEMO_TOKEN, root=url, limits=BRISK, poll_seconds=POLL_S)
        channels = {TelegramChannel.name: channel}
        app = App(db, settings, channels, polled=(channel,), clock=clock)
        page.on_clock = TimeMachine(app, clock, settings.zone).move
        print(locales.render(locales.SOURCE, Text("demo.started", {"url": url})), flush=True)
        try:
            await app.run(stop)
        finally:
            await channel.close()


def _people(server: BotApiServer, cast: dict[str, Any]) -> None:
    """Everybody of the cast has a phone in the town; staff have begun to chat."""
    shown = {row["id"] for row in cast["phones"]}
    for row in cast["phones"]:
        server.add_person(row["id"], row["first_name"], row["last_name"], row["phone"])
    for row in cast["staff"]:
        if row["id"] not in shown:
            server.add_person(row["id"], row["name"], phone=row["phone"])
        server.start(row["id"])


def _phones(district: District) -> list[Phone]:
    return [
        Phone(
            row["id"],
            row["name"],
            row["role"],
            row["story"],
            payload=district.gate if row.get("scans") else "",
        )
        for row in district.cast["phones"]
    ]
