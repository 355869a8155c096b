"""One process leads; when it goes, however it goes, another takes over."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from models.session import Database
from scheduler.leader import Leadership

ROOT = Path(__file__).parents[2]
HOLDER = """
import asyncio, sys
from models.session import Database
from scheduler.leader import Leadership

async def hold():
    leadership = Leadership(Database(sys.argv[1]))
    print(await leadership.take(), flush=True)
    await asyncio.sleep(60)

asyncio.run(hold())
"""


async def takes_over(leadership: Leadership) -> bool:
    """Soon: a server notices in its own time that a process is gone."""
    for _ in range(500):
        if await leadership.take():
            return True
        await asyncio.sleep(0.02)
    return False


@pytest.fixture
async def two(bare_url: str) -> AsyncIterator[tuple[Database, Database]]:
    """The same database, as two processes open it."""
    one, other = Database(bare_url), Database(bare_url)
    yield one, other
    await one.close()
    await other.close()


async def test_only_one_leads_and_it_goes_on_leading(two: tuple[Database, Database]) -> None:
    async with Leadership(two[0]) as first, Leadership(two[1]) as second:
        assert await first.take()
        assert not await second.take()
        assert await first.take()
        assert not await second.take()


async def test_another_takes_over_when_the_leader_resigns(two: tuple[Database, Database]) -> None:
    async with Leadership(two[1]) as second:
        async with Leadership(two[0]) as first:
            assert await first.take()
            assert not await second.take()
        assert await second.take()


async def test_who_never_led_resigns_without_harm(two: tuple[Database, Database]) -> None:
    async with Leadership(two[0]) as first:
        assert await first.take()
        async with Leadership(two[1]) as second:
            assert not await second.take()
        assert await first.take()


async def test_one_may_lead_again_after_resigning(two: tuple[Database, Database]) -> None:
    leadership = Leadership(two[0])
    for _ in range(2):
        assert await leadership.take()
        await leadership.resign()
    await leadership.resign()


async def test_another_takes_over_when_the_leading_process_is_killed(bare_url: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLDER, bare_url, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    db = Database(bare_url)
    try:
        assert process.stdout is not None
        async with Leadership(db) as second:
            assert (await process.stdout.readline()).strip() == b"True"
            assert not await second.take()
            process.send_signal(signal.SIGKILL)
            await process.wait()
            assert await takes_over(second)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await db.close()


async def test_a_leader_whose_connection_was_cut_knows_that_it_leads_no_more(
    two: tuple[Database, Database],
) -> None:
    if two[0].embedded:
        pytest.skip("a file's lock has no connection to lose")
    async with Leadership(two[0]) as first, Leadership(two[1]) as second:
        assert await first.take()
        async with two[1].write() as session:
            await session.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks"
                    " WHERE locktype = 'advisory' AND database ="
                    " (SELECT oid FROM pg_database WHERE datname = current_database())"
                )
            )
        assert await second.take()
        assert not await first.take()
