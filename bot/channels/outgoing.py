"""What we say on Telegram: each part of a message as one call of the Bot API.

Knows nothing of updates; how a message is cut into parts is parts.py's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from typing import Any

from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeChat,
    BotCommandScopeDefault,
    ChatMemberAdministrator,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    KeyboardButton,
    LinkPreviewOptions,
    Message,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)

from bot.channels.base import Forum, Gone, Refused, Rendered, RenderedButton, RenderedPoster, Sent
from bot.channels.posters import draw
from bot.channels.wire import call
from models.files import File
from models.messages import Style

LARGEST_SENT = 50 * 1000 * 1000  # bytes of one file
UPLOAD_S = 60.0
LINK_ROOT = "https://t.me"
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


class Outgoing:
    """A bot's voice."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def send(self, chat: str, part: Rendered) -> Sent:
        """Send one part, as a new message or in place of an old one; raises a ChannelError."""
        return await (self._replace(chat, part) if part.replaces else self._send(chat, part))

    async def _send(self, chat: str, part: Rendered) -> Sent:
        common: dict[str, Any] = {
            "chat_id": _chat_id(chat),
            "reply_markup": _markup(part),
            "protect_content": part.protect,
            "message_thread_id": int(part.topic) if part.topic else None,
        }
        return Sent(str((await call(self._sending(part, common))).message_id))

    def _sending(self, part: Rendered, common: dict[str, Any]) -> Coroutine[Any, Any, Message]:
        if part.document:
            return self._bot.send_document(
                document=_upload(part.document),
                caption=part.text or None,
                read_timeout=UPLOAD_S,
                **common,
            )
        if part.photo:
            photo = _upload(part.photo) if isinstance(part.photo, File) else part.photo
            return self._bot.send_photo(photo=photo, caption=part.text or None, **common)
        return self._bot.send_message(text=part.text, link_preview_options=_NO_PREVIEW, **common)

    async def _replace(self, chat: str, part: Rendered) -> Sent:
        """Edit in place; a message that already reads so was edited by an attempt before."""
        try:
            await call(
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
        await call(
            self._bot.edit_message_reply_markup(
                chat_id=_chat_id(chat), message_id=_message_id(message_id), reply_markup=None
            )
        )

    async def forum(self, chat: str) -> Forum:
        """Whether the group has threads, and whether we may make some."""
        if not (await call(self._bot.get_chat(_chat_id(chat)))).is_forum:
            return Forum.NONE
        mine = await call(self._bot.get_chat_member(_chat_id(chat), self._bot.id))
        may = isinstance(mine, ChatMemberAdministrator) and mine.can_manage_topics
        return Forum.OPEN if may else Forum.CLOSED

    async def open_topic(self, chat: str, name: str) -> str:
        made = await call(self._bot.create_forum_topic(_chat_id(chat), name))
        return str(made.message_thread_id)

    async def set_commands(
        self, chat: str | None, lang: str, commands: Sequence[tuple[str, str]]
    ) -> None:
        """The menu behind "/": of one chat, or of everybody whose app speaks `lang` ("": any)."""
        await call(
            self._bot.set_my_commands(
                [BotCommand(name, description) for name, description in commands],
                scope=BotCommandScopeChat(_chat_id(chat)) if chat else BotCommandScopeDefault(),
                language_code=None if chat else lang[:2] or None,
            )
        )


def linked(part: Rendered, username: str) -> Rendered:
    """With addresses behind the buttons that open the private chat with `username`."""

    def opened(button: RenderedButton) -> RenderedButton:
        if not button.start:
            return button
        return replace(button, url=_link(username, button.start), start="")

    return replace(part, rows=tuple(tuple(opened(b) for b in row) for row in part.rows))


def _link(username: str, start: str) -> str:
    return f"{LINK_ROOT}/{username}?start={start}"


async def drawn(part: Rendered, poster: RenderedPoster, username: str) -> Rendered:
    """With the poster as its picture; words that no font here can draw go below it."""
    content, written = await asyncio.to_thread(draw, _link(username, poster.start), poster.text)
    text = part.text if written else "\n".join(filter(None, (poster.text, part.text)))
    picture = File("card.png", "image/png", content)
    return replace(part, photo=picture, poster=None, text=text)


def _upload(file: File) -> InputFile:
    """Raises Refused for what Telegram would take minutes to turn down."""
    if len(file.content) > LARGEST_SENT:
        raise Refused("file_is_too_big")
    return InputFile(file.content, filename=file.name)


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
