"""The ticker ticks again and again, at once when poked, and never twice at a time."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from models.clock import monotonic
from scheduler import ticker
from scheduler.ticker import Ticker


class Work:
    """A tick that takes as long as it is held."""

    def __init__(self) -> None:
        self.done = self.at_once = self.most_at_once = 0
        self.held = asyncio.Event()
        self.held.set()
        self.begun = asyncio.Event()
        self.failures = 0

    async def tick(self) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.begun.set()
        await self.held.wait()
        self.at_once -= 1
        if self.failures:
            self.failures -= 1
            raise ConnectionResetError
        self.done += 1


async def until_done(work: Work, count: int) -> None:
    for _ in range(3000):
        if work.done >= count:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"{work.done} ticks of {count}")


async def test_it_ticks_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticker, "EVERY_S", 0.02)
    work = Work()
    made = Ticker(work.tick)
    made.start()
    await until_done(work, 3)
    await made.stop()
    count = work.done
    await asyncio.sleep(0.1)
    assert work.done == count


async def test_a_tick_that_fails_is_followed_by_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ticker, "EVERY_S", 0.02)
    work = Work()
    work.failures = 2
    made = Ticker(work.tick)
    made.start()
    await until_done(work, 1)
    await made.stop()


async def test_many_pokes_are_one_tick_that_is_not_missed() -> None:
    work = Work()
    made = Ticker(work.tick)
    for _ in range(50):
        made.poke()
    await until_done(work, 1)
    await asyncio.sleep(0)
    made.poke()
    await until_done(work, 2)
    await made.stop()
    assert work.done == 2


async def test_a_poke_during_a_tick_is_followed_by_another() -> None:
    """What became due after the tick had looked would else wait for the next interval."""
    work = Work()
    work.held.clear()
    made = Ticker(work.tick)
    made.poke()
    await work.begun.wait()
    made.poke()
    work.held.set()
    await until_done(work, 2)
    await made.stop()


async def test_ticks_leave_the_turns_time_between_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticker, "GAP_S", 0.1)
    begun: list[float] = []

    async def tick() -> None:
        begun.append(monotonic())

    made = Ticker(tick)
    while len(begun) < 4:
        made.poke()
        await asyncio.sleep(0.001)
    await made.stop()
    # A hundredth for the clock's grain: a sleep ends no earlier than that.
    assert all(later - earlier > 0.09 for earlier, later in pairwise(begun))


async def test_it_never_ticks_twice_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticker, "EVERY_S", 0.01)
    monkeypatch.setattr(ticker, "GAP_S", 0.0)
    work = Work()
    made = Ticker(work.tick)
    made.start()
    while work.done < 10:
        made.poke()
        await asyncio.sleep(0.01)
    await made.stop()
    assert work.most_at_once == 1


async def test_stopping_finishes_the_tick_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever began it: a poke, or the timer."""
    monkeypatch.setattr(ticker, "EVERY_S", 0.01)
    work = Work()
    made = Ticker(work.tick)
    made.start()
    await until_done(work, 1)
    work.held.clear()
    work.begun.clear()
    await work.begun.wait()
    done = work.done
    stopping = asyncio.create_task(made.stop())
    await asyncio.sleep(0.01)
    assert not stopping.done()
    work.held.set()
    await stopping
    assert work.done > done
    assert work.at_once == 0
