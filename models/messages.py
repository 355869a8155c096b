"""What a person said and what she is told, in a form that no platform owns.

`Inbound` is one event from a channel, `Outbound` one message to a person. An Outbound holds word
keys, not words: the dispatcher renders it once, in the reader's language, when it is sent.
Pure: no database, no platform, no clock.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Text:
    """A key of the catalogue with what fills its placeholders.

    A parameter may be a Text or a list of Texts: it is rendered first, lists with the language's
    own separator. An `n` chooses the plural.
    """

    key: str
    params: Mapping[str, Value] = field(default_factory=dict)


Value: TypeAlias = (
    "str | int | float | bool | Decimal | date | datetime | time | Text | Sequence[Text] | None"
)

VERBATIM = "="


def verbatim(text: str) -> Text:
    """Words that are nobody's translation: a name, a place, a number."""
    return Text(VERBATIM, {"text": text})


class Style(StrEnum):
    """How a button looks, where the platform can show it."""

    PLAIN = "plain"
    PRIMARY = "primary"
    DANGER = "danger"


@dataclass(frozen=True, slots=True)
class Button:
    """One tap. `data` (at most 64 bytes) comes back as `Inbound.data`; a `url` opens instead, and
    `start` opens the private chat with us, which then begins with that (/start ...)."""

    label: Text
    data: str = ""
    url: str = ""
    style: Style = Style.PLAIN
    start: str = ""


Rows: TypeAlias = tuple[tuple[Button, ...], ...]


class Edit(StrEnum):
    """What becomes of the message that the person answered."""

    SEND = "send"  # a new message
    REPLACE = "replace"  # the tapped message turns into this one; a new one where that fails


@dataclass(frozen=True, slots=True)
class Poster:
    """A picture to be shown, printed or sent on: a code to scan, which opens the private chat with
    us as `Button.start` does, and words beside it. The channel draws it."""

    start: str
    lines: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Outbound:
    """One message: paragraphs of words, rows of buttons, perhaps a picture or a file.

    `photo` is a platform's own id of a picture or, as `document` always is, the key of a file that
    was kept for this message (models/files.py); a `poster` takes the place of a picture.
    `keyboard` asks for the reader's own contact or location with the platform's button;
    `dismiss_keyboard` takes that button away again.
    `retires` is the dedupe key of an earlier message whose buttons go when this one is sent.
    """

    lines: tuple[Text, ...]
    rows: Rows = ()
    photo: str = ""
    document: str = ""
    poster: Poster | None = None
    edit: Edit = Edit.SEND
    edits: str = ""  # platform id of the message to replace
    retires: str = ""
    keyboard: Literal["", "contact", "location"] = ""
    dismiss_keyboard: bool = False
    protect: bool = False  # personal data: not to be forwarded or saved
    topic: str = ""  # the thread of a group
    commands: tuple[
        str, ...
    ] = ()  # the reader's command menu from now on, where a platform has one


InboundKind: TypeAlias = Literal[
    "text",
    "tap",
    "contact",
    "photo",
    "location",
    "file",
    "other",
    "blocked",
    "unblocked",
    "joined",  # she brought us into the group `place`, whose title is `text`
    "left",  # we are in the group `chat` no more
    "moved",  # the group `chat` has a new address, `data`
    "disclosure",  # she showed numbers in a group: their kinds in `data`, never what she wrote
]


@dataclass(frozen=True, slots=True)
class Inbound:
    """One event from a channel.

    `chat` names the person's conversation across the program ("phone:42"). `place` is the chat
    where she wrote when that is a group, `topic` the thread of it. `file` is the platform's id of a
    picture or a file; of a file, `size` and `largest` are in bytes: its own, and what the channel
    can fetch (0: any). `album` is shared by pictures that were sent in one go. `other` stands for
    stickers, voice, polls and whatever a platform invents next.
    """

    channel: str
    chat: str
    update_id: str
    kind: InboundKind
    text: str = ""
    data: str = ""
    message_id: str = ""
    phone: str = ""
    own_contact: bool = False
    file: str = ""
    file_name: str = ""
    size: int = 0
    largest: int = 0
    latitude: float | None = None
    longitude: float | None = None
    name: str = ""
    lang: str = ""
    edited: bool = False
    place: str = ""
    topic: str = ""
    album: str = ""

    @property
    def command(self) -> str:
        """The command without slash and bot name, lower case; empty when there is none."""
        if self.kind not in ("text", "disclosure") or not self.text.startswith("/"):
            return ""
        return (
            self.text[1:].split(maxsplit=1)[0].split("@")[0].lower()
            if self.text[1:2].strip()
            else ""
        )

    @property
    def argument(self) -> str:
        """What follows the command."""
        parts = self.text.split(maxsplit=1)
        return parts[1].strip() if self.command and len(parts) > 1 else ""


class UserError(Exception):
    """Something that the person can mend: `text` says what and how, in her language."""

    def __init__(self, key: str, **params: Value) -> None:
        super().__init__(key)
        self.text = Text(key, params)


# -- wire form, for the encrypted columns of inbox and outbox ---------------------------------


def _pack(value: Any) -> Any:
    match value:
        case Text():
            return {"$t": value.key, "p": {k: _pack(v) for k, v in value.params.items()}}
        case datetime():
            return {"$at": value.isoformat()}
        case date():
            return {"$on": value.isoformat()}
        case time():
            return {"$time": value.isoformat()}
        case Decimal():
            return {"$n": str(value)}
        case list() | tuple():
            return [_pack(v) for v in value]
        case _:
            return value


def _unpack(value: Any) -> Any:
    match value:
        case {"$t": key}:
            return Text(key, {k: _unpack(v) for k, v in value["p"].items()})
        case {"$at": text}:
            return datetime.fromisoformat(text)
        case {"$on": text}:
            return date.fromisoformat(text)
        case {"$time": text}:
            return time.fromisoformat(text)
        case {"$n": text}:
            return Decimal(text)
        case list():
            return [_unpack(v) for v in value]
        case _:
            return value


def dump_outbound(message: Outbound) -> str:
    """JSON of a message; defaults are left out."""
    out: dict[str, Any] = {"lines": [_pack(line) for line in message.lines]}
    if message.rows:
        out["rows"] = [
            [[_pack(b.label), b.data, b.url, b.style.value, b.start] for b in row]
            for row in message.rows
        ]
    if message.poster is not None:
        shown = [_pack(line) for line in message.poster.lines]
        out["poster"] = [message.poster.start, shown]
    for item in dataclasses.fields(message):
        value = getattr(message, item.name)
        if item.name not in ("lines", "rows", "poster") and value != item.default:
            out[item.name] = value
    return json.dumps(out, ensure_ascii=False, separators=(",", ":"))


def load_outbound(text: str) -> Outbound:
    """The message that `dump_outbound` wrote."""
    raw = json.loads(text)
    raw["lines"] = tuple(_unpack(line) for line in raw["lines"])
    raw["rows"] = tuple(
        tuple(
            Button(_unpack(label), data, url, Style(style), *start)
            for label, data, url, style, *start in row  # one of an older version has no start
        )
        for row in raw.get("rows", ())
    )
    raw["commands"] = tuple(raw.get("commands", ()))
    if "poster" in raw:
        start, lines = raw["poster"]
        raw["poster"] = Poster(start, tuple(_unpack(line) for line in lines))
    if "edit" in raw:
        raw["edit"] = Edit(raw["edit"])
    return Outbound(**raw)


def dump_inbound(event: Inbound) -> str:
    """JSON of an event; defaults are left out."""
    out = {
        item.name: value
        for item in dataclasses.fields(event)
        if (value := getattr(event, item.name)) != item.default
    }
    return json.dumps(out, ensure_ascii=False, separators=(",", ":"))


def load_inbound(text: str) -> Inbound:
    """The event that `dump_inbound` wrote."""
    return Inbound(**json.loads(text))
