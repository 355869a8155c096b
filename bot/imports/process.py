"""A book in a process of its own: reading 170,000 rows there keeps the bot answering meanwhile.

The process has no database, no keys and no environment, so that a hostile file finds nothing; it
ends with its bot. Requests and answers are pickles, and only data of ours is taken back.
"""

from __future__ import annotations

import asyncio
import gc
import io
import os
import pickle
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import IO, Any

from bot.imports.book import Book
from bot.imports.reader import Reader
from models.messages import UserError

MEMORY = 3 * 1024**3  # bytes
PATIENCE_S = 300.0  # for one answer
_LENGTH = 8
_OURS = ("bot.imports.", "models.", "datetime", "decimal")


class Answers(pickle.Unpickler):
    """Takes classes of ours that hold data, and nothing that could be called to do harm."""

    @classmethod
    def read(cls, body: bytes) -> Any:
        return cls(io.BytesIO(body)).load()

    def find_class(self, module: str, name: str) -> Any:
        found = super().find_class(module, name) if module.startswith(_OURS) else None
        if not isinstance(found, type):
            raise pickle.UnpicklingError(f"{module}.{name} is not expected")
        return found


class BookProcess(Reader):
    """The bot's end."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._turn = asyncio.Lock()

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def call(self, method: str, *args: Any) -> Any:
        try:
            async with self._turn, asyncio.timeout(PATIENCE_S):
                answer = await self._ask((method, args))
        except (asyncio.IncompleteReadError, ConnectionError, TimeoutError) as error:
            # It was too much for the process, or the file is made to be.
            raise UserError("import.unreadable") from error
        outcome, value = answer
        if outcome == "refused":
            raise UserError(value.key, **value.params)
        if outcome == "bug":
            raise RuntimeError(f"reading a sheet: {value}")
        return value

    async def _ask(self, request: Any) -> Any:
        into, out = self._process.stdin, self._process.stdout
        assert into is not None
        assert out is not None
        body = pickle.dumps(request)
        into.write(len(body).to_bytes(_LENGTH, "big") + body)
        await into.drain()
        size = int.from_bytes(await out.readexactly(_LENGTH), "big")
        return Answers.read(await out.readexactly(size))


@asynccontextmanager
async def opened(content: bytes) -> AsyncIterator[Reader]:
    """The file in a process, as long as the block lasts; UserError when it cannot be read."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", __name__),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={},
        start_new_session=True,
    )
    try:
        reader = BookProcess(process)
        await reader.call("open", content)
        yield reader
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


# -- the other end -------------------------------------------------------------------------------


def _serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Answer until nobody asks any more."""
    book: Book | None = None
    while head := requests.read(_LENGTH):
        method, args = pickle.loads(requests.read(int.from_bytes(head, "big")))  # noqa: S301 -- the bot's
        try:
            if method == "open":
                book, value = Book(*args), None
            else:
                value = getattr(book, method)(*args)
            answer = ("done", value)
        except UserError as error:
            answer = ("refused", error.text)
        except Exception as error:
            answer = ("bug", type(error).__name__)
        body = pickle.dumps(answer)
        answers.write(len(body).to_bytes(_LENGTH, "big") + body)
        answers.flush()


def _be_modest() -> None:
    """Let the bot go first, and never take all memory; where the system can."""
    if sys.platform == "linux":
        import resource

        os.nice(5)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


if __name__ == "__main__":
    _be_modest()
    gc.disable()  # it lives for one file, whose rows it would go through again and again
    _serve(sys.stdin.buffer, sys.stdout.buffer)
