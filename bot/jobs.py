"""Does the long work that turns have asked for: one job at a time in each process.

Knows no kind of job; what fails for a reason that passes is tried again, by whichever process is
there then.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Protocol

import structlog

from bot.channels.base import ChannelError, TryLater
from models.clock import Clock
from models.jobs import Claimed, LostError, claim, put_off, waits
from models.messages import Text, UserError
from models.session import Database, is_outage

LOOK_S = 2.0
AGAIN = timedelta(seconds=5)

log = structlog.get_logger()


class Work(Protocol):
    """How one kind of job is done. Each writes only in transactions that keep the claim."""

    async def do(self, job: Claimed) -> None:
        """Do it, or as much of it as goes before a person is asked. Raises UserError for what
        she can mend, a ChannelError that passes, LostError."""
        ...

    async def give_up(self, job: Claimed, why: Text) -> None:
        """Say why nothing comes of it, and end it. Raises LostError."""
        ...


class Runner:
    """`works` make who does a kind of job. `on_written` hears that something was written: there
    may be messages to send."""

    def __init__(
        self,
        db: Database,
        works: Mapping[str, Callable[[], Work]],
        clock: Clock,
        on_written: Callable[[], None],
    ) -> None:
        self._db = db
        self._works = works
        self._clock = clock
        self._on_written = on_written
        self._wake = asyncio.Event()

    def poke(self) -> None:
        """Somebody may have asked for work."""
        self._wake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`; what is being done then is broken off, and taken up again later."""
        working = asyncio.create_task(self._work())
        await stop.wait()
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)

    async def drain(self) -> None:
        """Do every job that waits now."""
        while await self._do_next():
            pass

    async def _work(self) -> None:
        while True:
            try:
                while await self._do_next():
                    pass
            except Exception as error:
                if not is_outage(error):
                    log.exception("jobs.bug")
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._wake.wait()
            self._wake.clear()

    async def _do_next(self) -> bool:
        """Claim a job and do it; False when there is none."""
        async with self._db.read() as session:
            if not await waits(session, self._clock.now(), self._works):
                return False
        async with self._db.write() as session:
            job = await claim(session, self._clock.now(), self._works)
        if job is None:
            return False
        try:
            await self._do(job)
        except LostError:
            log.info("job.lost", job=job.id)
        self._on_written()
        return True

    async def _do(self, job: Claimed) -> None:
        # What it needs may be heavy to import: not in the loop, where everybody would wait.
        work = await asyncio.to_thread(self._works[job.kind])
        if job.worn:
            log.error("job.worn", job=job.id, kind=job.kind)
            await work.give_up(job, Text("job.worn"))
            return
        try:
            await work.do(job)
        except UserError as error:
            await work.give_up(job, error.text)
        except ChannelError as error:
            await self._put_off(job, error)
        except Exception as error:
            if isinstance(error, LostError) or is_outage(error):
                raise
            reference = secrets.token_hex(4)
            log.error("job.failed", job=job.id, reference=reference, exc_info=error)
            await work.give_up(job, Text("error.internal", {"reference": reference}))

    async def _put_off(self, job: Claimed, error: ChannelError) -> None:
        log.warning("job.put_off", job=job.id, reason=error.reason)
        wait = timedelta(seconds=error.seconds) if isinstance(error, TryLater) else AGAIN
        async with self._db.write() as session:
            await put_off(session, job, self._clock.now() + wait * job.tries)
