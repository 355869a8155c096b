"""Carries messages through one channel at the channel's pace, and says what became of each.

Knows the channel and the words; knows no database. What it returns is recorded by the dispatcher.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TypeAlias

import structlog

from bot.channels.base import (
    BadToken,
    Channel,
    ChannelError,
    Gone,
    Refused,
    Rendered,
    Sent,
    TryLater,
    Unavailable,
)
from bot.pacing import Pace, backoff
from bot.passage import Passage
from bot.rendering import NO_FILES, Say, render
from models.files import File
from models.messages import Outbound
from models.outbox import Priority
from models.sending import Claimed

BULK_AT_ONCE = 12  # about half a second at full pace: what a reply may have to wait behind
AT_ONCE = 16
PATIENCE = 3  # tries of one call when told to slow down
LONGEST_NAP_S = 0.25
MOST_LANGS = 5_000

log = structlog.get_logger()
_dice = secrets.SystemRandom()


class Blocked(Exception):
    """She had blocked us before this message was due."""


class Withdrawn(Exception):
    """We are stopping, or somebody else may be leading; the message has not been tried."""


Result: TypeAlias = Sent | ChannelError | Blocked | Withdrawn
# Parts sent so far, and the id of the one with buttons (empty: none of them).
Keep: TypeAlias = Callable[[int, str], Awaitable[None]]


def jittered(streak: int, cap: float) -> float:
    """Seconds to wait after `streak` failures in a row, never the same for two of us."""
    return backoff(streak, _dice.random(), cap)


class Courier:
    """One channel with its pace. `serving` are the accounts whose message is on its way."""

    def __init__(
        self,
        channel: Channel,
        say: Say,
        monotonic: Callable[[], float],
        leads: Callable[[], bool],
    ) -> None:
        self.channel = channel
        self.pace = Pace(channel.limits)
        self.serving: set[int] = set()
        self.stopping = False
        self.outages = 0
        self._say = say
        self._monotonic = monotonic
        self._leads = leads
        self._langs: dict[str, str] = {}  # who was written to lately, and in which language
        self._resting = 0
        self._passage = Passage(channel.limits.per_second, AT_ONCE)
        self._door = asyncio.Event()
        self._hurried = 0  # urgent messages that wait at the door, or for the pace

    def room(self, least: Priority) -> int:
        """How many more messages may be on their way, when none is less urgent than `least`."""
        on_the_way = len(self.serving) - self._resting
        return (AT_ONCE if least <= Priority.ALERT else BULK_AT_ONCE) - on_the_way

    def paused(self) -> float:
        """Seconds for which nothing may be sent."""
        return self.pace.paused(self._monotonic())

    def resting(self) -> list[str]:
        """Chats that have just been written to."""
        return self.pace.resting(self._monotonic())

    async def deliver(
        self, row: Claimed, keep: Keep, files: Mapping[str, File] = NO_FILES
    ) -> Result:
        """Render with its files, send, and tell how it ended; never raises.

        `keep` writes down each part but the last before the next may go. The message is on its
        way until `arrived` is called: until then few others may be.
        """
        if row.blocked:
            return Blocked()
        self._remember(row)
        try:
            sent = await self._send(row, keep, files)
        except (ChannelError, Withdrawn) as end:
            self._notice(row, end)
            return end
        except Exception:
            # A bug of ours would fail again at every retry: it ends here, and is loud.
            log.exception("send.bug", row=row.id, key=row.dedupe_key)
            return Refused("bug")
        self.outages = 0
        return sent

    def arrived(self, row: Claimed) -> None:
        """Its end is written down: it is not on its way any more."""
        self._passage.leave(row.id, self._monotonic())
        self._door.set()

    async def interject(
        self, chat: str, lang: str, message: Outbound, wanted: Callable[[], bool]
    ) -> None:
        """Say something that never was in the outbox, because there is none: at our pace, once,
        in the language of the last message to her or else in `lang`; never raises."""
        words = render(message, self._langs.get(chat, lang), self._say)
        try:
            for part in self.channel.parts(words):
                await self._slot(chat, urgent=True, answer=False, led=False)
                if not wanted():
                    return
                await self.channel.send(chat, part)
        except TryLater as error:
            self.pace.pause(self._monotonic(), error.seconds)
        except (ChannelError, Withdrawn) as error:
            log.warning("interject.failed", reason=str(error))

    def _remember(self, row: Claimed) -> None:
        self._langs.pop(row.chat, None)
        self._langs[row.chat] = row.lang
        if len(self._langs) > MOST_LANGS:
            del self._langs[next(iter(self._langs))]

    async def strip(self, chat: str, message_id: str) -> None:
        """Take the buttons off an old message, when nobody waits for anything better."""
        try:
            await self._slot(chat, urgent=False, answer=True)
            await self.channel.strip(chat, message_id)
        except TryLater as error:
            self.pace.pause(self._monotonic(), error.seconds)
        except (ChannelError, Withdrawn) as error:
            log.debug("strip.failed", reason=str(error))

    async def _send(self, row: Claimed, keep: Keep, files: Mapping[str, File]) -> Sent:
        """Send the parts not sent yet; the id that counts is that of the part with buttons, or
        the last."""
        sent = Sent(row.message_id)
        parts = self.channel.parts(render(row.message, row.lang, self._say, files))
        for count, part in enumerate(parts[row.parts_sent :], row.parts_sent + 1):
            latest = await self._send_part(row, part)
            has_buttons = any(earlier.rows for earlier in parts[: count - 1])
            sent = sent if has_buttons else latest
            if count < len(parts):
                await keep(count, sent.message_id if has_buttons or part.rows else "")
                self.arrived(row)
        return sent

    async def _send_part(self, row: Claimed, part: Rendered) -> Sent:
        try:
            return await self._call(row, part)
        except Gone:
            return await self._call(row, replace(part, replaces=""))

    async def _call(self, row: Claimed, part: Rendered) -> Sent:
        """One call at the channel's pace; patient with a platform that says "later"."""
        urgent = row.priority <= Priority.ALERT
        # An edit that is repeated changes nothing: it needs not go through the narrow door.
        key = None if part.replaces else row.id
        tries = 0
        while True:
            taken_at = await self._slot(
                row.chat, urgent=urgent, answer=bool(part.replaces), key=key
            )
            try:
                sent = await self._speak(row.chat, part, taken_at)
            except TryLater as error:
                self.arrived(row)
                self.pace.pause(self._monotonic(), error.seconds)
                tries += 1
                if tries == PATIENCE:
                    raise
            else:
                self._passage.answered(row.id)
                return sent

    async def _speak(self, chat: str, part: Rendered, taken_at: float) -> Sent:
        try:
            return await self.channel.send(chat, part)
        finally:
            self.pace.answered(chat, taken_at, self._monotonic())

    async def _slot(
        self, chat: str, *, urgent: bool, answer: bool, key: int | None = None, led: bool = True
    ) -> float:
        """Wait until the pace allows a call and, with a `key`, the door is open for it; when that
        was. Whoever is in a hurry goes first.

        What only a leader may send (`led`) is withdrawn as soon as we are not sure to be one.
        """
        group = self.channel.is_group(chat)
        while True:
            if self.stopping or (led and not self._leads()):
                raise Withdrawn
            now = self._monotonic()
            if not self._may_enter(now, key, urgent):
                await self._wait_at_door(urgent)
                continue
            wait = self.pace.take(chat, now, urgent=urgent, answer=answer, group=group)
            if not wait:
                if key is not None:
                    self._passage.enter(key, now)
                return now
            # Whoever rests only because of her own chat keeps nobody else from being served.
            rests = not answer and self.pace.rest(chat, now, group=group) > 0
            hurries = urgent and not rests
            self._resting += rests
            self._hurried += hurries
            try:
                await asyncio.sleep(min(wait, LONGEST_NAP_S))
            finally:
                self._resting -= rests
                self._hurried -= hurries

    def _may_enter(self, now: float, key: int | None, urgent: bool) -> bool:
        return (key is None or self._passage.is_open(now)) and (urgent or not self._hurried)

    async def _wait_at_door(self, urgent: bool) -> None:
        self._hurried += urgent
        self._door.clear()
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(LONGEST_NAP_S):
                    await self._door.wait()
        finally:
            self._hurried -= urgent

    def _notice(self, row: Claimed, end: ChannelError | Withdrawn) -> None:
        if isinstance(end, Unavailable | BadToken):
            self._breathe(end)
        elif isinstance(end, Refused):
            log.error("send.refused", row=row.id, key=row.dedupe_key, reason=end.reason)
        elif isinstance(end, ChannelError):
            log.warning("send.failed", row=row.id, key=row.dedupe_key, reason=end.reason)

    def _breathe(self, error: ChannelError) -> None:
        """Leave a platform that is away alone for a while; all that failed at once count once."""
        if self.paused():
            return
        self.outages += 1
        if self.outages == 1:
            log.warning("channel.away", channel=self.channel.name, reason=error.reason)
        self.pace.pause(self._monotonic(), jittered(self.outages, cap=60))
