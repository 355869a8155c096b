"""A sheet stays open between the question and its answer, and never for longer than it may."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from bot.imports.process import opened
from bot.imports.reader import Reader
from bot.imports.shelf import Shelf

SHEET = "姓名,网格\n王芳,1\n".encode()


class Open(Reader):
    """A reader that knows whether it is open."""

    def __init__(self) -> None:
        self.open = True

    @property
    def alive(self) -> bool:
        return self.open


@asynccontextmanager
async def lent(reader: Open) -> AsyncIterator[Open]:
    yield reader
    reader.open = False


async def put(shelf: Shelf, job_id: int) -> Open:
    stack = AsyncExitStack()
    reader = await stack.enter_async_context(lent(Open()))
    await shelf.put(job_id, reader, stack)
    return reader


async def test_whoever_lands_gets_the_sheet_that_was_looked_at_once() -> None:
    shelf = Shelf()
    reader = await put(shelf, 1)
    async with AsyncExitStack() as stack:
        assert shelf.take(2, stack) is None
        assert shelf.take(1, stack) is reader
        assert shelf.take(1, stack) is None
        await asyncio.sleep(0)
        assert reader.open
    assert not reader.open


async def test_the_next_sheet_takes_the_place_of_the_last() -> None:
    shelf = Shelf()
    first, second = await put(shelf, 1), await put(shelf, 2)
    assert (first.open, second.open) == (False, True)
    await shelf.clear()
    assert not second.open


async def test_what_nobody_confirms_is_put_away() -> None:
    shelf = Shelf(seconds=0.0)
    reader = await put(shelf, 1)
    while reader.open:  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    assert shelf.take(1, AsyncExitStack()) is None


async def test_a_process_that_died_meanwhile_is_not_handed_out() -> None:
    shelf = Shelf()
    stack = AsyncExitStack()
    reader = await stack.enter_async_context(opened(SHEET))
    await shelf.put(1, reader, stack)
    reader._process.kill()  # type: ignore[attr-defined]
    await reader._process.wait()  # type: ignore[attr-defined]
    assert shelf.take(1, AsyncExitStack()) is None
    await shelf.clear()
