"""Kept before confirmed: what arrives survives crashes, outages and nonsense."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from bot.channels.base import BadToken, Batch, Received, Rivalled, Unavailable
from bot.channels.telegram import TelegramChannel
from bot.demo.server import BotApiServer
from bot.intake import Intake
from bot.silence import CALM, PATIENCE, Silence
from models.clock import StoppedClock
from models.inbox import Cursor, InboxRow
from models.messages import Inbound, load_inbound
from models.session import Database


@dataclass
class FakeSource:
    """Holds events by number until a poll confirms them; `failures` are raised first."""

    name: str = "telegram"
    events: dict[int, Inbound] = field(default_factory=dict)
    failures: list[Exception] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    idle: float = 0.01

    def say(self, number: int, text: str, **fields: Any) -> None:
        seed = {"channel": self.name, "chat": "telegram:42", "update_id": str(number)}
        self.events[number] = Inbound(**(seed | {"kind": "text", "text": text} | fields))

    async def poll(self, position: int) -> Batch:
        self.positions.append(position)
        if self.failures:
            raise self.failures.pop(0)
        self.events = {n: e for n, e in self.events.items() if n >= position}
        if not self.events:
            await asyncio.sleep(self.idle)
            return Batch((), position)
        received = tuple(Received(event, f"r{n}") for n, event in self.events.items())
        return Batch(received, max(self.events) + 1)

    def acknowledge(self, receipts: Sequence[str]) -> None:
        self.answered.extend(receipts)


@pytest.fixture
def source() -> FakeSource:
    return FakeSource()


class Ears:
    """Remembers which chats were announced."""

    def __init__(self) -> None:
        self.heard: list[list[str]] = []

    def __call__(self, chats: Sequence[str]) -> None:
        self.heard.append(list(chats))


def intake(
    db: Database, source: Any, clock: StoppedClock, ears: Callable[[Sequence[str]], None]
) -> Intake:
    """An intake of the leader's, in a time without outages."""
    return Intake(db, source, clock, ears, Silence(nobody), lambda: True)


async def nobody(chat: str, lang: str, wanted: Callable[[], bool]) -> None:
    raise AssertionError("nobody waits long enough to be told")


async def kept(db: Database) -> list[str]:
    async with db.read() as session:
        rows = await session.scalars(select(InboxRow.payload).order_by(InboxRow.id))
        return [load_inbound(payload).text for payload in rows]


async def until_kept(db: Database, count: int) -> None:
    async with asyncio.timeout(10):
        while len(await kept(db)) < count:  # noqa: ASYNC110 -- told by another process in earnest
            await asyncio.sleep(0.05)


async def until_polled(source: FakeSource, times: int) -> None:
    async with asyncio.timeout(30):
        while len(source.positions) < times:  # noqa: ASYNC110 -- polls have no event
            await asyncio.sleep(0.01)


async def position(db: Database) -> int | None:
    async with db.read() as session:
        return await session.scalar(select(Cursor.position))


async def test_events_are_kept_announced_and_answered(
    db: Database, clock: StoppedClock, source: FakeSource
) -> None:
    ears = Ears()
    source.say(5, "一")
    source.say(6, "二")
    source.say(7, "三", chat="telegram:43")
    listener = intake(db, source, clock, ears)
    assert await listener.fetch() == 3
    assert await listener.fetch() == 0
    assert await kept(db) == ["一", "二", "三"]
    assert ears.heard == [["telegram:42", "telegram:43"]]
    assert source.answered == ["r5", "r6", "r7"]
    assert source.positions == [0, 8]


async def test_a_new_process_goes_on_where_the_last_one_stopped(
    db: Database, clock: StoppedClock, source: FakeSource
) -> None:
    source.say(5, "一")
    await intake(db, source, clock, Ears()).fetch()
    await intake(db, source, clock, Ears()).fetch()
    assert source.positions == [0, 6]


async def test_nothing_is_confirmed_before_it_is_kept(
    db: Database, clock: StoppedClock, source: FakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any) -> None:
        raise OperationalError("disk full", None, Exception("disk full"))

    source.say(5, "一")
    ears = Ears()
    listener = intake(db, source, clock, ears)
    with monkeypatch.context() as patch:
        patch.setattr("bot.intake.receive", fail)
        with pytest.raises(OperationalError):
            await listener.fetch()
    assert (ears.heard, source.answered, await position(db)) == ([], [], None)
    await listener.fetch()
    assert source.positions == [0, 0]
    assert await kept(db) == ["一"]


async def test_an_event_delivered_twice_is_kept_once(
    db: Database, clock: StoppedClock, source: FakeSource
) -> None:
    source.say(5, "一")
    listener = intake(db, source, clock, Ears())
    await listener.fetch()
    source.say(6, "一", update_id="5")
    await listener.fetch()
    assert await kept(db) == ["一"]
    assert await position(db) == 7


async def test_an_event_that_cannot_be_stored_does_not_stop_the_others(
    db: Database, clock: StoppedClock, source: FakeSource
) -> None:
    for number, chat in enumerate(["telegram:1", "telegram:\udcff", "telegram:3"], 5):
        source.say(number, f"m{number}", chat=chat)
    ears = Ears()
    with capture_logs() as logs:
        assert await intake(db, source, clock, ears).fetch() == 2
    assert await kept(db) == ["m5", "m7"]
    assert await position(db) == 8
    assert ears.heard == [["telegram:1", "telegram:3"]]
    assert [line["update"] for line in logs if line["event"] == "update.lost"] == ["6"]


async def test_outages_are_logged_once_and_heal(
    db: Database, clock: StoppedClock, source: FakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.intake.jittered", lambda streak, cap: 0.01)
    source.failures = [Unavailable("conflict")] * 3 + [ValueError("a bug")]
    source.say(5, "一")
    stop = asyncio.Event()
    with capture_logs() as logs:
        task = asyncio.create_task(intake(db, source, clock, lambda _: stop.set()).run(stop))
        await asyncio.wait_for(task, 5)
    assert [line["event"] for line in logs] == ["poll.failed", "poll.bug", "poll.recovered"]
    assert await kept(db) == ["一"]


async def test_who_cannot_be_kept_waits_until_she_is(
    db: Database, clock: StoppedClock, source: FakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any) -> None:
        raise OperationalError("disk full", None, Exception("disk full"))

    heard: list[tuple[str, str]] = []

    async def tell(chat: str, lang: str, wanted: Callable[[], bool]) -> None:
        heard.append((chat, lang))

    source.say(5, "一", lang="zh-hant")
    source.say(6, "", kind="blocked", chat="telegram:43")
    silence = Silence(tell)
    listener = Intake(db, source, clock, Ears(), silence, lambda: False)
    with monkeypatch.context() as patch:
        patch.setattr("bot.intake.receive", fail)
        with pytest.raises(OperationalError):
            await listener.fetch()
    for _ in range(PATIENCE + 1):
        silence.look()
    await asyncio.sleep(0)
    assert heard == [("telegram:42", "zh-hant")]
    await listener.fetch()
    source.say(7, "二")
    await listener.fetch()
    for _ in range(CALM * 2):
        silence.look()
    assert len(heard) == 1


async def test_who_is_not_sure_to_lead_leaves_the_source_to_a_rival(
    db: Database, clock: StoppedClock, source: FakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.intake.jittered", lambda streak, cap: 0.01)
    monkeypatch.setattr("bot.intake.LOOK_S", 0.01)
    leads = False
    stop = asyncio.Event()
    source.failures = [Rivalled("conflict")]
    listener = Intake(db, source, clock, Ears(), Silence(nobody), lambda: leads)
    task = asyncio.create_task(listener.run(stop))
    await until_polled(source, 1)
    await asyncio.sleep(0.2)
    assert len(source.positions) == 1
    leads = True
    await until_polled(source, 3)
    stop.set()
    await asyncio.wait_for(task, 30)


async def test_a_wrong_token_ends_the_run(
    db: Database, clock: StoppedClock, source: FakeSource
) -> None:
    source.failures = [BadToken("bad_token")]
    with pytest.raises(BadToken):
        await intake(db, source, clock, Ears()).run(asyncio.Event())


async def test_a_stop_does_not_wait_for_a_long_poll(
    db: Database, clock: StoppedClock, source: FakeSource
) -> None:
    source.idle = 60
    stop = asyncio.Event()
    task = asyncio.create_task(intake(db, source, clock, Ears()).run(stop))
    await asyncio.sleep(0.1)
    stop.set()
    await asyncio.wait_for(task, 1)


async def test_the_real_channel_keeps_everything_through_an_unruly_server(
    db: Database, clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.intake.jittered", lambda streak, cap: 0.01)
    server = BotApiServer()
    server.add_person(42, "芳")
    server.start(42)
    for kind in ("500", "drop_before", "drop_after", "429"):
        server.faults.push(kind, method="getUpdates")  # type: ignore[arg-type]
    server.faults.push("update_twice", times=2)
    for n in range(10):
        server.write(42, f"m{n}")
    stop = asyncio.Event()
    async with server.serving() as url:
        channel = TelegramChannel(server.token, root=url, poll_seconds=1)
        task = asyncio.create_task(intake(db, channel, clock, Ears()).run(stop))
        await until_kept(db, 11)
        server.write(42, "last")
        await until_kept(db, 12)
        stop.set()
        await task
        await channel.close()
    assert await kept(db) == ["/start", *(f"m{n}" for n in range(10)), "last"]
