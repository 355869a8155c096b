"""`gridbot demo`: our own Bot API server, the real bot against it over HTTP, a page of phones.

One round is one district; when the visitor starts over, the next round serves the same address.
"""

from __future__ import annotations

import asyncio
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import locales
from bot.app import App, database
from bot.channels.telegram import TelegramChannel
from bot.channels.updates import CHANNEL
from bot.demo.desk import DemoDesk
from bot.demo.district import District, build, read_cast
from bot.demo.page import Page, Phone
from bot.demo.server import DEMO_TOKEN, BotApiServer
from bot.demo.timemachine import TimeMachine
from bot.pacing import Limits
from bot.settings import Settings
from models.clock import ShiftedClock
from models.messages import Text
from models.session import Database

POLL_S = 20
# The page should answer at once: the demo's server does not limit, and nobody is flooded.
BRISK = Limits(per_second=200, chat_gap=0.05, group_per_minute=1000)


async def play(settings: Settings, port: int, stop: asyncio.Event) -> None:
    """Serve the demo until `stop`. Everything lives in folders that are gone afterwards."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        url = "http://{}:{}".format(*listener.getsockname())
        print(locales.render(locales.SOURCE, Text("demo.started", {"url": url})), flush=True)
        while not stop.is_set():
            async with _either(stop) as over:
                await _round(settings, listener, over)
    print(locales.render(locales.SOURCE, Text("demo.stopped")), flush=True)


@asynccontextmanager
async def _either(stop: asyncio.Event) -> AsyncIterator[asyncio.Event]:
    """An event that may be set by itself, and is when `stop` is."""
    over = asyncio.Event()

    async def follow() -> None:
        await stop.wait()
        over.set()

    following = asyncio.create_task(follow())
    try:
        yield over
    finally:
        following.cancel()


async def _round(settings: Settings, listener: socket.socket, over: asyncio.Event) -> None:
    """One district, from its first day until it is over."""
    with tempfile.TemporaryDirectory(prefix="gridbot-demo-") as folder:
        private = settings.model_copy(
            update={"data_dir": Path(folder), "database_url": "", "keys": ""}
        )
        async with database(private) as db:
            await _serve(db, private, listener, over)


async def _serve(
    db: Database, settings: Settings, listener: socket.socket, over: asyncio.Event
) -> None:
    cast = read_cast()
    clock = ShiftedClock(datetime.fromisoformat(cast["starts"]))
    district = await build(db, clock.now(), settings.zone)
    phones = _phones(district)
    page = Page(phones, zone=settings.zone)
    server = BotApiServer(clock=clock, page=page)
    _people(server, cast)
    shown = [f"{CHANNEL}:{phone.user_id}" for phone in phones]
    async with server.serving(listener=listener) as url:
        channel = TelegramChannel(DEMO_TOKEN, root=url, limits=BRISK, poll_seconds=POLL_S)
        channels = {TelegramChannel.name: channel}
        app = App(db, settings, channels, polled=(channel,), clock=clock)
        machine = TimeMachine(app, clock, settings.zone, shown)
        page.desk = DemoDesk(app, server, machine, phones, over)
        try:
            await app.run(over)
        finally:
            page.desk = None
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
        Phone(row["id"], row["code"], payload=district.gate if row.get("scans") else "")
        for row in district.cast["phones"]
    ]
