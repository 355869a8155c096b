"""Breaks the silence of an outage: whoever wrote and cannot be answered hears, once, to wait.

These are the only words that pass by the outbox: while the database is away there is none. Knows
no database and no platform.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias

LOOK_S = 1.0
# Counted in looks, not by a clock: a process that was frozen has seen no outage.
PATIENCE = 10
CALM = 300

# Chat, the language that her platform names, and whether she still waits.
Tell: TypeAlias = Callable[[str, str, Callable[[], bool]], Awaitable[None]]


@dataclass(slots=True)
class _Wait:
    lang: str
    looks: int = 0


class Silence:
    """Who waits for the database. `tell` says it to one person; it must not raise."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._waits: dict[str, _Wait] = {}
        self._told: dict[str, int] = {}  # chat -> looks since she last waited
        self._telling: set[asyncio.Task[None]] = set()

    def begin(self, chat: str, lang: str = "") -> None:
        """She has written, and it is not kept or not answered yet."""
        self._waits.setdefault(chat, _Wait(lang))

    def end(self, chats: Iterable[str]) -> None:
        """What they wrote is on its way; most of the time a moment later."""
        for chat in chats:
            self._waits.pop(chat, None)

    def end_all(self) -> None:
        """Somebody else is there for them."""
        self._waits.clear()

    async def run(self, stop: asyncio.Event) -> None:
        """Look again and again until `stop`; what is being said then is dropped."""
        while not stop.is_set():
            self.look()
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await stop.wait()
        for task in self._telling:
            task.cancel()
        await asyncio.gather(*self._telling, return_exceptions=True)

    def look(self) -> None:
        """Whoever has waited through enough looks is told, unless she was in this outage."""
        for chat, looks in list(self._told.items()):
            self._told[chat] = 0 if chat in self._waits else looks + 1
            if looks > CALM:
                del self._told[chat]
        for chat, wait in self._waits.items():
            wait.looks += 1
            if wait.looks > PATIENCE and chat not in self._told:
                self._told[chat] = 0
                self._start(chat, wait)

    def _start(self, chat: str, wait: _Wait) -> None:
        telling = self._tell(chat, wait.lang, lambda: self._waits.get(chat) is wait)
        task = asyncio.ensure_future(telling)
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)
