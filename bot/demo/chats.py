"""People, groups and messages, in the shapes of the Bot API and as a person sees them.

Knows no request, no update and no limit.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from bot.demo.rules import Body

CLIENT_SIZE = (1280, 960)  # what clients scale photos to; nobody here needs the exact figure


@dataclass(slots=True)
class Person:
    """Somebody with a phone; `started` when a chat with the bot exists."""

    user_id: int
    first_name: str
    last_name: str = ""
    phone: str = ""
    language_code: str = "zh-hans"
    started: bool = False
    blocked: bool = False

    def as_user(self) -> Body:
        user: Body = {"id": self.user_id, "is_bot": False, "first_name": self.first_name}
        if self.last_name:
            user["last_name"] = self.last_name
        return user | {"language_code": self.language_code}

    def as_chat(self) -> Body:
        chat: Body = {"id": self.user_id, "type": "private", "first_name": self.first_name}
        return chat | ({"last_name": self.last_name} if self.last_name else {})


@dataclass(slots=True)
class Group:
    group_id: int
    title: str
    members: frozenset[int]
    is_forum: bool = False
    bot_manages: bool = False  # may the bot make topics?
    topics: dict[int, str] = field(default_factory=dict)

    def as_chat(self) -> Body:
        kind = "supergroup" if str(self.group_id).startswith("-100") else "group"
        forum = {"is_forum": True} if self.is_forum else {}
        return {"id": self.group_id, "type": kind, "title": self.title} | forum


@dataclass(frozen=True, slots=True)
class File:
    file_id: str
    content: bytes
    name: str
    mime: str

    @property
    def path(self) -> str:
        """Under /file/bot<token>/; the id makes it unique."""
        return f"{self.file_id}/{self.name}"

    def as_photo(self) -> list[Body]:
        width, height = image_size(self.content) or CLIENT_SIZE
        return [self._as_file() | {"width": width, "height": height}]

    def as_document(self) -> Body:
        return self._as_file() | {"file_name": self.name, "mime_type": self.mime}

    def as_file(self) -> Body:
        return self._as_file() | {"file_path": self.path}

    def _as_file(self) -> Body:
        unique = f"u{self.file_id}"
        return {
            "file_id": self.file_id,
            "file_unique_id": unique,
            "file_size": len(self.content),
        }


def image_kind(content: bytes) -> str:
    """The picture's media type by its first bytes; "" when they are none that a page may show."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    return "image/webp" if content[:4] == b"RIFF" and content[8:12] == b"WEBP" else ""


def image_size(content: bytes) -> tuple[int, int] | None:
    """Width and height; None when these bytes are no picture."""
    kind = image_kind(content)
    if kind == "image/png":
        return struct.unpack(">II", content[16:24]) if len(content) >= 24 else None
    return CLIENT_SIZE if kind else None


@dataclass(frozen=True, slots=True)
class ShownButton:
    text: str
    data: str = ""
    url: str = ""
    style: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """One message as the person sees it now; `text` is the caption under a photo."""

    message_id: int
    sender_id: int
    by_bot: bool
    text: str
    rows: tuple[tuple[ShownButton, ...], ...]
    keyboard: tuple[tuple[str, ...], ...]
    photo: bytes
    document: str
    edited: bool
    protected: bool

    @property
    def labels(self) -> list[str]:
        return [button.text for row in self.rows for button in row]

    def button(self, label: str) -> ShownButton:
        """The inline button with exactly this label."""
        for button in (button for row in self.rows for button in row):
            if button.text == label:
                return button
        raise KeyError(f"no button {label!r} among {self.labels}")


@dataclass(slots=True)
class Message:
    """A message in Telegram's words; `keyboard` is the reply keyboard that came with it,
    `update_id` is of the update that told the bot of it, 0 for the bot's own."""

    body: Body
    keyboard: Body | None = None
    update_id: int = 0

    @property
    def message_id(self) -> int:
        return int(self.body["message_id"])

    @property
    def by_bot(self) -> bool:
        return bool(self.body["from"]["is_bot"])

    @property
    def rows(self) -> list[list[Body]]:
        rows: list[list[Body]] = self.body.get("reply_markup", {}).get("inline_keyboard", [])
        return rows

    def shown(self, photo: bytes) -> Shown:
        return Shown(
            message_id=self.message_id,
            sender_id=self.body["from"]["id"],
            by_bot=self.by_bot,
            text=self.body.get("text") or self.body.get("caption", ""),
            rows=tuple(tuple(_shown_button(button) for button in row) for row in self.rows),
            keyboard=tuple(tuple(b["text"] for b in row) for row in key_rows(self.keyboard)),
            photo=photo,
            document=self.body.get("document", {}).get("file_name", ""),
            edited="edit_date" in self.body,
            protected=self.body.get("has_protected_content", False),
        )


def _shown_button(button: Body) -> ShownButton:
    return ShownButton(
        button["text"],
        button.get("callback_data", ""),
        button.get("url", ""),
        button.get("style", ""),
    )


def key_rows(keyboard: Body | None) -> list[list[Body]]:
    """The keys of a reply keyboard; a bare string is a key that says itself."""
    rows = (keyboard or {}).get("keyboard", [])
    return [[{"text": key} if isinstance(key, str) else key for key in row] for row in rows]


@dataclass(slots=True)
class Chat:
    """What was said in one place, oldest first, and the reply keyboard that is up."""

    messages: dict[int, Message] = field(default_factory=dict)
    keyboard: Body | None = None

    def add(self, message: Message) -> None:
        self.messages[message.message_id] = message

    def raise_keyboard(self, markup: Body) -> None:
        """A reply keyboard stays until it is removed or replaced."""
        if "keyboard" in markup:
            self.keyboard = markup
        elif markup.get("remove_keyboard"):
            self.keyboard = None

    def lower_used_keyboard(self) -> None:
        if self.keyboard and self.keyboard.get("one_time_keyboard"):
            self.keyboard = None
