"""A channel without a platform, and an outbox with people in it."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Rendered, RenderedButton, Sent
from bot.dispatcher import Dispatcher
from bot.pacing import UNLIMITED, Limits
from models.accounts import Account
from models.clock import StoppedClock, monotonic
from models.messages import Outbound, Text, verbatim
from models.outbox import Delivery, Letter, OutboxRow, Priority, enqueue
from models.session import Database


@dataclass
class FakeChannel:
    """Takes what it is given; `failures` of a chat are raised first, one a call, and
    `fails_at` at a call's number. `slow` chats take so many seconds more."""

    name: str = "telegram"
    limits: Limits = UNLIMITED
    latency: float = 0.0
    failures: dict[str, list[Exception]] = field(default_factory=lambda: defaultdict(list))
    fails_at: dict[int, Exception] = field(default_factory=dict)
    slow: dict[str, float] = field(default_factory=dict)
    pieces: int = 1
    buttons_on: int = 0
    sent: list[tuple[str, Rendered, float]] = field(default_factory=list)
    stripped: list[tuple[str, str]] = field(default_factory=list)
    attempts: Counter[str] = field(default_factory=Counter)
    most_at_once: int = 0
    most_in_a_chat: int = 0
    _flying: Counter[str] = field(default_factory=Counter)

    def is_group(self, chat: str) -> bool:
        return ":-" in chat

    def parts(self, message: Rendered) -> Sequence[Rendered]:
        if self.pieces == 1:
            return [message]
        button = ((RenderedButton("ok", "ok"),),)
        return [
            Rendered(f"{message.text} {n}", rows=button if n == self.buttons_on else ())
            for n in range(self.pieces)
        ]

    async def send(self, chat: str, part: Rendered) -> Sent:
        self.attempts[chat] += 1
        self._flying[chat] += 1
        self.most_at_once = max(self.most_at_once, self._flying.total())
        self.most_in_a_chat = max(self.most_in_a_chat, self._flying[chat])
        at = monotonic()
        try:
            await asyncio.sleep(self.latency + self.slow.get(chat, 0.0))
            if failure := self.fails_at.pop(self.attempts.total(), None):
                raise failure
            if self.failures[chat]:
                raise self.failures[chat].pop(0)
        finally:
            self._flying[chat] -= 1
        self.sent.append((chat, part, at))
        return Sent(part.replaces or str(len(self.sent)))

    async def strip(self, chat: str, message_id: str) -> None:
        self.stripped.append((chat, message_id))

    def texts(self, chat: str | None = None) -> list[str]:
        return [part.text for to, part, _ in self.sent if chat in (None, to)]

    def moments(self) -> list[float]:
        return [at for _, _, at in self.sent]


def say(lang: str, text: Text) -> str:
    """Words for tests: what is verbatim, or language and key."""
    return str(text.params["text"]) if text.key == "=" else f"{lang}:{text.key}"


class Desk:
    """An outbox, the people it writes to, and a dispatcher for it."""

    def __init__(self, db: Database, clock: StoppedClock) -> None:
        self.db = db
        self.clock = clock
        self.channel = FakeChannel()
        self.lost: list[int] = []
        self.leads = True

    async def on_unreachable(self, session: AsyncSession, account_id: int, now: datetime) -> None:
        self.lost.append(account_id)

    def dispatcher(
        self,
        kind: type[Dispatcher] = Dispatcher,
        on_unreachable: Callable[[AsyncSession, int, datetime], Awaitable[None]] | None = None,
    ) -> Any:
        return kind(
            self.db,
            {self.channel.name: self.channel},
            self.clock,
            say,
            monotonic,
            on_unreachable or self.on_unreachable,
            lambda: self.leads,
        )

    async def people(self, count: int, **columns: Any) -> list[int]:
        """Accounts telegram:1, telegram:2, ..."""
        async with self.db.write() as session:
            accounts = [
                Account(chat=f"telegram:{n}", created_at=self.clock.now(), **columns)
                for n in range(1, count + 1)
            ]
            session.add_all(accounts)
            await session.flush()
            return [account.id for account in accounts]

    async def put(
        self,
        account_id: int,
        text: str,
        *,
        priority: Priority = Priority.REPLY,
        **columns: Any,
    ) -> None:
        """One message; its text is its key."""
        message = Outbound((verbatim(text),), **columns)
        await self.put_all([Letter(text, account_id, message, priority)])

    async def put_all(self, letters: Sequence[Letter]) -> None:
        async with self.db.write() as session:
            await enqueue(session, letters, self.clock.now())

    async def row(self, key: str) -> OutboxRow:
        async with self.db.read() as session:
            return (
                await session.execute(select(OutboxRow).where(OutboxRow.dedupe_key == key))
            ).scalar_one()

    async def leased(self) -> int:
        """How many rows a dispatcher has taken and not ended."""
        async with self.db.read() as session:
            held = OutboxRow.claimed_until_at > self.clock.now()
            found = await session.scalars(
                select(OutboxRow.id).where(held, OutboxRow.state == Delivery.WAITING)
            )
            return len(found.all())

    async def states(self) -> dict[str, str]:
        async with self.db.read() as session:
            found = await session.execute(select(OutboxRow.dedupe_key, OutboxRow.state))
            return {key: str(state) for key, state in found}

    async def account(self, account_id: int) -> Account:
        async with self.db.read() as session:
            return await session.get_one(Account, account_id)
