"""One process leads; when it goes, however it goes, another takes over."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from faults.wire import wired
from sqlalchemy import text

from models.session import Database
from scheduler.leader import ASK_S, SILENT_S, SURE_S, Leadership

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
    for _ in range(1500):
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


async def test_who_has_not_asked_for_a_while_is_not_sure(
    two: tuple[Database, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("scheduler.leader.monotonic", lambda: now)
    async with Leadership(two[0]) as first:
        assert not first.sure
        assert await first.take()
        assert first.sure
        now += SURE_S  # it was frozen; a file's lock cannot be lost meanwhile
        assert first.sure == two[0].embedded
        assert await first.take()
        assert first.sure


async def test_who_does_not_lead_is_not_sure(two: tuple[Database, Database]) -> None:
    async with Leadership(two[0]) as first, Leadership(two[1]) as second:
        assert await first.take()
        assert not await second.take()
        assert (first.sure, second.sure) == (True, False)


async def test_the_server_takes_the_lead_from_who_is_silent(
    two: tuple[Database, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    if two[0].embedded:
        pytest.skip("a file's lock lasts as long as its process")
    assert SILENT_S > SURE_S + ASK_S, "a leader that is sure would lose its lock"
    monkeypatch.setattr("scheduler.leader.SILENT_S", 1)
    async with Leadership(two[0]) as first, Leadership(two[1]) as second:
        assert await first.take()
        assert await takes_over(second)
        assert not await first.take()


async def test_a_database_that_says_nothing_cannot_be_asked(
    postgres_alone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.leader.ANSWER_S", 0.5)
    async with wired(postgres_alone) as (wire, url):
        db = Database(url.replace("postgresql", "postgresql+asyncpg"))
        async with Leadership(db) as leadership:
            assert await leadership.take()
            wire.freeze()
            with pytest.raises(TimeoutError):
                await leadership.take()
            assert not leadership.sure
            await wire.cut()
            await wire.mend()
            assert await takes_over(leadership)
        await db.close()


async def test_work_that_takes_long_keeps_the_lead(
    two: tuple[Database, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.leader.ASK_S", 0.05)
    asked: list[bool] = []
    done = asyncio.Event()
    async with Leadership(two[0]) as leadership:
        take = leadership.take

        async def count() -> bool:
            asked.append(await take())
            if len(asked) == 4:
                done.set()
            return asked[-1]

        async def work() -> None:
            await done.wait()

        monkeypatch.setattr(leadership, "take", count)
        async with asyncio.timeout(30):
            await leadership.keep(work())
    assert asked[:4] == [True] * 4


async def test_work_of_a_leader_ends_when_it_leads_no_more(
    two: tuple[Database, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.leader.ASK_S", 0.05)
    async with Leadership(two[0]) as first, Leadership(two[1]) as second:
        assert await second.take()
        work = asyncio.Event().wait()
        async with asyncio.timeout(30):
            await first.keep(work)
