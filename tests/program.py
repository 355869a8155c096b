"""`gridbot` as a real process: with settings of its own, a folder, and a sudden end."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

COMMAND = (sys.executable, "-m", "bot")
PATIENCE_S = 60


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """Nothing set but the data folder and these settings."""
    home = {
        "PATH": str(Path(sys.executable).parent),
        "PYTHONPATH": str(Path.cwd()),
        "GRIDBOT_DATA_DIR": str(folder),
    }
    return home | {f"GRIDBOT_{name.upper()}": value for name, value in settings.items()}


async def start(folder: Path, *words: str, **settings: str) -> Process:
    """`gridbot WORDS`, to be spoken with through pipes."""
    return await asyncio.create_subprocess_exec(
        *COMMAND, *words, env=environment(folder, **settings), stdin=PIPE, stdout=PIPE, stderr=PIPE
    )


async def gridbot(folder: Path, *words: str, **settings: str) -> tuple[int | None, str]:
    """Exit code and what was printed."""
    process = await start(folder, *words, **settings)
    out, err = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    return process.returncode, out.decode() + err.decode()


async def line_with(process: Process, pattern: str, *, errors: bool = False) -> str:
    """The first printed line that matches; its last group, if it has any."""
    source = process.stderr if errors else process.stdout
    assert source is not None
    async with asyncio.timeout(PATIENCE_S):
        while line := (await source.readline()).decode():
            if found := re.search(pattern, line):
                return found.group(found.lastindex or 0)
    raise AssertionError(f"it ended without {pattern!r}")


class Running:
    """`gridbot run`; what it logs is kept in the folder, over all its lives.

    `within` is a command that becomes it.
    """

    def __init__(self, folder: Path, *within: str, **settings: str) -> None:
        self.log = folder / "run.log"
        self._folder = folder
        self._within = within
        self._settings = settings
        self._process: Process | None = None

    async def start(self) -> None:
        """Start it; it is not ready yet."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._within,
                *COMMAND,
                "run",
                env=environment(self._folder, **self._settings),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=PIPE,
                stderr=log,
            )

    async def ready(self) -> str:
        """Wait until it serves; the address of its health pages."""
        return await self.printed(r"(http://\S+)/readyz")

    async def printed(self, pattern: str) -> str:
        """The next printed line that matches; its last group, if it has any."""
        return await line_with(self._alive(), pattern)

    async def kill(self) -> None:
        """End it without a word, at whatever it is doing."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """End it politely; its exit code."""
        return await self._end(signal.SIGTERM)

    @property
    def pid(self) -> int:
        return self._alive().pid

    def signal(self, number: signal.Signals) -> None:
        self._alive().send_signal(number)

    async def _end(self, number: signal.Signals) -> int:
        process, self._process = self._alive(), None
        process.send_signal(number)
        # Its pipe is read to the end, or a full one would keep it from ending.
        await asyncio.wait_for(process.communicate(), PATIENCE_S)
        assert process.returncode is not None
        return process.returncode

    def _alive(self) -> Process:
        assert self._process is not None, "it was not started"
        return self._process

    async def close(self) -> None:
        """Leave nothing running behind a test that failed."""
        if self._process is not None and self._process.returncode is None:
            await self.kill()

    def logged(self) -> str:
        return self.log.read_text(encoding="utf-8") if self.log.exists() else ""


@asynccontextmanager
async def running(folder: Path, **settings: str) -> AsyncIterator[Running]:
    """`gridbot run`, ready; killed at the end if the test has not ended it."""
    program = Running(folder, **settings)
    try:
        await program.start()
        await program.ready()
        yield program
    finally:
        await program.close()
