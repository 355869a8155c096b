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
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeChat,
    BotCommandScopeDefault,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    LinkPreviewOptions,
    Message,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    Update,
)
from telegram.error import TelegramError

from bot.channels.base import (
    BadToken,
    Batch,
    ChannelError,
    Gone,
    Pushing,
    Received,
    Refused,
    Rendered,
    RenderedButton,
    Rivalled,
    Sent,
)
from bot.channels.parts import cut
from bot.channels.updates import CHANNEL, KINDS, inbound, receipt
from bot.channels.wire import connection, reason, translate
from bot.pacing import Limits
from models.messages import Style

TELEGRAM_ROOT = "https://api.telegram.org"
POLL_SECONDS = 25
_CONNECTIONS = 48
_ANSWERS_AT_ONCE = 8
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)

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
        self._answering = asyncio.Semaphore(_ANSWERS_AT_ONCE)
        self._answers: set[asyncio.Task[None]] = set()

    # -- in ---------------------------------------------------------------------------------

    async def identify(self) -> str:
        """Ask Telegram who we are; returns the username. Raises BadToken for a wrong token."""
        if not self.username:
            me = await self._call(self._bot.get_me())
            self.username = me.username or ""
        return self.username

    async def poll(self, position: int) -> Batch:
        await self.identify()
        if not self._may_poll:
            # While a webhook is set, Telegram answers every poll with a conflict.
            await self._call(self._bot.delete_webhook())
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
            updates = await self._call(asking)
        except Rivalled:
            self._may_poll = False
            raise
        received = (self.parse(update) for update in updates)
        after = max((int(update["update_id"]) + 1 for update in updates), default=position)
        kept = tuple(item for item in received if item is not None)
        return Batch(kept, max(position, after))

    async def push_to(self, url: str, secret: str) -> None:
        await self._call(
            self._bot.set_webhook(url, allowed_updates=list(KINDS), secret_token=secret)
        )

    async def pushing(self) -> Pushing:
        found = await self._call(self._bot.get_webhook_info())
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
                await self._call(self._bot.answer_callback_query(query))
            except ChannelError as error:
                log.debug("tap.unanswered", reason=error.reason)

    async def fetch_file(self, file_id: str) -> bytes:
        """The bytes of a file that somebody sent; raises a ChannelError."""
        file = await self._call(self._bot.get_file(file_id))
        try:
            return bytes(await self._call(file.download_as_bytearray()))
        except BadToken as error:
            # 404 means a wrong token everywhere but here.
            raise Refused("file_is_gone") from error

    # -- out --------------------------------------------------------------------------------

    def is_group(self, chat: str) -> bool:
        return chat.startswith(f"{CHANNEL}:-")

    def parts(self, message: Rendered) -> Sequence[Rendered]:
        return cut(message)

    async def send(self, chat: str, part: Rendered) -> Sent:
        sent = await (self._replace(chat, part) if part.replaces else self._send(chat, part))
        if part.commands:
            self._in_background(self._set_menu(chat, part.commands))
        return sent

    async def _send(self, chat: str, part: Rendered) -> Sent:
        common: dict[str, Any] = {
            "chat_id": _chat_id(chat),
            "reply_markup": _markup(part),
            "protect_content": part.protect,
        }
        sending: Coroutine[Any, Any, Message]
        if part.photo:
            sending = self._bot.send_photo(photo=part.photo, caption=part.text or None, **common)
        else:
            sending = self._bot.send_message(
                text=part.text, link_preview_options=_NO_PREVIEW, **common
            )
        return Sent(str((await self._call(sending)).message_id))

    async def _replace(self, chat: str, part: Rendered) -> Sent:
        """Edit in place; a message that already reads so was edited by an attempt before."""
        try:
            await self._call(
                self._bot.edit_message_text(
                    part.text,
                    chat_id=_chat_id(chat),
                    message_id=_message_id(part.replaces),
                    reply_markup=_inline(part.rows),
                    link_preview_options=_NO_PREVIEW,
                )
            )
        except Refused as error:
            if error.reason != "message_is_not_modified":
                raise Gone(error.reason) from error
        return Sent(part.replaces)

    async def strip(self, chat: str, message_id: str) -> None:
        await self._call(
            self._bot.edit_message_reply_markup(
                chat_id=_chat_id(chat), message_id=_message_id(message_id), reply_markup=None
            )
        )

    async def _set_menu(self, chat: str, commands: Sequence[tuple[str, str]]) -> None:
        """Best effort: without it she still has every button."""
        try:
            await self.set_commands(chat, "", commands)
        except ChannelError as error:
            log.debug("menu.failed", reason=error.reason)

    async def set_commands(
        self, chat: str | None, lang: str, commands: Sequence[tuple[str, str]]
    ) -> None:
        """The menu behind "/": of one chat, or of everybody whose app speaks `lang` ("": any)."""
        await self._call(
            self._bot.set_my_commands(
                [BotCommand(name, description) for name, description in commands],
                scope=BotCommandScopeChat(_chat_id(chat)) if chat else BotCommandScopeDefault(),
                language_code=None if chat else lang[:2] or None,
            )
        )

    async def close(self) -> None:
        """Drop what is still being answered and the connections."""
        for task in self._answers:
            task.cancel()
        await asyncio.gather(*self._answers, return_exceptions=True)
        await self._calls.shutdown()
        await self._polls.shutdown()

    async def _call(self, request: Coroutine[Any, Any, Any]) -> Any:
        try:
            return await request
        except TelegramError as error:
            raise translate(error) from error


def _chat_id(chat: str) -> int:
    return int(chat.partition(":")[2])


def _message_id(text: str) -> int:
    """Raises Gone for an id that is none of Telegram's."""
    if not text.isdecimal():
        raise Gone("no_message_id")
    return int(text)


def _markup(
    part: Rendered,
) -> InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove | None:
    if part.keyboard:
        button = KeyboardButton(
            part.keyboard_label,
            request_contact=part.keyboard == "contact" or None,
            request_location=part.keyboard == "location" or None,
        )
        return ReplyKeyboardMarkup([[button]], resize_keyboard=True, one_time_keyboard=True)
    if part.dismiss_keyboard:
        return ReplyKeyboardRemove()
    return _inline(part.rows)


def _inline(rows: Sequence[Sequence[RenderedButton]]) -> InlineKeyboardMarkup | None:
    return InlineKeyboardMarkup([[_key(b) for b in row] for row in rows]) if rows else None


def _key(button: RenderedButton) -> InlineKeyboardButton:
    style = None if button.style == Style.PLAIN else button.style.value
    if button.url:
        return InlineKeyboardButton(button.label, url=button.url, style=style)
    return InlineKeyboardButton(button.label, callback_data=button.data, style=style)
