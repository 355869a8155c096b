"""A Telegram update as an Inbound: who said what, where. Pure; does not talk to Telegram."""

from __future__ import annotations

import re
from typing import Any

from telegram import CallbackQuery, Chat, ChatMemberUpdated, Message, Update, User
from telegram.constants import ChatMemberStatus, ChatType

from models.messages import Inbound, InboundKind

CHANNEL = "telegram"
KINDS = ("message", "edited_message", "callback_query", "my_chat_member")


def inbound(update: Update, username: str) -> Inbound | None:
    """The event, or None for what no person said to us (`username` is ours, without @)."""
    user = update.effective_user
    if user is None or user.is_bot:
        return None
    seed = _seed(update, user)
    if update.callback_query is not None:
        return _tap(update.callback_query, seed)
    if update.my_chat_member is not None:
        return _membership(update.my_chat_member, seed)
    message = update.message or update.edited_message
    if message is None or message.sender_chat is not None:
        return None
    seed["edited"] = update.edited_message is not None
    if message.chat.type == ChatType.PRIVATE:
        return Inbound(**seed, message_id=str(message.message_id), **_content(message, user))
    return _group_message(message, seed, username)


def receipt(update: Update) -> str:
    """What answers the tap, when it was one."""
    return update.callback_query.id if update.callback_query is not None else ""


def _seed(update: Update, user: User) -> dict[str, Any]:
    return {
        "channel": CHANNEL,
        "chat": f"{CHANNEL}:{user.id}",
        "update_id": str(update.update_id),
        "name": user.full_name,
        "lang": user.language_code or "",
    }


def _tap(query: CallbackQuery, seed: dict[str, Any]) -> Inbound:
    message = query.message
    return Inbound(
        **seed,
        kind="tap",
        data=query.data or "",
        message_id=str(message.message_id) if message is not None else "",
        place=_place(message.chat) if message is not None else "",
    )


def _membership(change: ChatMemberUpdated, seed: dict[str, Any]) -> Inbound | None:
    if change.chat.type != ChatType.PRIVATE:
        return None
    kinds: dict[str, InboundKind] = {
        ChatMemberStatus.BANNED: "blocked",
        ChatMemberStatus.MEMBER: "unblocked",
    }
    kind = kinds.get(change.new_chat_member.status)
    return Inbound(**seed, kind=kind) if kind else None


def _group_message(message: Message, seed: dict[str, Any], username: str) -> Inbound | None:
    """In a group only what is said to us counts: a command, or words with our name."""
    text = _addressed(message.text or "", username)
    if not text or message.chat.type == ChatType.CHANNEL:
        return None
    return Inbound(
        **seed,
        kind="text",
        text=text,
        message_id=str(message.message_id),
        place=_place(message.chat),
    )


def _addressed(text: str, username: str) -> str:
    """The text when it is meant for us, without our name; empty otherwise."""
    if text.startswith("/"):
        command = text.split(maxsplit=1)[0]
        _, at, name = command.partition("@")
        return text if not at or name.lower() == username.lower() else ""
    if not username:
        return ""
    mention = re.compile(rf"(?<!\w)@{re.escape(username)}(?!\w)\s*", re.IGNORECASE)
    return mention.sub("", text).strip() if mention.search(text) else ""


def _place(chat: Chat) -> str:
    return "" if chat.type == ChatType.PRIVATE else f"{CHANNEL}:{chat.id}"


def _content(message: Message, user: User) -> dict[str, Any]:
    """Kind and content of a private message."""
    words = message.text or message.caption or ""
    if message.contact is not None:
        own = message.contact.user_id == user.id and message.forward_origin is None
        return {"kind": "contact", "phone": message.contact.phone_number, "own_contact": own}
    if message.location is not None:
        place = message.location
        return {"kind": "location", "latitude": place.latitude, "longitude": place.longitude}
    if file := _picture(message):
        return {"kind": "photo", "file": file, "text": words}
    if message.text is not None:
        return {"kind": "text", "text": words}
    return {"kind": "other", "text": words}


def _picture(message: Message) -> str:
    """File id of the largest size, or of a picture that was sent as a file."""
    if message.photo:
        return max(message.photo, key=lambda size: size.width * size.height).file_id
    document = message.document
    if document is not None and (document.mime_type or "").startswith("image/"):
        return document.file_id
    return ""
