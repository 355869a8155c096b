"""The real program loses its database, or the last byte of its disk, and finds it again.

`--outage N` says for how many seconds, two if not told. People are asked to wait when it lasts.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from house import People, until
from program import Running
from wire import wired

from bot.demo.server import DEMO_TOKEN, BotApiServer
from models.clock import monotonic

FANG, MING = 11, 12
LONG = "/status " + "很长的话" * 900
# Ten seconds are waited; on a busy machine a short outage may be felt as a long one.
SECONDS_NOT_TOLD = 9.0
SECONDS_TOLD = 15.0
SIZE_KB = 3000
MOUNT = (
    f'PATH=/usr/bin:/bin:/usr/sbin:/sbin mount -t tmpfs -o size={SIZE_KB}k none "$0" && exec "$@"'
)


@pytest.fixture
def people() -> People:
    found = People(BotApiServer())
    found.arrive(FANG, MING)
    return found


def mounting(folder: Path) -> list[str]:
    """A command that runs another with a small file system in `folder`; empty where a machine
    gives nobody a name space of her own."""
    unshare, shell = shutil.which("unshare"), shutil.which("sh")
    if unshare is None or shell is None:
        return []
    command = [unshare, "-rm", shell, "-c", MOUNT, str(folder)]
    tried = subprocess.run([*command, "/bin/true"], capture_output=True, check=False)
    return [] if tried.returncode else command


async def _until_over(
    people: People, pid: int, program: Running, since: float, lasted: float
) -> None:
    """Everything is answered, by the same process, and who was to be told was told once."""
    written = {
        who: sum(not shown.by_bot for shown in people.server.chat(who)) for who in (FANG, MING)
    }
    for who, times in written.items():
        await people.answered(who, times)
    felt = monotonic() - since
    await until(lambda: not len(people.server.updates))
    assert {who: people.answers(who) for who in written} == written
    for who in written:
        assert people.waits(who) <= (felt > SECONDS_NOT_TOLD)
        assert people.waits(who) >= (lasted >= SECONDS_TOLD)
    assert program.pid == pid
    assert await program.stop() == 0


async def test_a_program_whose_database_was_away_goes_on_by_itself(
    tmp_path: Path, people: People, postgres_alone: str, request: pytest.FixtureRequest
) -> None:
    outage: float = request.config.getoption("--outage")
    async with people.server.serving() as api, wired(postgres_alone) as (wire, url):
        program = Running(tmp_path, telegram_token=DEMO_TOKEN, telegram_api=api, database_url=url)
        try:
            await program.start()
            await program.ready()
            pid = program.pid
            for who in (FANG, MING):
                people.server.start(who)
                await people.answered(who, 1)
            await until(lambda: not len(people.server.updates))
            since = monotonic()
            await wire.cut()
            for who in (FANG, MING):
                people.server.write(who, "/status")
            await asyncio.sleep(outage)
            assert len(people.server.updates) == 2
            await wire.mend()
            await _until_over(people, pid, program, since, outage)
        finally:
            await program.close()


async def test_a_program_whose_disk_was_full_goes_on_by_itself(
    tmp_path: Path, people: People, request: pytest.FixtureRequest
) -> None:
    outage: float = request.config.getoption("--outage")
    small = tmp_path / "small"
    small.mkdir()
    mount = mounting(small)
    if not mount:
        pytest.skip("no file system of our own here; test_outages.py fills one another way")
    async with people.server.serving() as api:
        settings = {"telegram_token": DEMO_TOKEN, "telegram_api": api, "data_dir": str(small)}
        program = Running(tmp_path, *mount, **settings)
        try:
            await program.start()
            await program.ready()
            pid = program.pid
            for who in (FANG, MING):
                people.server.start(who)
                await people.answered(who, 1)
            ballast = Path(f"/proc/{pid}/root") / small.relative_to("/") / "ballast"
            _fill(ballast)
            since = monotonic()
            # There is some room left within its files; then there is none.
            while '"database.away"' not in program.logged():
                people.server.write(FANG, LONG)
                await asyncio.sleep(0.2)
            people.server.write(FANG, LONG)
            people.server.write(MING, LONG)
            await asyncio.sleep(outage)
            assert len(people.server.updates) >= 2
            ballast.unlink()
            await _until_over(people, pid, program, since, outage)
        finally:
            await program.close()


def _fill(path: Path) -> None:
    """Write until there is no room any more."""
    with suppress(OSError), path.open("wb", buffering=0) as file:
        for _ in range(SIZE_KB):
            file.write(bytes(1024))
