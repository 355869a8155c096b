"""The phones of the cast: a channel in memory that shows what each person sees.

An edit changes the message in place; a message that is retired loses its buttons, as on the
platforms. Knows no database and no feature.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from cast import CHANNEL

from bot.channels.base import Forum, Gone, Rendered, RenderedButton, Sent, Unreachable
from bot.pacing import UNLIMITED, Limits
from models.files import File

GROUP = "#"  # how the name of a group begins
Labels = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """A message as it appeared, or changed, on somebody's phone."""

    person: str
    text: str
    labels: Labels
    keyboard: str | None  # the label of a platform button; "" when one goes away
    edited: bool


@dataclass(slots=True)
class _Message:
    shown: Rendered
    live: tuple[RenderedButton, ...]
    ever: dict[str, str]  # label -> data of every button that it has had


@dataclass
class Phones:
    """Every phone of the district, by the name of its owner."""

    name: str = CHANNEL
    limits: Limits = UNLIMITED
    journal: list[Seen] = field(default_factory=list)
    refusing: set[str] = field(default_factory=set)
    files: dict[str, bytes] = field(default_factory=dict)  # what people have on their phones
    received: dict[str, list[File]] = field(default_factory=dict)
    forums: dict[str, Forum] = field(default_factory=dict)  # groups that have threads
    posters: dict[str, str] = field(default_factory=dict)  # what the newest one's code begins
    _chats: dict[str, dict[str, _Message]] = field(default_factory=dict)

    # -- what the dispatcher asks of a channel ---------------------------------------------------

    def is_group(self, chat: str) -> bool:
        return chat.startswith(f"{CHANNEL}:{GROUP}")

    def parts(self, message: Rendered) -> Sequence[Rendered]:
        return [message]

    async def send(self, chat: str, part: Rendered) -> Sent:
        person = chat.removeprefix(f"{CHANNEL}:")
        if person in self.refusing:
            raise Unreachable("blocked")
        messages = self._chats.setdefault(person, {})
        if part.replaces:
            return self._edit(person, messages, part)
        number = str(len(messages) + 1)
        messages[number] = _Message(part, _buttons(part), _data(part))
        self._note(person, part, edited=False)
        return Sent(number)

    def _edit(self, person: str, messages: dict[str, _Message], part: Rendered) -> Sent:
        message = messages.get(part.replaces)
        if message is None:
            raise Gone("no such message")
        if replace(message.shown, replaces="") != replace(part, replaces=""):
            self._note(person, part, edited=True)
        message.shown, message.live = part, _buttons(part)
        message.ever |= _data(part)
        return Sent(part.replaces)

    def _note(self, person: str, part: Rendered, *, edited: bool) -> None:
        labels = tuple(tuple(button.label for button in row) for row in part.rows)
        keyboard = part.keyboard_label if part.keyboard else "" if part.dismiss_keyboard else None
        if part.document:
            self.received.setdefault(person, []).append(part.document)
        if part.poster:
            self.posters[person] = part.poster.start
        text = "\n".join(filter(None, (*_enclosed(part), part.text)))
        place = f"{person}/{part.topic}" if part.topic else person
        self.journal.append(Seen(place, text, labels, keyboard, edited))

    async def strip(self, chat: str, message_id: str) -> None:
        message = self._chats.get(chat.removeprefix(f"{CHANNEL}:"), {}).get(message_id)
        if message is None:
            raise Gone("no such message")
        message.live = ()

    def move(self, group: str, new: str) -> None:
        """A group has another address now; the old one takes nothing more."""
        self._chats[new] = self._chats.pop(group, {})
        self.refusing.add(group)

    async def forum(self, chat: str) -> Forum:
        return self.forums.get(chat.removeprefix(f"{CHANNEL}:"), Forum.NONE)

    async def open_topic(self, chat: str, name: str) -> str:
        """A thread is called by its name here."""
        return name

    async def fetch_file(self, file: str) -> bytes:
        return self.files[file]

    # -- what a hand can do ----------------------------------------------------------------------

    def find(self, person: str, label: str, nth: int = 1) -> tuple[str, str]:
        """Message and data of a button, on her nth newest message that has it.

        A message that came twice counts once.
        """
        found: dict[str, str] = {}
        for number, message in reversed(self._chats.get(person, {}).items()):
            for button in message.live:
                if button.label == label:
                    found.setdefault(button.data or f"/start {button.start}", number)
        if len(found) < nth:
            raise LookupError(f"{person} has no button {label!r}")
        data, number = list(found.items())[nth - 1]
        return number, data

    def find_gone(self, person: str, label: str) -> tuple[str, str]:
        """Message and data of a button that was taken away while the thumb was on its way."""
        for number, message in reversed(self._chats.get(person, {}).items()):
            if label in message.ever and label not in {b.label for b in message.live}:
                return number, message.ever[label]
        raise LookupError(f"{person} lost no button {label!r}")


def _enclosed(part: Rendered) -> Iterator[str]:
    """A line for each file of ours, as a phone shows it."""
    for mark, file in (("🖼", part.photo), ("📎", part.document)):
        if isinstance(file, File):
            yield f"{mark} {file.name}"
    if part.poster:
        yield from (f"▦ {line}" for line in part.poster.text.split("\n"))


def _buttons(part: Rendered) -> tuple[RenderedButton, ...]:
    return tuple(button for row in part.rows for button in row)


def _data(part: Rendered) -> dict[str, str]:
    return {button.label: button.data for button in _buttons(part)}
