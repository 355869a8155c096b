"""What the log says of a whole walk, and of everything that can break on the way: nobody's data."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import re
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from street import FANG, QIANG, Street, be_tested, inhabited, report, sign_in, verify
from telegram.error import BadRequest

from bot import logs
from bot.channels.telegram import TelegramChannel
from bot.demo.server import DEMO_TOKEN
from handlers.turn import Turn
from models.accounts import Role
from models.inbox import receive

TYPED = ("王芳", "李强", "13800001001", "11010119900307001X", "110101199003070011", "成都武侯")
WENT_BY = ("高铁 G8605", "G8605", "花园小区3栋2单元501", "telegram:11", "telegram:12")


class Log:
    """Every line that was logged, and everything that none of them may hold."""

    def __init__(self) -> None:
        self.stream = StringIO()
        self.private = {*TYPED, *WENT_BY, DEMO_TOKEN, DEMO_TOKEN.partition(":")[2]}

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]

    def of(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["event"] == event]

    async def until(self, event: str) -> dict[str, Any]:
        """The first line of an event, as soon as it is there."""
        for _ in range(1500):
            if found := self.of(event):
                return found[0]
            await asyncio.sleep(0.02)
        raise AssertionError(f"nobody logged {event}")

    def hears(self, street: Street) -> None:
        """Whatever was said in these chats is private: words, codes, what buttons carry."""
        for who in (FANG, QIANG):
            for shown in street.server.chat(who):
                self.private |= {line for line in shown.text.splitlines() if len(line) > 7}
                self.private |= {word for word in shown.text.split() if len(word) > 15}
                self.private |= {button.data for row in shown.rows for button in row}
        self.private -= {data for data in self.private if len(data) < 6 and data.isascii()}

    def leaks(self) -> list[tuple[str, str]]:
        said = [json.dumps(line, ensure_ascii=False) for line in self.lines]
        return [(value, line) for value in self.private for line in said if value in line]


@pytest.fixture
def log() -> Iterator[Log]:
    made = Log()
    root = logging.getLogger()
    hooks = sys.excepthook, sys.unraisablehook, threading.excepthook
    before = list(root.handlers), root.level
    logs.configure("debug", stream=made.stream)
    yield made
    structlog.reset_defaults()
    logging.captureWarnings(False)
    root.handlers[:], root.level = before
    sys.excepthook, sys.unraisablehook, threading.excepthook = hooks


async def _bug(turn: Turn, _argument: str) -> None:
    raise RuntimeError(f"{turn.account.name} lives in 花园小区3栋2单元501, {turn.event}")


async def _bad_sql(turn: Turn, _argument: str) -> None:
    await turn.session.execute(
        text("SELECT nothing FROM people WHERE phone = :phone"), {"phone": "13800001001"}
    )


async def _walk(street: Street) -> None:
    await sign_in(street, QIANG, Role.GRID_WORKER, "010101")
    await report(street)
    await verify(street)
    await street.wait(timedelta(hours=23, minutes=30))
    street.server.write(FANG, "38.5 咳嗽")
    await street.seen(FANG, "38.5")
    await street.seen(QIANG, "38.5")
    await be_tested(street, 1)


async def test_no_line_of_a_whole_walk_holds_what_somebody_typed(log: Log, tmp_path: Any) -> None:
    async with inhabited(tmp_path) as street:
        await _walk(street)
        log.hears(street)
    log.private.add("38.5 咳嗽")
    assert len(log.private) > 50, "the chats were not heard"
    assert log.leaks() == []
    libraries = {str(line.get("logger", "")).partition(".")[0] for line in log.lines}
    assert {"httpx", "telegram", "aiosqlite", "apscheduler"} <= libraries  # all were asked
    assert [line for line in log.lines if line["level"] in ("error", "critical")] == []


async def test_whoever_is_told_a_number_finds_it_in_the_log_with_the_place(
    log: Log, street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    street.server.start(FANG)
    await street.seen(FANG, "您好")
    for broken in (_bug, _bad_sql):
        log.stream.truncate(0)
        log.stream.seek(0)
        monkeypatch.setitem(street.app.registry.commands, "status", broken)  # type: ignore[arg-type]
        street.server.write(FANG, "/status 王芳 13800001001")
        line = await log.until("turn_failed")
        shown = await street.seen(FANG, line["reference"])
        assert re.search(r"\b[0-9a-f]{8}\b", shown.text)
        assert any(place.startswith("handlers/conversation.py:") for place in line["at"])
        assert line["error"] in ("RuntimeError", "OperationalError")
        log.hears(street)
        assert log.leaks() == []


async def test_outages_and_failing_sends_are_logged_without_what_was_sent(
    log: Log, street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    street.server.start(FANG)
    await street.seen(FANG, "您好")
    failures = 1

    async def away(*arguments: Any) -> None:
        nonlocal failures
        if failures:
            failures -= 1
            raise OperationalError(
                "INSERT INTO inbox 王芳", {"phone": "13800001001"}, Exception("成都武侯")
            )
        await receive(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr("bot.intake.receive", away)
        street.server.write(FANG, "王芳 13800001001")
        await log.until("database.away")
        await log.until("poll.recovered")
    with monkeypatch.context() as patch:

        def unspeakable(*_: Any) -> Any:
            raise ValueError("王芳 13800001001")

        patch.setattr(TelegramChannel, "parts", unspeakable)
        street.server.write(FANG, "/status")
        line = await log.until("send.bug")
        assert line["error"] == "ValueError"
        assert any(place.startswith("bot/courier.py:") for place in line["at"])
    with monkeypatch.context() as patch:

        async def refused(*_: Any, **__: Any) -> Any:
            raise BadRequest("Can't parse entities: 王芳 13800001001")

        patch.setattr("telegram.Bot.send_message", refused)
        street.server.write(FANG, "/status")
        line = await log.until("send.refused")
        assert line["reason"] == "can_t_parse_entities"
    log.hears(street)
    assert log.leaks() == []


async def test_a_task_that_nobody_waits_for_says_what_it_died_of_and_no_more(log: Log) -> None:
    async def die() -> None:
        raise ValueError("王芳 13800001001")

    task = asyncio.create_task(die(), name="王芳")
    await asyncio.wait({task})
    del task
    gc.collect()
    (line,) = [line for line in log.lines if line.get("logger") == "asyncio" and "error" in line]
    assert (line["error"], line["level"]) == ("ValueError", "error")
    assert log.leaks() == []
