"""A Telegram update as an Inbound: who said what, where. Pure; does not talk to Telegram."""

from __future__ import annotations

from typing import Any

from telegram import CallbackQuery, Chat, ChatMemberUpdated, Document, Message, Update, User
from telegram.constants import ChatMemberStatus, ChatType

from bot.channels.gathering import overheard
from models.messages import Inbound, InboundKind

ALBUM = 64  # characters of an album's name that are kept; a platform's are shorter
CHANNEL = "telegram"
LARGEST_FETCHED = 20 * 1000 * 1000  # bytes that a bot may download
_GONE = (ChatMemberStatus.LEFT, ChatMemberStatus.BANNED)
KINDS = ("message", "edited_message", "callback_query", "my_chat_member")


def inbound(update: Update, username: str) -> Inbound | None:
    """The event, or None for what no person said to us (`username` is ours, without @)."""
    user = update.effective_user
    if update.message is not None and update.message.migrate_to_chat_id is not None:
        return _moved(update, update.message)  # who did it may hide behind the group
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
    """She has blocked us or taken us back, brought us into a group, or thrown us out of it."""
    status = change.new_chat_member.status
    if change.chat.type == ChatType.PRIVATE:
        kinds: dict[str, InboundKind] = {
            ChatMemberStatus.BANNED: "blocked",
            ChatMemberStatus.MEMBER: "unblocked",
        }
        kind = kinds.get(status)
        return Inbound(**seed, kind=kind) if kind else None
    if change.chat.type == ChatType.CHANNEL:
        return None
    place = _place(change.chat)
    if status in _GONE:
        return Inbound(**_of_group(seed, place), kind="left")
    if change.old_chat_member.status in _GONE:
        return Inbound(**seed, kind="joined", text=change.chat.title or "", place=place)
    return None


def _moved(update: Update, message: Message) -> Inbound:
    seed = {"channel": CHANNEL, "update_id": str(update.update_id)}
    new = f"{CHANNEL}:{message.migrate_to_chat_id}"
    return Inbound(**_of_group(seed, _place(message.chat)), kind="moved", data=new)


def _of_group(seed: dict[str, Any], place: str) -> dict[str, Any]:
    """What happens to the group itself is nobody's doing."""
    return {**seed, "chat": place, "name": "", "lang": ""}


def _group_message(message: Message, seed: dict[str, Any], username: str) -> Inbound | None:
    """In a group only what is said to us counts, and numbers that are shown to all."""
    if message.chat.type == ChatType.CHANNEL:
        return None
    told = {
        **seed,
        "message_id": str(message.message_id),
        "place": _place(message.chat),
        "topic": str(message.message_thread_id) if message.is_topic_message else "",
    }
    words = message.text or message.caption or ""
    return overheard(told, words, username, contact=message.contact is not None)


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
        album = message.media_group_id or ""
        return {"kind": "photo", "file": file, "text": words, "album": album[:ALBUM]}
    if message.document is not None and message.animation is None:
        return {"kind": "file", "text": words, **_document(message.document)}
    if message.text is not None:
        return {"kind": "text", "text": words}
    return {"kind": "other", "text": words}


def _document(document: Document) -> dict[str, Any]:
    return {
        "file": document.file_id,
        "file_name": document.file_name or "",
        "size": document.file_size or 0,
        "largest": LARGEST_FETCHED,
    }


def _picture(message: Message) -> str:
    """File id of the largest size, or of a picture that was sent as a file."""
    if message.photo:
        return max(message.photo, key=lambda size: size.width * size.height).file_id
    document = message.document
    if document is not None and (document.mime_type or "").startswith("image/"):
        return document.file_id
    return ""
