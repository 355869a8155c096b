"""The terminal as a channel: buttons are numbers, everything else is text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from typing import TypedDict

from bot.channels.base import Rendered, RenderedButton, Sent
from bot.pacing import UNLIMITED
from models.messages import Inbound

CHANNEL = "console"


class _Seed(TypedDict):
    channel: str
    chat: str
    update_id: str


class ConsoleChannel:
    """Prints what is sent to one person; reads her lines as events."""

    name = CHANNEL
    limits = UNLIMITED

    def __init__(self, person: str, write: Callable[[str], None], first_id: int) -> None:
        self.chat = f"{CHANNEL}:{person}"
        self._write = write
        self._ids = count(first_id)
        self._buttons: list[tuple[str, RenderedButton]] = []

    def is_group(self, chat: str) -> bool:
        return False

    def parts(self, message: Rendered) -> Sequence[Rendered]:
        return (message,)

    async def send(self, chat: str, part: Rendered) -> Sent:
        message_id = part.replaces or str(next(self._ids))
        if chat == self.chat:
            self._write(self._picture(part))
            buttons = [button for row in part.rows for button in row]
            if buttons or part.replaces:
                self._buttons = [(message_id, button) for button in buttons]
        return Sent(message_id)

    async def strip(self, chat: str, message_id: str) -> None:
        self._buttons = [(m, b) for m, b in self._buttons if m != message_id]

    def _picture(self, part: Rendered) -> str:
        lines = [part.text]
        number = count(1)
        for row in part.rows:
            lines.append("  ".join(f"[{next(number)}] {button.label}" for button in row))
        if part.keyboard:
            lines.append(f"[+] {part.keyboard_label}")
        return "\n".join(lines)

    def event(self, line: str, update_id: str) -> Inbound:
        """What a typed line means: a button's number is a tap, "+13800138000" her own contact."""
        seed = _Seed(channel=CHANNEL, chat=self.chat, update_id=update_id)
        if line.isdecimal() and 0 < int(line) <= len(self._buttons):
            message_id, button = self._buttons[int(line) - 1]
            return Inbound(**seed, kind="tap", data=button.data, message_id=message_id)
        if line.startswith("+") and line[1:].isdecimal():
            return Inbound(**seed, kind="contact", phone=line[1:], own_contact=True)
        return Inbound(**seed, kind="text", text=line)
