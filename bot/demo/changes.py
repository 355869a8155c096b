"""Who has to look again: the page waits here for what the town did.

Changed chats are collected, not queued, so a slow page falls behind without growing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

NOTICE_LIMIT = 100


@dataclass(slots=True)
class Notice:
    """Something that passes: typing, the answer to a tap, the clock that moved."""

    kind: str
    detail: dict[str, Any]


@dataclass(slots=True)
class Watch:
    """What one page has not seen yet."""

    chats: set[int] = field(default_factory=set)
    notices: list[Notice] = field(default_factory=list)
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self) -> tuple[set[int], list[Notice]]:
        taken = self.chats, self.notices
        self.chats, self.notices = set(), []
        self.woken.clear()
        return taken


class Changes:
    def __init__(self) -> None:
        self._watches: list[Watch] = []
        self._closed = False

    @contextmanager
    def watch(self) -> Iterator[Watch]:
        watch = Watch()
        self._watches.append(watch)
        try:
            yield watch
        finally:
            self._watches.remove(watch)

    def touch(self, chat_id: int) -> None:
        """That chat looks different now."""
        for watch in self._watches:
            watch.chats.add(chat_id)
            watch.woken.set()

    def tell(self, kind: str, **detail: Any) -> None:
        for watch in self._watches:
            watch.notices = [*watch.notices, Notice(kind, detail)][-NOTICE_LIMIT:]
            watch.woken.set()

    def open(self) -> None:
        self._closed = False

    def close(self) -> None:
        """Let every waiting page go."""
        self._closed = True
        for watch in self._watches:
            watch.woken.set()

    async def wait(
        self, watch: Watch, heartbeat_s: float
    ) -> AsyncIterator[tuple[set[int], list[Notice]]]:
        """What changed, again and again; nothing but empty hands once a heartbeat."""
        while not self._closed:
            with suppress(TimeoutError):
                async with asyncio.timeout(heartbeat_s):
                    await watch.woken.wait()
            if not self._closed:
                yield watch.take()
