"""What every channel offers: send a rendered message, hand over what arrived, name its failures.

Knows no platform, no database and no words; those are rendered before a channel sees them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, Protocol, runtime_checkable

from bot.pacing import Limits
from models.files import File
from models.messages import Inbound, Style


@dataclass(frozen=True, slots=True)
class RenderedButton:
    """A button in words."""

    label: str
    data: str = ""
    url: str = ""
    style: Style = Style.PLAIN
    start: str = ""


@dataclass(frozen=True, slots=True)
class RenderedPoster:
    """A poster in words: what the scanned code begins our chat with, and the lines beside it."""

    start: str
    text: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message in words. `replaces` is the platform's id of the message that turns into it.

    `photo` is the platform's own id of a picture, or the picture itself; `document` a file;
    `poster` a picture that the channel draws, because only it knows how its links are written.
    `keyboard_label` is what the request button says, or, with `dismiss_keyboard`, the few words
    that go along where a platform can take a keyboard away only with a message of its own.
    `commands` (name, what it does) is the reader's menu from now on.
    """

    text: str
    rows: tuple[tuple[RenderedButton, ...], ...] = ()
    photo: str | File = ""
    document: File | None = None
    poster: RenderedPoster | None = None
    replaces: str = ""
    keyboard: Literal["", "contact", "location"] = ""
    keyboard_label: str = ""
    dismiss_keyboard: bool = False
    protect: bool = False
    topic: str = ""
    commands: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """The platform took the message under this id."""

    message_id: str


@dataclass(frozen=True, slots=True)
class Received:
    """An event, and what the platform wants to see again to know that a tap was noticed."""

    event: Inbound
    receipt: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """What a poll brought. `position` is where the next poll begins."""

    received: tuple[Received, ...]
    position: int


class ChannelError(Exception):
    """A channel could not do it. `reason` is a code for the record, never words for a person."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unreachable(ChannelError):
    """This person cannot be reached here: she blocked us, left, or never came."""


class TryLater(ChannelError):
    """Too fast: nothing may be sent for `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__("too_fast")
        self.seconds = seconds


class Unknown(ChannelError):
    """The connection broke after the request may have been accepted."""


class Unavailable(ChannelError):
    """The platform is away; the request was not accepted."""


class Rivalled(Unavailable):
    """Another process fetches with our token."""


class Refused(ChannelError):
    """The platform will never take this message."""


class Gone(ChannelError):
    """The message to be replaced cannot be edited; a new one can be sent."""


class BadToken(ChannelError):
    """The platform does not know our token: nothing works until someone mends the settings."""


class Channel(Protocol):
    """Where messages leave. One call of `send` is one call to the platform, so that pace holds."""

    @property
    def name(self) -> str:
        """The part before the colon in `Inbound.chat`."""
        ...

    @property
    def limits(self) -> Limits: ...

    def is_group(self, chat: str) -> bool: ...

    def parts(self, message: Rendered) -> Sequence[Rendered]:
        """The message in pieces that the platform takes, in the order of sending."""
        ...

    async def send(self, chat: str, part: Rendered) -> Sent:
        """Send one part; raises a ChannelError."""
        ...

    async def strip(self, chat: str, message_id: str) -> None:
        """Take the buttons off an earlier message; raises a ChannelError."""
        ...


@runtime_checkable
class Files(Protocol):
    """Where files that people sent can be had."""

    async def fetch_file(self, file: str) -> bytes:
        """The bytes behind an `Inbound.file`; raises a ChannelError."""
        ...


class Forum(StrEnum):
    """Whether a group has threads."""

    NONE = "none"
    CLOSED = "closed"  # it has, and we may not make any
    OPEN = "open"


@runtime_checkable
class Forums(Protocol):
    """Where a group can have threads."""

    async def forum(self, chat: str) -> Forum:
        """How it is with this group; raises a ChannelError."""
        ...

    async def open_topic(self, chat: str, name: str) -> str:
        """Make a thread; its `Rendered.topic`. Raises a ChannelError."""
        ...


class PollingChannel(Protocol):
    """Where events are fetched."""

    @property
    def name(self) -> str: ...

    async def poll(self, position: int) -> Batch:
        """Wait for events from `position` on, which tells the platform that earlier ones are kept.

        Raises a ChannelError.
        """
        ...

    def acknowledge(self, receipts: Sequence[str]) -> None:
        """Tell the platform in the background that these taps were noticed; never raises."""
        ...


@dataclass(frozen=True, slots=True)
class Pushing:
    """What the platform says of its deliveries: where to, how many wait, the last that failed."""

    url: str
    waiting: int
    failed_at: datetime | None = None
    reason: str = ""


class PushingChannel(Protocol):
    """Where events are delivered to us."""

    @property
    def name(self) -> str: ...

    async def identify(self) -> str:
        """Our own name there, without which nobody can tell what is said to us; asked once.

        Raises a ChannelError.
        """
        ...

    async def push_to(self, url: str, secret: str) -> None:
        """Have events delivered to `url`, each with `secret`; raises a ChannelError."""
        ...

    async def pushing(self) -> Pushing:
        """How deliveries go; raises a ChannelError."""
        ...

    def parse(self, raw: dict[str, Any]) -> Received | None:
        """One delivery; None when nobody said anything to us, or it cannot be understood."""
        ...

    def acknowledge(self, receipts: Sequence[str]) -> None: ...
