"""Who is told to wait while the database is away: only who must, and once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from bot.silence import CALM, PATIENCE, Silence


class Room:
    """People waiting for a word; `told` is what they heard, with their language."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.silence = Silence(self._tell)

    async def _tell(self, chat: str, lang: str, wanted: Callable[[], bool]) -> None:
        await asyncio.sleep(0)
        if wanted():
            self.told.append((chat, lang))

    async def pass_looks(self, count: int) -> None:
        for _ in range(count):
            self.silence.look()
        await asyncio.sleep(0)
        await asyncio.sleep(0)


@pytest.fixture
def room() -> Room:
    return Room()


async def test_who_waits_long_is_told_once(room: Room) -> None:
    room.silence.begin("telegram:1", "en")
    room.silence.begin("telegram:2", "zh-hant")
    await room.pass_looks(PATIENCE)
    assert room.told == []
    await room.pass_looks(1)
    assert room.told == [("telegram:1", "en"), ("telegram:2", "zh-hant")]
    for _ in range(100):
        room.silence.begin("telegram:1", "en")  # each attempt finds her again
        await room.pass_looks(10)
    assert len(room.told) == 2


async def test_who_is_answered_in_time_hears_nothing(room: Room) -> None:
    for _ in range(50):
        room.silence.begin("telegram:1")
        await room.pass_looks(PATIENCE)
        room.silence.end(["telegram:1"])
    await room.pass_looks(100)
    assert room.told == []


async def test_a_word_that_comes_too_late_is_not_said(room: Room) -> None:
    room.silence.begin("telegram:1")
    for _ in range(PATIENCE + 1):
        room.silence.look()
    room.silence.end(["telegram:1"])  # while the word waited for the pace
    await room.pass_looks(1)
    assert room.told == []


async def test_an_outage_that_flickers_is_one_outage(room: Room) -> None:
    for _ in range(10):
        room.silence.begin("telegram:1")
        await room.pass_looks(PATIENCE + 1)
        room.silence.end(["telegram:1"])
        await room.pass_looks(CALM // 2)
    assert len(room.told) == 1


async def test_the_next_outage_is_another_one(room: Room) -> None:
    for _ in range(2):
        room.silence.begin("telegram:1")
        await room.pass_looks(PATIENCE + 1)
        room.silence.end(["telegram:1"])
        await room.pass_looks(CALM + 2)
    assert len(room.told) == 2


async def test_nobody_is_told_when_somebody_else_serves_them(room: Room) -> None:
    room.silence.begin("telegram:1")
    await room.pass_looks(PATIENCE)
    room.silence.end_all()
    await room.pass_looks(PATIENCE)
    assert room.told == []


async def test_it_looks_by_itself_until_told_to_stop(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.silence.LOOK_S", 0.001)
    stop = asyncio.Event()
    room.silence.begin("telegram:1")
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        group.create_task(room.silence.run(stop))
        while not room.told:  # noqa: ASYNC110 -- the room has no event for it
            await asyncio.sleep(0.005)
        stop.set()
