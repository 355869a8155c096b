"""`gridbot chat`: the same conversations in the terminal, as anybody."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from pathlib import Path
from typing import TextIO

from sqlalchemy import func, select

from bot.app import App
from bot.channels.console import CHANNEL, ConsoleChannel
from bot.settings import Settings
from models.inbox import InboxRow, receive
from models.session import Database


class Recorder:
    """Writes a chat down as a transcript, for tests/transcripts."""

    def __init__(self, path: Path, person: str) -> None:
        self._file: TextIO = path.open("w", encoding="utf-8")
        self._person = person

    def said(self, line: str) -> None:
        self._file.write(f"{self._person}> {line}\n")

    def heard(self, text: str) -> None:
        first, *rest = text.splitlines() or [""]
        self._file.write("\n  ".join([f"bot@{self._person}> {first}", *rest]) + "\n")

    def close(self) -> None:
        self._file.close()


async def chat(settings: Settings, db: Database, person: str, record: Path | None) -> None:
    """Read lines until the end of input; answer each before the next is read."""
    recorder = Recorder(record, person) if record else None

    def write(text: str) -> None:
        sys.stdout.write(f"\n{text}\n\n")
        sys.stdout.flush()
        if recorder:
            recorder.heard(text)

    async with db.read() as session:
        last = await session.scalar(select(func.max(InboxRow.id))) or 0
    channel = ConsoleChannel(person, write, last * 1000 + 1, settings.data_dir / "received")
    app = App(db, settings, {CHANNEL: channel})
    number = last
    try:
        while line := await _read(person):
            number += 1
            if recorder:
                recorder.said(line)
            event = channel.event(line, f"{person}:{number}")
            async with db.write() as session:
                await receive(session, [event], app.clock.now())
            await app.worker.drain()
            await app.tick_at(app.clock.now() + timedelta(milliseconds=1))
            await app.dispatcher.drain()
            await app.runner.drain()
            await app.dispatcher.drain()
    finally:
        if recorder:
            recorder.close()


async def _read(person: str) -> str:
    """The next line that is not empty; "" at the end of input."""
    while True:
        line = await asyncio.to_thread(_line, f"{person}> ")
        if line is None:
            return ""
        if line.strip():
            return line.strip()


def _line(prompt: str) -> str | None:
    if sys.stdin.isatty():
        try:
            return input(prompt)
        except EOFError:
            return None
    return sys.stdin.readline() or None
