"""Our side of (d): an outbox full of messages, and the dispatcher that empties it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from sqlalchemy import func, insert, select

import locales
from bot.channels.telegram import TelegramChannel
from bot.demo.server import DEMO_TOKEN
from bot.dispatcher import Dispatcher
from models.accounts import Account
from models.clock import SystemClock, monotonic
from models.messages import Outbound, verbatim
from models.outbox import WAITING, Letter, OutboxRow, Priority, enqueue
from models.reach import lose
from models.session import Database
from tests.bench.people import NOW


async def write(db: Database, chats: Sequence[int], key: str, priority: Priority) -> None:
    """A message to each of these chats, in this order; strangers get an account."""
    async with db.write() as session:
        names = {f"telegram:{chat}" for chat in chats}
        known = dict((await session.execute(select(Account.chat, Account.id))).tuples().all())
        if new := sorted(names - known.keys()):
            rows = [{"chat": name, "lang": "zh_Hans", "created_at": NOW} for name in new]
            await session.execute(insert(Account), rows)
            known = dict((await session.execute(select(Account.chat, Account.id))).tuples().all())
        letters = [
            Letter(
                f"{key}:{number}",
                known[f"telegram:{chat}"],
                Outbound((verbatim(f"{number}"),)),
                priority,
            )
            for number, chat in enumerate(chats)
        ]
        await enqueue(session, letters, SystemClock().now())


@asynccontextmanager
async def dispatching(db: Database, address: str) -> AsyncIterator[Dispatcher]:
    """The dispatcher as `gridbot run` has it."""
    channel = TelegramChannel(DEMO_TOKEN, root=address)
    dispatcher = Dispatcher(
        db, {TelegramChannel.name: channel}, SystemClock(), locales.render, monotonic, lose
    )
    stop = asyncio.Event()
    running = asyncio.create_task(dispatcher.run(stop))
    try:
        yield dispatcher
    finally:
        stop.set()
        await running
        await channel.close()


async def until_empty(db: Database) -> None:
    while True:
        async with db.read() as session:
            left = await session.scalar(select(func.count()).select_from(OutboxRow).where(WAITING))
        if not left:
            return
        await asyncio.sleep(0.5)
