"""`kill -9` at any moment: every acknowledged answer is there, no reminder is lost, and at worst
one message comes twice.

The real program under the traffic of a street. `--kills N` ends it so often.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from program import Running
from residents import Street, noon_zone

from bot.app import database
from bot.demo.server import DEMO_TOKEN, BotApiServer
from bot.settings import Settings
from models.clock import SystemClock

ROUND = timedelta(seconds=8)  # how often a resident is asked
LASTING = timedelta(hours=1)


async def test_a_kill_at_any_moment_loses_nothing_and_repeats_at_most_one_message(
    tmp_path: Path, bare_url: str, request: pytest.FixtureRequest
) -> None:
    kills = request.config.getoption("--kills")
    chance = Random(kills)
    clock = SystemClock()
    server = BotApiServer()
    async with server.serving() as api:
        settings = {
            "telegram_token": DEMO_TOKEN,
            "telegram_api": api,
            "database_url": bare_url,
            "timezone": noon_zone(clock.now()),
        }
        program = Running(tmp_path, **settings)
        async with database(Settings(data_dir=tmp_path, **settings)) as db:
            street = Street(server, db)
            await street.settle(clock.now(), every=ROUND, lasting=LASTING)
            try:
                async with street.alive():
                    await _kill_again_and_again(program, street, kills, chance)
                    await program.start()
                    await program.ready()
                    await street.quiet(clock.now())
                assert await program.stop() == 0
            finally:
                await program.close()
            filed = await street.receipts()
            for resident in street.residents:
                mine = {receipt for receipt, who in filed.items() if who == resident.number}
                told = [shown.text for shown in server.chat(resident.number) if shown.by_bot]
                assert resident.receipts == mine, f"what was acknowledged is what was kept: {told}"
            assert len(filed) > kills
            assert await street.unreminded() == []
            assert await street.out_of_order() == []
            assert '"level": "error"' not in program.logged()


async def _kill_again_and_again(
    program: Running, street: Street, kills: int, chance: Random
) -> None:
    """Most of its lives are ended while it serves, some while it starts."""
    in_doubt: set[str] = set()
    for n in range(kills):
        await program.start()
        if n % 5:
            await program.ready()
        await asyncio.sleep(chance.uniform(0.0, 2.0))
        await program.kill()
        await _server_done(street)
        newly = street.shown_ids() - await street.recorded_ids() - in_doubt
        assert len(newly) <= 1, "what was sent before is recorded"
        in_doubt |= newly


async def _server_done(street: Street) -> None:
    """The server has worked off what the dead process had sent it."""
    async with asyncio.timeout(60):
        while any(  # noqa: ASYNC110 -- the world under test has no event for it
            call.outcome == "pending" and call.method != "getUpdates"
            for call in street.server.calls
        ):
            await asyncio.sleep(0.01)
    street.server.calls.clear()
