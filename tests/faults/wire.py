"""A wire between the program and its database or platform that a test can cut, and mend again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url


class Wire:
    """A TCP proxy on a port that stays the same. Whoever calls while it is cut is refused.

    `ports` are those from which it ever called the other end; `overhear` is given what it carries
    there.
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._server: asyncio.Server | None = None
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._carrying: set[asyncio.Task[None]] = set()
        self._ends: set[asyncio.StreamWriter] = set()
        self.port = 0
        self.ports: set[int] = set()
        self.overhear: Callable[[bytes], None] = lambda data: None

    async def mend(self) -> None:
        """Listen; the first time on any free port, later on the same."""
        self._flowing.set()
        if self._server is None:
            self._server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Refuse whoever calls, and end what is open without a farewell."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        for task in self._carrying:
            task.cancel()
        await asyncio.gather(*self._carrying, return_exceptions=True)

    def freeze(self) -> None:
        """Carry nothing more, and say nothing of it: the other end seems to think."""
        self._flowing.clear()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._carrying.add(task)
        self._ends.add(writer)
        ends = {writer}
        try:
            inner, outer = await asyncio.open_connection(*self._target)
            self._ends.add(outer)
            ends.add(outer)
            self.ports.add(outer.get_extra_info("sockname")[1])
            await asyncio.gather(
                self._pour(reader, outer, self.overhear),
                self._pour(inner, writer, lambda data: None),
            )
        except OSError:
            pass
        finally:
            for end in ends:
                end.transport.abort()
            self._ends -= ends
            self._carrying.discard(task)

    async def _pour(
        self,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
        overhear: Callable[[bytes], None],
    ) -> None:
        while data := await source.read(65536):
            overhear(data)
            await self._flowing.wait()
            sink.write(data)
            await sink.drain()
        with suppress(OSError):
            sink.close()


@asynccontextmanager
async def tapped(address: str) -> AsyncIterator[tuple[Wire, str]]:
    """A whole wire to a web server, and the address through it."""
    target = urlsplit(address)
    wire = Wire(target.hostname or "127.0.0.1", target.port or 80)
    await wire.mend()
    try:
        yield wire, f"http://127.0.0.1:{wire.port}"
    finally:
        await wire.cut()


@asynccontextmanager
async def wired(url: str) -> AsyncIterator[tuple[Wire, str]]:
    """A whole wire to a PostgreSQL database, and the URL through it."""
    target = make_url(url)
    wire = Wire(target.host or "127.0.0.1", target.port or 5432)
    await wire.mend()
    try:
        through = target.set(drivername="postgresql", host="127.0.0.1", port=wire.port)
        yield wire, through.render_as_string(hide_password=False)
    finally:
        await wire.cut()
