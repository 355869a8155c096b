"""Telegram: updates in, messages out. python-telegram-bot is transport and types, nothing more.

Knows no database and no words; keeps no state but its own name and the taps being answered.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Sequence
from typing import Any
from urllib.parse import urlencode

import structlog
from telegram import Bot, Update

from bot.channels.base import (
    BadToken,
    Batch,
    ChannelError,
    Forum,
    Pushing,
    Received,
    Refused,
    Rendered,
    Rivalled,
    Sent,
)
from bot.channels.outgoing import Outgoing, drawn, linked
from bot.channels.parts import cut
from bot.channels.updates import CHANNEL, KINDS, inbound, receipt
from bot.channels.wire import call, connection, reason
from bot.pacing import Limits

TELEGRAM_ROOT = "https://api.telegram.org"
POLL_SECONDS = 25
_CONNECTIONS = 48
_ANSWERS_AT_ONCE = 8

log = structlog.get_logger()


class TelegramChannel:
    """A bot's connection. `root` is the server (GRIDBOT_TELEGRAM_API)."""

    name = CHANNEL

    def __init__(
        self,
        token: str,
        *,
        root: str = TELEGRAM_ROOT,
        proxy: str | None = None,
        limits: Limits | None = None,
        poll_seconds: int = POLL_SECONDS,
        timeout: float = 15.0,
    ) -> None:
        self.limits = limits or Limits()
        self.username = ""
        self._may_poll = False
        self._poll_seconds = poll_seconds
        self._calls = connection(proxy, timeout, _CONNECTIONS)
        self._polls = connection(proxy, timeout, 2)
        root = root.rstrip("/")
        self._bot = Bot(
            token,
            base_url=f"{root}/bot",
            base_file_url=f"{root}/file/bot",
            request=self._calls,
            get_updates_request=self._polls,
        )
        self._outgoing = Outgoing(self._bot)
        self._answering = asyncio.Semaphore(_ANSWERS_AT_ONCE)
        self._answers: set[asyncio.Task[None]] = set()

    # -- in ---------------------------------------------------------------------------------

    async def identify(self) -> str:
        """Ask Telegram who we are; returns the username. Raises BadToken for a wrong token."""
        if not self.username:
            me = await call(self._bot.get_me())
            self.username = me.username or ""
        return self.username

    async def poll(self, position: int) -> Batch:
        await self.identify()
        if not self._may_poll:
            # While a webhook is set, Telegram answers every poll with a conflict.
            await call(self._bot.delete_webhook())
            self._may_poll = True
        query = {
            "offset": position,
            "timeout": self._poll_seconds,
            "allowed_updates": json.dumps(KINDS),
        }
        # By hand, because the library's own method fails whole when one update is malformed.
        asking = self._polls.post(
            f"{self._bot.base_url}/getUpdates?{urlencode(query)}",
            read_timeout=self._poll_seconds + 10,
        )
        try:
            updates = await call(asking)
        except Rivalled:
            self._may_poll = False
            raise
        received = (self.parse(update) for update in updates)
        after = max((int(update["update_id"]) + 1 for update in updates), default=position)
        kept = tuple(item for item in received if item is not None)
        return Batch(kept, max(position, after))

    async def push_to(self, url: str, secret: str) -> None:
        await call(self._bot.set_webhook(url, allowed_updates=list(KINDS), secret_token=secret))

    async def pushing(self) -> Pushing:
        found = await call(self._bot.get_webhook_info())
        return Pushing(
            found.url,
            found.pending_update_count,
            found.last_error_date,
            reason(found.last_error_message or ""),
        )

    def parse(self, raw: dict[str, Any]) -> Received | None:
        """One update as Telegram wrote it; None when nobody said anything to us."""
        try:
            update = Update.de_json(raw, self._bot)
            event = inbound(update, self.username)
        except Exception as error:
            # Whatever Telegram invents next must not stop the queue behind it.
            log.warning(
                "update.malformed", update=str(raw.get("update_id")), error=type(error).__name__
            )
            return None
        return Received(event, receipt(update)) if event is not None else None

    def acknowledge(self, receipts: Sequence[str]) -> None:
        for query in filter(None, receipts):
            self._in_background(self._answer(query))

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _answer(self, query: str) -> None:
        """Stop the spinner on a tapped button; too late or not at all costs nothing."""
        async with self._answering:
            try:
                await call(self._bot.answer_callback_query(query))
            except ChannelError as error:
                log.debug("tap.unanswered", reason=error.reason)

    async def fetch_file(self, file_id: str) -> bytes:
        """The bytes of a file that somebody sent; raises a ChannelError."""
        file = await call(self._bot.get_file(file_id))
        try:
            return bytes(await call(file.download_as_bytearray()))
        except BadToken as error:
            # 404 means a wrong token everywhere but here.
            raise Refused("file_is_gone") from error

    # -- out --------------------------------------------------------------------------------

    def is_group(self, chat: str) -> bool:
        return chat.startswith(f"{CHANNEL}:-")

    def parts(self, message: Rendered) -> Sequence[Rendered]:
        return cut(message)

    async def send(self, chat: str, part: Rendered) -> Sent:
        if any(button.start for row in part.rows for button in row):
            part = linked(part, await self.identify())
        if part.poster:
            part = await drawn(part, part.poster, await self.identify())
        sent = await self._outgoing.send(chat, part)
        if part.commands:
            self._in_background(self._set_menu(chat, part.commands))
        return sent

    async def strip(self, chat: str, message_id: str) -> None:
        await self._outgoing.strip(chat, message_id)

    async def forum(self, chat: str) -> Forum:
        await self.identify()
        return await self._outgoing.forum(chat)

    async def open_topic(self, chat: str, name: str) -> str:
        return await self._outgoing.open_topic(chat, name)

    async def set_commands(
        self, chat: str | None, lang: str, commands: Sequence[tuple[str, str]]
    ) -> None:
        await self._outgoing.set_commands(chat, lang, commands)

    async def _set_menu(self, chat: str, commands: Sequence[tuple[str, str]]) -> None:
        """Best effort: without it she still has every button."""
        try:
            await self.set_commands(chat, "", commands)
        except ChannelError as error:
            log.debug("menu.failed", reason=error.reason)

    async def close(self) -> None:
        """Drop what is still being answered and the connections."""
        for task in self._answers:
            task.cancel()
        await asyncio.gather(*self._answers, return_exceptions=True)
        await self._calls.shutdown()
        await self._polls.shutdown()
