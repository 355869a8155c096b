"""The terminal as a channel: buttons are numbers, files lie in a folder, the rest is text."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import TypedDict

from bot.channels.base import Refused, Rendered, RenderedButton, Sent
from bot.files import private
from bot.pacing import UNLIMITED
from models.files import File
from models.messages import Inbound

CHANNEL = "console"
FILE_MARK = "<"


class _Seed(TypedDict):
    channel: str
    chat: str
    update_id: str


class ConsoleChannel:
    """Prints what is sent to one person; reads her lines as events. Files go into `folder`."""

    name = CHANNEL
    limits = UNLIMITED

    def __init__(
        self, person: str, write: Callable[[str], None], first_id: int, folder: Path
    ) -> None:
        self.chat = f"{CHANNEL}:{person}"
        self._write = write
        self._folder = folder
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
        lines = [part.text] if part.text else []
        if part.poster:
            lines = [part.poster.text, f"▦ /start {part.poster.start}", *lines]
        for file in (part.photo, part.document):
            if isinstance(file, File):
                lines.append(f"📎 {file.name} → {self._put_down(file)}")
        number = count(1)
        for row in part.rows:
            lines.append("  ".join(f"[{next(number)}] {button.label}" for button in row))
        if part.keyboard:
            lines.append(f"[+] {part.keyboard_label}")
        return "\n".join(lines)

    def _put_down(self, file: File) -> Path:
        """Write the file under a name that is free; the path."""
        name = Path(file.name)
        path = self._folder / name.name
        for number in count(2):
            if not path.exists():
                break
            path = self._folder / f"{name.stem}-{number}{name.suffix}"
        with private(path) as out:
            out.write(file.content)
        return path

    def event(self, line: str, update_id: str) -> Inbound:
        """What a typed line means: a button's number is a tap, "+13800138000" her own contact,
        "<roster.xlsx" a file."""
        seed = _Seed(channel=CHANNEL, chat=self.chat, update_id=update_id)
        if line.isdecimal() and 0 < int(line) <= len(self._buttons):
            message_id, button = self._buttons[int(line) - 1]
            return Inbound(**seed, kind="tap", data=button.data, message_id=message_id)
        if line.startswith("+") and line[1:].isdecimal():
            return Inbound(**seed, kind="contact", phone=line[1:], own_contact=True)
        if line.startswith(FILE_MARK) and (path := Path(line[1:].strip())).is_file():
            file, size = str(path.absolute()), path.stat().st_size
            return Inbound(**seed, kind="file", file=file, file_name=path.name, size=size)
        return Inbound(**seed, kind="text", text=line)

    async def fetch_file(self, file: str) -> bytes:
        """The bytes of a file that she named; raises a ChannelError."""
        try:
            return await asyncio.to_thread(Path(file).read_bytes)
        except OSError as error:
            raise Refused("file_is_gone") from error
