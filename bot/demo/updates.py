"""Updates on their way to the bot: numbered, kept until confirmed, polled for.

Knows no chat; what an update says is the town's affair, how a webhook is called the webhook's.
"""

from __future__ import annotations

import asyncio
import copy
import itertools
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from bot.demo.faults import Faults
from bot.demo.rules import Body, Refused
from models.clock import monotonic

POLL_LIMIT = 100
POLL_SECONDS_LIMIT = 50


@dataclass(slots=True)
class _Waiting:
    body: Body
    visible_at: float  # monotonic
    deliveries: int = 1
    delivered: bool = False

    @property
    def update_id(self) -> int:
        return int(self.body["update_id"])


class Updates:
    """One bot's queue. A newer getUpdates ends an older one, as the real server has it."""

    def __init__(self, faults: Faults, first_id: int = 100_000_001) -> None:
        self._faults = faults
        self._ids = itertools.count(first_id)
        self._waiting: list[_Waiting] = []
        self._allowed: tuple[str, ...] = ()
        self._poll = 0
        self._ended_by = ""
        self._woken = asyncio.Event()
        self._closed = False

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, kind: str, content: Body) -> int:
        """Queue an update and give its id; kinds that the bot did not ask for are dropped."""
        update_id = next(self._ids)
        if self._allowed and kind not in self._allowed:
            return update_id
        # A copy: the message may be edited before the bot hears of it.
        body = {"update_id": update_id, kind: copy.deepcopy(content)}
        waiting = _Waiting(body, visible_at=monotonic())
        fault = self._faults.take_for_update()
        if fault is not None and fault.kind == "update_twice":
            waiting.deliveries = 2
        elif fault is not None:
            waiting.visible_at += fault.seconds
        self._waiting.append(waiting)
        self._wake()
        return update_id

    def allow(self, kinds: Sequence[str] | None) -> None:
        """None keeps what was asked for before."""
        if kinds is not None:
            self._allowed = tuple(kinds)

    @property
    def allowed(self) -> tuple[str, ...]:
        return self._allowed

    def waits(self, update_id: int) -> bool:
        """Has the bot not confirmed it yet?"""
        return any(waiting.update_id == update_id for waiting in self._waiting)

    def forget_all(self) -> None:
        self._waiting.clear()

    async def poll(self, offset: int, limit: int, timeout_s: float) -> list[Body]:
        """Confirm what is below `offset`, then wait for something to tell."""
        self.end_poll("other getUpdates request; make sure that only one bot instance is running")
        mine = self._poll
        self._confirm(offset)
        deadline = monotonic() + min(max(timeout_s, 0), POLL_SECONDS_LIMIT)
        while True:
            found = self.ready(min(max(limit, 1), POLL_LIMIT))
            if found or self._closed or monotonic() >= deadline:
                return found
            await self._nap(deadline)
            if mine != self._poll:
                raise Refused(409, f"Conflict: terminated by {self._ended_by}")

    def end_poll(self, by: str) -> None:
        """Whoever is polling now gets a conflict that names its reason."""
        self._poll += 1
        self._ended_by = by
        self._wake()

    def ready(self, limit: int) -> list[Body]:
        """What may be delivered now, oldest first."""
        now = monotonic()
        due = [w for w in self._waiting if w.visible_at <= now][:limit]
        for waiting in due:
            waiting.delivered = True
        return [waiting.body for waiting in due]

    def confirm_one(self, update_id: int) -> None:
        """A webhook took it."""
        self._settle([w for w in self._waiting if w.update_id == update_id])

    async def arrival(self, within_s: float) -> None:
        """Return when something new is deliverable, or after `within_s`."""
        await self._nap(monotonic() + within_s)

    def open(self) -> None:
        self._closed = False

    def close(self) -> None:
        """Answer every open poll with nothing."""
        self._closed = True
        self._wake()

    def _confirm(self, offset: int) -> None:
        if offset < 0:  # keep only the last -offset
            del self._waiting[:offset]
            return
        self._settle([w for w in self._waiting if w.update_id < offset and w.delivered])

    def _settle(self, confirmed: list[_Waiting]) -> None:
        for waiting in confirmed:
            waiting.deliveries -= 1
            waiting.delivered = False
            if waiting.deliveries <= 0:
                self._waiting.remove(waiting)

    async def _nap(self, until: float) -> None:
        now = monotonic()
        late = [w.visible_at for w in self._waiting if w.visible_at > now]
        with suppress(TimeoutError):
            # Not wait_for: before Python 3.12 it loses a cancellation that meets a wake-up.
            async with asyncio.timeout(min([until, *late]) - now):
                await self._woken.wait()

    def _wake(self) -> None:
        # Sleepers hold the old event; whoever sleeps next needs one that is not set.
        self._woken.set()
        self._woken = asyncio.Event()
