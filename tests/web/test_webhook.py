"""Deliveries over real HTTP: kept before acknowledged, taken once, and nobody else's believed."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from front import Front
from program import Running
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

import locales
from bot.app import App
from bot.channels.base import Rivalled
from bot.channels.telegram import TelegramChannel
from bot.demo.server import DEMO_TOKEN, BotApiServer
from bot.pacing import UNLIMITED
from bot.settings import Settings
from bot.web.webhook import MOST_BYTES, SECRET_HEADER, receiving
from models.inbox import InboxRow, receive
from models.messages import Text
from models.session import Database

FANG = 42
WAIT = locales.render(locales.SOURCE, Text("outage.wait"))


class Line:
    """A person's phone, the platform, the front and the program behind it."""

    def __init__(self, server: BotApiServer, front: Front, app: App) -> None:
        self.server = server
        self.front = front
        self.app = app

    async def kept(self) -> int:
        async with self.app.db.read() as session:
            return await session.scalar(select(func.count()).select_from(InboxRow)) or 0

    async def until_answered(self, times: int = 1) -> None:
        await until(lambda: len(self.server.chat(FANG)) >= 2 * times and self.quiet())

    def quiet(self) -> bool:
        return len(self.server.updates) == 0 and self.server.chat(FANG)[-1].by_bot

    def counted(self, result: str) -> float:
        counter = self.app.metrics.deliveries.labels("telegram", result)
        return counter._value.get()


async def until(there: Any) -> None:
    for _ in range(3000):
        if there():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never came")


@asynccontextmanager
async def line_to(db: Database, server: BotApiServer) -> AsyncIterator[Line]:
    """The program in webhook mode on this database, registered and ready."""
    server.add_person(FANG, "芳")
    async with server.serving() as api, Front().standing() as front:
        channel = TelegramChannel(server.token, root=api, limits=UNLIMITED)
        settings = Settings(telegram_token=server.token, telegram_api=api, webhook_url=front.url)
        app = App(db, settings, {channel.name: channel}, pushed=(channel,))
        stop = asyncio.Event()
        async with receiving(app.hooks, "127.0.0.1", 0) as address:
            front.behind.append(address)
            running = asyncio.create_task(app.run(stop))
            await until(lambda: app.leading and app.hears)
            yield Line(server, front, app)
            stop.set()
            await running
            await channel.close()


@pytest.fixture
async def line(db: Database) -> AsyncIterator[Line]:
    async with line_to(db, BotApiServer(webhook_retry_s=0.02)) as made:
        yield made


async def test_what_is_delivered_is_answered_and_nobody_polls(line: Line) -> None:
    line.server.start(FANG)
    await line.until_answered()
    line.server.write(FANG, "/help")
    await line.until_answered(2)
    assert await line.kept() == 2
    assert line.counted("kept") == 2
    assert line.server.called("getUpdates") == []
    (registered,) = line.server.called("setWebhook")
    assert registered.params["url"] == line.front.url
    assert len(registered.params["secret_token"]) == 32
    assert DEMO_TOKEN not in str(registered.params)


async def test_a_delivery_that_comes_twice_is_taken_once(line: Line) -> None:
    line.server.start(FANG)
    await line.until_answered()
    said = len(line.server.chat(FANG))
    assert [await line.front.again() for _ in range(3)] == [200, 200, 200]
    assert await asyncio.gather(*(line.front.again() for _ in range(3))) == [200, 200, 200]
    line.server.write(FANG, "/help")
    await until(lambda: len(line.server.chat(FANG)) == said + 2 and line.quiet())
    assert await line.kept() == 2


async def test_whoever_does_not_know_the_secret_is_turned_away(line: Line) -> None:
    line.server.start(FANG)
    await line.until_answered()
    update = json.loads(line.front.last[1]) | {"update_id": 7}
    body = json.dumps(update).encode()
    secrets = ["", "wrong", "x" * 32, "\xff", line.front.last[0][SECRET_HEADER.lower()][:-1]]
    with capture_logs() as logs:
        for secret in secrets:
            shown: Any = secret.encode("latin-1")
            assert await line.front.again(body, **{SECRET_HEADER.lower(): shown}) == 403
        line.front.last[0].pop(SECRET_HEADER.lower())
        assert await line.front.again(body) == 403
    assert logs == [], "a stranger does not fill our disk"
    assert (await line.kept(), line.counted("forged")) == (1, 6)


UNREADABLE = {
    "empty": b"",
    "cut": b"{",
    "bytes": b"\xff\xfe",
    "list": b"[]",
    "text": b'"text"',
    "unnumbered": b"{}",
    "odd": b'{"update_id": "7"}',
    "deep": b"[" * 100_000,
    "long": b'{"update_id": 7, "text": "' + b"a" * MOST_BYTES + b'"}',
}


async def test_what_cannot_be_read_is_dropped_so_that_nothing_waits_behind_it(line: Line) -> None:
    line.server.start(FANG)
    await line.until_answered()
    for kind, body in UNREADABLE.items():
        with capture_logs() as logs:
            assert await line.front.again(body) == 200, kind
        assert [entry["event"] for entry in logs] == ["delivery.unreadable"], kind
    assert (await line.kept(), line.counted("unreadable")) == (1, len(UNREADABLE))


async def test_an_update_that_is_none_of_ours_is_acknowledged_and_forgotten(line: Line) -> None:
    line.server.start(FANG)
    await line.until_answered()
    strange = [{"update_id": 7, "poll": {}}, {"update_id": 8, "message": {"chat": "?"}}]
    for update in strange:
        assert await line.front.again(json.dumps(update).encode()) == 200
    assert (await line.kept(), line.counted("nothing")) == (1, 2)


async def test_what_comes_while_the_database_is_away_comes_again_and_is_taken_once(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = 3

    async def away(*arguments: Any) -> None:
        nonlocal failures
        await receive(*arguments)
        if failures:
            failures -= 1
            raise OperationalError("COMMIT", None, Exception("disk full"))

    monkeypatch.setattr("bot.web.webhook.receive", away)
    line.server.start(FANG)
    await line.until_answered()
    assert line.front.answers == {503: 3, 200: 1}
    assert (await line.kept(), line.counted("later"), line.counted("kept")) == (1, 3, 1)
    assert sum(shown.by_bot for shown in line.server.chat(FANG)) == 1


async def test_whoever_has_waited_is_told_once_that_nothing_is_lost(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.silence.LOOK_S", 0.02)
    monkeypatch.setattr("bot.silence.PATIENCE", 2)
    away = True

    async def fail(*arguments: Any) -> None:
        if away:
            raise OperationalError("COMMIT", None, Exception("disk full"))
        await receive(*arguments)

    monkeypatch.setattr("bot.web.webhook.receive", fail)
    async with line_to(db, BotApiServer(webhook_retry_s=0.02)) as line:
        line.server.start(FANG)
        await until(lambda: line.server.chat(FANG)[-1].by_bot)
        seen = line.front.answers[503]
        await until(lambda: line.front.answers[503] > seen + 20)
        assert [shown.text for shown in line.server.chat(FANG) if shown.by_bot] == [WAIT]
        away = False
        await until(lambda: len(line.server.chat(FANG)) == 3)
        assert line.server.chat(FANG)[-1].text != WAIT
        (hook,) = line.app.hooks
        assert hook.put_off == set()


async def test_whoever_was_answered_by_another_process_is_not_told_to_wait(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.server.start(FANG)
    await line.until_answered()
    (hook,) = line.app.hooks
    chat = f"telegram:{FANG}"
    hook.put_off.add(chat)  # we could not keep it, she came again and was taken elsewhere
    line.app.silence.begin(chat)
    await line.app._ask_to_wait(chat, "zh", lambda: True)
    assert chat not in line.app.silence._waits
    line.server.write(FANG, "/help")
    await line.until_answered(2)
    assert WAIT not in [shown.text for shown in line.server.chat(FANG)]


async def test_an_event_that_cannot_be_stored_does_not_come_for_ever(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> None:
        raise ValueError("not storable")

    with monkeypatch.context() as patch, capture_logs() as logs:
        patch.setattr("bot.web.webhook.receive", broken)
        line.server.start(FANG)
        await until(lambda: len(line.server.updates) == 0)
    assert "update.lost" in [entry["event"] for entry in logs]
    assert line.counted("lost") == 1
    line.server.write(FANG, "/help")
    await line.until_answered()


async def test_a_bug_of_ours_does_not_hold_up_what_lies_behind(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch, capture_logs() as logs:
        patch.setattr(line.app.hooks[0]._channel, "parse", broken)
        line.server.start(FANG)
        await until(lambda: len(line.server.updates) == 0)
    assert "delivery.bug" in [entry["event"] for entry in logs]
    line.server.write(FANG, "/help")
    await line.until_answered()


async def test_who_we_are_is_known_before_anything_is_read(line: Line) -> None:
    """Without our name nobody can tell what is said to us in a group."""
    (channel,) = (hook._channel for hook in line.app.hooks)
    channel.username = ""  # type: ignore[attr-defined]
    line.server.faults.push("500", method="getMe", times=2)
    line.server.start(FANG)
    await line.until_answered()
    assert line.front.answers == {503: 2, 200: 1}


async def test_deliveries_turned_elsewhere_are_turned_back(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.registration.EVERY_S", 0.05)
    monkeypatch.setattr("bot.registration.jittered", lambda streak, cap: 0.02)
    server = BotApiServer(webhook_retry_s=0.02)
    server.faults.push("500", method="setWebhook", times=2)
    async with line_to(db, server) as line:
        async with httpx.AsyncClient(trust_env=False) as stranger:
            root = server.called("setWebhook")[-1].params["url"]
            assert root == line.front.url
            api = str(line.app.hooks[0]._channel._bot.base_url)  # type: ignore[attr-defined]
            with capture_logs() as logs:
                await stranger.post(f"{api}/deleteWebhook")
                await until(lambda: len(server.called("setWebhook")) == 4)
        assert "webhook.lost" in [entry["event"] for entry in logs]
        server.start(FANG)
        await line.until_answered()


async def test_whoever_polls_takes_back_a_webhook_that_was_set_meanwhile() -> None:
    server = BotApiServer()
    server.add_person(FANG, "芳")
    async with server.serving() as api, Front().standing() as front:
        channel = TelegramChannel(server.token, root=api, poll_seconds=1)
        assert (await channel.poll(0)).received == ()
        await channel.push_to(front.url, "foreign")
        with pytest.raises(Rivalled):
            await channel.poll(0)
        server.start(FANG)
        assert [item.event.text for item in (await channel.poll(0)).received] == ["/start"]
        await channel.close()


async def test_whoever_leads_is_not_ready_while_deliveries_do_not_arrive(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    (registration,) = line.app._registrations
    line.front.behind.clear()
    line.server.start(FANG)
    await until(lambda: line.server._webhook.as_info().get("last_error_message"))
    await registration._try(0)
    assert not line.app.hears
    assert line.app.metrics.undelivered.labels("telegram")._value.get() == 1
    assert await line.kept() == 0


# -- real processes -------------------------------------------------------------------------------


RECEIVES = r"(http://127\S+) 收取"


def wire(front: Front, api: str, **more: str) -> dict[str, str]:
    pushed = {"telegram_token": DEMO_TOKEN, "telegram_api": api, "webhook_url": front.url}
    return pushed | more


@asynccontextmanager
async def behind(front: Front, program: Running) -> AsyncIterator[str]:
    """A program that receives what comes to the front; gives the address of its numbers."""
    try:
        await program.start()
        front.behind.append(await program.printed(RECEIVES))
        yield await program.ready()
    finally:
        await program.close()


async def received(address: str) -> float:
    async with httpx.AsyncClient(base_url=address, trust_env=False) as client:
        numbers = (await client.get("/metrics")).text
    found = re.search(r"^gridbot_updates_received_total\{.*\} (.*)$", numbers, re.MULTILINE)
    return float(found.group(1)) if found else 0


def answered(server: BotApiServer, people: Iterable[int]) -> bool:
    return all(server.chat(who) and server.chat(who)[-1].by_bot for who in people)


async def test_several_processes_receive_and_when_one_dies_nothing_is_lost(
    tmp_path: Path, postgres_alone: str
) -> None:
    people = range(100, 112)
    server = BotApiServer(webhook_retry_s=0.02)
    for who in people:
        server.add_person(who, f"n{who}")
    async with server.serving() as api, Front().standing() as front:
        settings = wire(front, api, database_url=postgres_alone)
        one, other = Running(tmp_path, **settings), Running(tmp_path, **settings)
        async with behind(front, one) as first, behind(front, other) as second:
            for who in people:
                server.start(who)
            await until(lambda: answered(server, people))
            each = [await received(first), await received(second)]
            assert min(each) > 0
            assert sum(each) == len(people)
            await one.kill()
            for who in people:
                server.write(who, "/help")
            await until(lambda: len(server.updates) == 0 and answered(server, people))
            assert front.answers[502] > 0
            assert await other.stop() == 0
    assert server.called("getUpdates") == []


async def test_a_bot_that_polls_again_takes_the_webhook_back(tmp_path: Path) -> None:
    """And serves all pages of its health meanwhile."""
    server = BotApiServer(webhook_retry_s=0.02)
    server.add_person(FANG, "芳")
    async with server.serving() as api, Front().standing() as front:
        pushed = Running(tmp_path, **wire(front, api))
        async with behind(front, pushed):
            server.start(FANG)
            await until(lambda: answered(server, [FANG]))
            assert await pushed.stop() == 0
        polled = Running(tmp_path, telegram_token=DEMO_TOKEN, telegram_api=api)
        try:
            server.write(FANG, "/help")  # delivered to nobody
            await polled.start()
            address = await polled.ready()
            await until(lambda: answered(server, [FANG]))
            assert server._webhook.url == ""
            async with httpx.AsyncClient(base_url=address, trust_env=False) as client:
                pages = [await client.get(page) for page in ("/livez", "/readyz", "/metrics")]
            assert [page.status_code for page in pages] == [200, 200, 200]
            assert pages[1].json()["leading"]
            assert "gridbot_leading 1.0" in pages[2].text
            assert pages[2].headers["content-type"].startswith("text/plain")
            assert await polled.stop() == 0
        finally:
            await polled.close()
