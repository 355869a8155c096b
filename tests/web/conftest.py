"""A running demo and a browser, for whichever module of this folder wants them."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from browser import chromium

from bot.demo.play import play
from bot.settings import Settings

__all__ = ["address", "chromium"]


@pytest_asyncio.fixture(loop_scope="module")
async def address(capsys: pytest.CaptureFixture[str]) -> AsyncIterator[str]:
    """The demo as `gridbot demo` runs it."""
    stop = asyncio.Event()
    demo = asyncio.create_task(play(Settings(), 0, stop))
    printed = ""
    async with asyncio.timeout(30):
        while not (found := re.search(r"http://127\.0\.0\.1:\d+", printed)):
            await asyncio.sleep(0.05)
            printed += capsys.readouterr().out
    yield found.group()
    stop.set()
    await asyncio.wait_for(demo, 30)
