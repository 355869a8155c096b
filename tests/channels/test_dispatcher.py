"""The way out: who goes first, what is kept, and what each failure leaves behind."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from unittest import mock
from unittest.mock import DEFAULT

import pytest
from desk import Desk
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession
from structlog.testing import capture_logs

from bot.channels.base import (
    BadToken,
    Gone,
    Refused,
    RenderedButton,
    TryLater,
    Unavailable,
    Unknown,
    Unreachable,
)
from bot.courier import BULK_AT_ONCE, Result
from bot.dispatcher import LEASE, MOST_UNKNOWN, Dispatcher
from bot.pacing import Limits
from models.clock import monotonic
from models.files import File, keep_file, load_files
from models.messages import Button, Edit, Outbound, Style, Text, verbatim
from models.outbox import Letter, Priority
from models.sending import Claimed


@asynccontextmanager
async def running(dispatcher: Dispatcher) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(dispatcher.run(stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, 15)


async def until(condition: Any, seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 -- the world under test has no event for it
            await asyncio.sleep(0.005)


# -- files ---------------------------------------------------------------------------------------


async def test_a_message_takes_the_files_that_were_kept_for_it(desk: Desk) -> None:
    (account,) = await desk.people(1)
    keys = []
    async with desk.db.write() as session:
        for name in ("名册.xlsx", "码.png"):
            now = desk.clock.now()
            content = name.encode()
            keys.append(await keep_file(session, name, "", content, account_id=account, now=now))
    await desk.put(account, "sheet", document=keys[0])
    await desk.put(account, "card", photo=keys[1])
    await desk.put(account, "hers", photo="a-platform-id")
    await desk.dispatcher().drain()
    sheet, card, hers = [part for _, part, _ in desk.channel.sent]
    assert sheet.document == File("名册.xlsx", "", "名册.xlsx".encode())
    assert card.photo == File("码.png", "", "码.png".encode())
    assert hers.photo == "a-platform-id"


async def test_a_message_whose_file_is_gone_fails_and_holds_nobody_up(desk: Desk) -> None:
    (account,) = await desk.people(1)
    await desk.put(account, "sheet", document="kept:gone")
    await desk.put(account, "next")
    with capture_logs() as logs:
        await desk.dispatcher().drain()
    assert await desk.states() == {"sheet": "failed", "next": "sent"}
    assert [(e["event"], e["reason"]) for e in logs] == [("send.refused", "1_files_are_gone")]


async def test_a_file_that_cannot_be_looked_up_now_is_sent_later(desk: Desk) -> None:
    (account,) = await desk.people(1)
    async with desk.db.write() as session:
        key = await keep_file(session, "a", "", b"a", account_id=account, now=desk.clock.now())
    await desk.put(account, "sheet", document=key)
    away = OperationalError("SELECT", {}, Exception("away"))
    with mock.patch("bot.dispatcher.load_files", side_effect=[away, DEFAULT], wraps=load_files):
        await desk.dispatcher().drain()
    assert await desk.states() == {"sheet": "sent"}
    assert desk.channel.attempts == {"telegram:1": 1}


# -- who goes first -----------------------------------------------------------------------------


async def test_a_reply_overtakes_twenty_thousand_reminders(desk: Desk) -> None:
    accounts = await desk.people(2001)
    waiting, reminded = accounts[0], accounts[1:]
    for start in range(0, 20_000, 5_000):
        await desk.put_all(
            [
                Letter(
                    f"r{n}",
                    reminded[n % len(reminded)],
                    Outbound((verbatim(f"r{n}"),)),
                    Priority.REMINDER,
                )
                for n in range(start, start + 5_000)
            ]
        )
    desk.channel.limits = Limits()
    desk.channel.latency = 0.06
    dispatcher = desk.dispatcher()
    async with running(dispatcher):
        await until(lambda: len(desk.channel.sent) > 30)
        await desk.put(waiting, "reply")
        asked_after = len(desk.channel.sent)
        dispatcher.poke()
        await until(lambda: "reply" in desk.channel.texts(), 20)
        await until(lambda: len(desk.channel.sent) > 60, 20)
    # At full pace thirty go out in a second: what was on its way, and no more than that.
    assert desk.channel.texts().index("reply") <= asked_after + 30
    moments = sorted(desk.channel.moments())
    assert all(
        later - earlier >= 1.0 for earlier, later in zip(moments, moments[30:], strict=False)
    )


async def test_order_within_a_chat_is_kept_and_only_one_is_on_its_way(desk: Desk) -> None:
    accounts = await desk.people(6)
    for n in range(5):
        for account in accounts:
            await desk.put(account, f"{account}-{n}", priority=Priority.NOTICE)
    desk.channel.latency = 0.01
    await desk.dispatcher().drain()
    for chat, account in enumerate(accounts, 1):
        expected = [f"{account}-{n}" for n in range(5)]
        assert desk.channel.texts(f"telegram:{chat}") == expected
    assert desk.channel.most_in_a_chat == 1


async def test_on_a_far_platform_several_chats_are_served_at_once_but_at_most_sixteen(
    desk: Desk,
) -> None:
    for account in await desk.people(120):
        await desk.put(account, f"hello {account}")
    desk.channel.latency = 0.05
    await desk.dispatcher().drain()
    assert len(desk.channel.sent) == 120
    assert 4 < desk.channel.most_at_once <= 16


async def test_one_that_hangs_keeps_nobody_else_waiting(desk: Desk) -> None:
    first, *others = await desk.people(4)
    await desk.put(first, "slow")
    for account in others:
        await desk.put(account, f"quick {account}")
    desk.channel.slow["telegram:1"] = 4.0
    await desk.dispatcher().drain()
    assert desk.channel.texts()[-1] == "slow"
    assert len(desk.channel.sent) == 4


async def test_a_chat_gets_at_most_one_message_a_second(desk: Desk) -> None:
    (account,) = await desk.people(1)
    for n in range(3):
        await desk.put(account, f"m{n}")
    desk.channel.limits = Limits()
    await desk.dispatcher().drain()
    assert desk.channel.texts() == ["m0", "m1", "m2"]
    assert all(later - earlier >= 1.0 for earlier, later in pairwise(desk.channel.moments()))


async def test_an_edit_answers_a_tap_at_once(desk: Desk) -> None:
    (account,) = await desk.people(1)
    desk.channel.limits = Limits(chat_gap=60)
    await desk.put(account, "question")
    dispatcher = desk.dispatcher()
    async with running(dispatcher):
        await until(lambda: desk.channel.texts() == ["question"])
        await desk.put(account, "next", edit=Edit.REPLACE, edits="1")
        dispatcher.poke()
        await until(lambda: desk.channel.texts() == ["question", "next"])
    assert desk.channel.sent[1][1].replaces == "1"


async def test_a_poke_wakes_at_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.dispatcher.IDLE_S", 60)
    (account,) = await desk.people(1)
    dispatcher = desk.dispatcher()
    async with running(dispatcher):
        await asyncio.sleep(0.1)
        await desk.put(account, "reply")
        dispatcher.poke()
        await until(lambda: desk.channel.sent)


async def test_a_stop_that_comes_before_the_start_is_heard(desk: Desk) -> None:
    stop = asyncio.Event()
    stop.set()
    async with asyncio.timeout(5):
        await desk.dispatcher().run(stop)


async def test_messages_of_another_channel_stay(desk: Desk) -> None:
    (account,) = await desk.people(1)
    await desk.put(account, "hello")
    desk.channel.name = "wecom"
    await desk.dispatcher().drain()
    assert await desk.states() == {"hello": "waiting"}


# -- words --------------------------------------------------------------------------------------


async def test_a_message_is_rendered_in_its_readers_language(desk: Desk) -> None:
    (account,) = await desk.people(1, lang="en")
    rows = (
        (
            Button(Text("yes"), "y", style=Style.PRIMARY),
            Button(verbatim("长" * 90), url="https://example.org/"),
        ),
        (),
    )
    message = Outbound((Text("ask"), verbatim("王芳")), rows, keyboard="contact", protect=True)
    await desk.put_all([Letter("k", account, message)])
    await desk.dispatcher().drain()
    part = desk.channel.sent[0][1]
    assert (part.text, part.keyboard_label, part.protect) == (
        "en:ask\n王芳",
        "en:keyboard.contact",
        True,
    )
    yes, long = part.rows[0]
    assert yes == RenderedButton("en:yes", "y", style=Style.PRIMARY)
    assert (len(long.label), long.label[-1], len(part.rows)) == (64, "…", 1)


async def test_the_earlier_message_loses_its_buttons(desk: Desk) -> None:
    (account,) = await desk.people(1)
    await desk.put(account, "first")
    await desk.dispatcher().drain()
    await desk.put(account, "second", retires="first")
    await desk.put(account, "third", retires="never sent")
    await desk.dispatcher().drain()
    assert desk.channel.stripped == [("telegram:1", "1")]


async def test_what_cannot_be_edited_is_sent_anew_and_stripped(desk: Desk) -> None:
    (account,) = await desk.people(1)
    await desk.put(account, "new", edit=Edit.REPLACE, edits="77")
    desk.channel.failures["telegram:1"] = [Gone("message_can_t_be_edited")]
    await desk.dispatcher().drain()
    assert [part.replaces for _, part, _ in desk.channel.sent] == [""]
    assert desk.channel.stripped == [("telegram:1", "77")]
    assert (await desk.row("new")).message_id == "1"


# -- failures -----------------------------------------------------------------------------------


async def test_somebody_is_told_when_a_person_cannot_be_reached(desk: Desk) -> None:
    (account,) = await desk.people(1)
    await desk.put(account, "a")
    await desk.put(account, "b")
    desk.channel.failures["telegram:1"] = [Unreachable("unreachable")]
    await desk.dispatcher().drain()
    assert await desk.states() == {"a": "failed", "b": "skipped"}
    assert [(await desk.row(key)).reason for key in "ab"] == ["unreachable", "blocked"]
    assert (await desk.account(account)).blocked_at == desk.clock.now()
    assert desk.lost == [account]
    assert desk.channel.attempts["telegram:1"] == 1


async def test_an_unreachable_person_and_her_obligation_are_one_transaction(desk: Desk) -> None:
    async def fail(session: AsyncSession, account_id: int, now: datetime) -> None:
        raise RuntimeError("no obligation")

    (account,) = await desk.people(1)
    await desk.put(account, "a")
    desk.channel.failures["telegram:1"] = [Unreachable("unreachable")]
    with pytest.raises(RuntimeError, match="no obligation"):
        await desk.dispatcher(on_unreachable=fail).drain()
    assert await desk.states() == {"a": "waiting"}
    assert (await desk.account(account)).blocked_at is None


async def test_an_unknown_end_is_retried_and_counted(desk: Desk) -> None:
    (account,) = await desk.people(1)
    await desk.put(account, "a")
    desk.channel.failures["telegram:1"] = [Unknown("timeout")]
    dispatcher = desk.dispatcher()
    await dispatcher.drain()
    row = await desk.row("a")
    assert (row.state, row.unknown, row.reason) == ("waiting", 1, "unknown")
    desk.clock.move_to(desk.clock.now() + timedelta(seconds=5))
    await dispatcher.drain()
    row = await desk.row("a")
    assert (row.state, row.unknown, row.reason) == ("sent", 1, None)


async def test_after_many_unknown_ends_we_admit_it(desk: Desk) -> None:
    (account,) = await desk.people(1)
    await desk.put(account, "a")
    desk.channel.failures["telegram:1"] = [Unknown("timeout")] * 20
    dispatcher = desk.dispatcher()
    for _ in range(10):
        await dispatcher.drain()
        desk.clock.move_to(desk.clock.now() + timedelta(minutes=2))
    row = await desk.row("a")
    assert (row.state, row.unknown, row.reason) == ("failed", MOST_UNKNOWN, "unknown")
    assert desk.channel.attempts["telegram:1"] == MOST_UNKNOWN


async def test_a_later_message_waits_for_the_retry_of_an_earlier_one(desk: Desk) -> None:
    one, two = await desk.people(2)
    await desk.put(one, "a", priority=Priority.NOTICE)
    await desk.put(one, "b", priority=Priority.NOTICE)
    await desk.put(two, "c", priority=Priority.NOTICE)
    await desk.put(one, "reply")
    dispatcher = desk.dispatcher()
    await desk.put(one, "later reply")
    desk.channel.failures["telegram:1"] = [Unknown("timeout")]
    await dispatcher.drain()
    assert desk.channel.texts() == ["c"]
    desk.clock.move_to(desk.clock.now() + timedelta(seconds=5))
    await dispatcher.drain()
    assert desk.channel.texts("telegram:1") == ["reply", "later reply", "a", "b"]


async def test_a_reply_passes_a_reminder_that_waits_for_its_retry(desk: Desk) -> None:
    (account,) = await desk.people(1)
    await desk.put(account, "reminder", priority=Priority.REMINDER)
    desk.channel.failures["telegram:1"] = [Unknown("timeout")]
    dispatcher = desk.dispatcher()
    await dispatcher.drain()
    await desk.put(account, "reply")
    await dispatcher.drain()
    assert desk.channel.texts() == ["reply"]


async def test_what_is_put_off_for_the_morning_holds_up_nothing(desk: Desk) -> None:
    (account,) = await desk.people(1)
    morning = desk.clock.now() + timedelta(hours=8)
    late = Outbound((verbatim("morning"),))
    await desk.put_all([Letter("morning", account, late, Priority.NOTICE, morning)])
    await desk.put(account, "now", priority=Priority.NOTICE)
    dispatcher = desk.dispatcher()
    await dispatcher.drain()
    assert desk.channel.texts() == ["now"]
    desk.clock.move_to(morning)
    await dispatcher.drain()
    assert desk.channel.texts() == ["now", "morning"]


async def test_what_is_refused_fails_with_its_reason(desk: Desk) -> None:
    (account,) = await desk.people(1)
    await desk.put(account, "a")
    await desk.put(account, "b")
    desk.channel.failures["telegram:1"] = [Refused("button_data_invalid")]
    await desk.dispatcher().drain()
    assert await desk.states() == {"a": "failed", "b": "sent"}
    assert (await desk.row("a")).reason == "button_data_invalid"


async def test_a_message_that_cannot_be_rendered_holds_nobody_up(desk: Desk) -> None:
    one, two = await desk.people(2)
    await desk.put_all([Letter("a", one, Outbound((Text("=", {}),)))])
    await desk.put(two, "b")
    await desk.dispatcher().drain()
    assert await desk.states() == {"a": "failed", "b": "sent"}
    assert (await desk.row("a")).reason == "bug"


async def test_too_fast_pauses_everybody(desk: Desk) -> None:
    for account in await desk.people(6):
        await desk.put(account, f"m{account}")
    desk.channel.latency = 0.01
    desk.channel.failures["telegram:1"] = [TryLater(0.4)]
    desk.channel.limits = Limits(per_second=30)
    started_at = monotonic()
    await desk.dispatcher().drain()
    late = [at - started_at for chat, _, at in desk.channel.sent if chat == "telegram:1"]
    assert len(desk.channel.sent) == 6
    assert late[0] >= 0.4
    assert (await desk.row(f"m{1}")).attempts == 0


async def test_a_chat_that_is_always_too_fast_is_put_off(desk: Desk) -> None:
    one, two = await desk.people(2)
    await desk.put(one, "a")
    desk.channel.failures["telegram:1"] = [TryLater(0.05)] * 9
    await desk.put(two, "b")
    await desk.dispatcher().drain()
    assert await desk.states() == {"a": "waiting", "b": "sent"}
    assert (await desk.row("a")).reason == "too_fast"


@pytest.mark.parametrize("error", [Unavailable("no_connection"), BadToken("bad_token")])
async def test_an_outage_loses_nothing_and_ends_by_itself(desk: Desk, error: Exception) -> None:
    (account,) = await desk.people(1)
    for n in range(3):
        await desk.put(account, f"m{n}")
    desk.channel.failures["telegram:1"] = [error]
    dispatcher = desk.dispatcher()
    await dispatcher.drain()
    assert (await desk.row("m0")).attempts == 1
    desk.clock.move_to(desk.clock.now() + timedelta(minutes=2))
    await dispatcher.drain()
    assert desk.channel.texts() == ["m0", "m1", "m2"]
    assert (await desk.row("m0")).unknown == 0


async def test_a_drain_gives_up_on_a_channel_that_is_away(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.courier.jittered", lambda streak, cap: 0.01)
    for n, account in enumerate(await desk.people(30), 1):
        await desk.put(account, f"m{n}")
        desk.channel.failures[f"telegram:{n}"] = [Unavailable("no_connection")] * 99
    dispatcher = desk.dispatcher()
    await asyncio.wait_for(dispatcher.drain(), 10)
    assert set((await desk.states()).values()) == {"waiting"}
    assert sum(desk.channel.attempts.values()) < 90


# -- a dispatcher that is killed, a database that is away -----------------------------------------


class Killed(Exception):
    """The process is gone."""


class KilledBeforeRecording(Dispatcher):
    async def record(self, row: Claimed, result: Result) -> None:
        raise Killed


async def test_killed_between_send_and_record_repeats_and_never_loses(desk: Desk) -> None:
    for account in await desk.people(3):
        await desk.put(account, f"m{account}")
    with pytest.raises(Killed):
        await desk.dispatcher(KilledBeforeRecording).drain()
    assert set((await desk.states()).values()) == {"waiting"}
    desk.clock.move_to(desk.clock.now() + LEASE)
    await desk.dispatcher().drain()
    assert set((await desk.states()).values()) == {"sent"}
    assert len(desk.channel.sent) == 6


async def test_a_kill_repeats_at_most_one_message_of_many(desk: Desk) -> None:
    """Whatever was sent is recorded before the next is: only the last is in doubt."""
    accounts = await desk.people(30)
    for account in accounts:
        await desk.put(account, f"m{account}", priority=Priority.REMINDER)
    desk.channel.limits = Limits()
    killed, over = asyncio.Event(), asyncio.Event()

    class Killed(Dispatcher):
        async def record(self, row: Claimed, result: Result) -> None:
            if len(desk.channel.sent) >= 11:
                killed.set()
                await over.wait()
            await super().record(row, result)

    dying = asyncio.create_task(desk.dispatcher(Killed).drain())
    await killed.wait()
    async with asyncio.timeout(30):  # it claims no more than this, and not after the clock moves
        while await desk.leased() < BULK_AT_ONCE:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    desk.clock.move_to(desk.clock.now() + LEASE)
    await desk.dispatcher().drain()
    counts = Counter(desk.channel.texts())
    assert len(counts) == len(accounts)
    assert counts.total() == len(accounts) + 1
    over.set()
    await dying


@pytest.mark.parametrize("buttons_on", [0, 1, 2])
async def test_a_long_message_goes_on_at_the_part_that_failed(desk: Desk, buttons_on: int) -> None:
    (account,) = await desk.people(1)
    await desk.put(account, "long")
    desk.channel.pieces, desk.channel.buttons_on = 3, buttons_on
    desk.channel.fails_at = {2: Unavailable("away"), 4: Unknown("silence")}
    for _ in range(3):
        await desk.dispatcher().drain()
        desk.clock.move_to(desk.clock.now() + timedelta(minutes=2))
    assert desk.channel.texts() == ["long 0", "long 1", "long 2"]
    row = await desk.row("long")
    assert (row.state, row.message_id) == ("sent", str(buttons_on + 1))


async def test_who_is_not_sure_to_lead_sends_nothing_and_goes_on_when_sure_again(
    desk: Desk,
) -> None:
    for account in await desk.people(8):
        await desk.put(account, f"m{account}", priority=Priority.REMINDER)
    desk.channel.limits = Limits(per_second=4)
    dispatcher = desk.dispatcher()
    async with running(dispatcher):
        await until(lambda: desk.channel.sent, 30)
        desk.leads = False  # now others wait at the door, and have to turn back
        left = set(desk.channel.texts())
        waiting = [key for key in await desk.states() if key not in left]
        async with asyncio.timeout(30):
            while any([(await desk.row(key)).claimed_until_at for key in waiting[1:]]):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        gone = len(desk.channel.sent)
        assert gone <= len(left) + 1  # at worst what was on its way
        await asyncio.sleep(0.6)  # two messages' time, and a look into the outbox
        assert len(desk.channel.sent) == gone
        desk.leads = True
        await until(lambda: len(desk.channel.sent) == 8, 60)
    assert set((await desk.states()).values()) == {"sent"}
    assert Counter(desk.channel.texts()).most_common(1)[0][1] == 1


async def test_a_word_past_the_outbox_keeps_the_pace_and_the_language(desk: Desk) -> None:
    (account,) = await desk.people(1, lang="en")
    desk.channel.limits = Limits(chat_gap=0.5)
    dispatcher = desk.dispatcher()
    await desk.put(account, "hello")
    await dispatcher.drain()
    desk.leads = False
    word = Outbound((Text("wait"),))
    for chat in ("telegram:1", "telegram:2"):
        await dispatcher.interject(chat, "zh_Hant", word, lambda: True)
    await dispatcher.interject("telegram:3", "zh_Hant", word, lambda: False)
    await dispatcher.interject("wecom:3", "zh_Hant", word, lambda: True)
    assert [(chat, part.text) for chat, part, _ in desk.channel.sent[1:]] == [
        ("telegram:1", "en:wait"),
        ("telegram:2", "zh_Hant:wait"),
    ]
    first, second, _ = desk.channel.moments()
    assert second - first >= 0.5


async def test_a_word_past_the_outbox_is_said_once_whatever_becomes_of_it(desk: Desk) -> None:
    dispatcher = desk.dispatcher()
    for error in (Unknown("timeout"), Unavailable("http_500"), TryLater(0.1), Unreachable("gone")):
        desk.channel.failures["telegram:1"] = [error]
        await dispatcher.interject("telegram:1", "zh_Hans", Outbound((Text("wait"),)), lambda: True)
    assert (desk.channel.sent, desk.channel.attempts["telegram:1"]) == ([], 4)


async def test_a_long_message_is_not_given_up_when_we_stop_in_an_outage(desk: Desk) -> None:
    (account,) = await desk.people(1)
    await desk.put(account, "long")
    desk.channel.pieces = 3
    stop = asyncio.Event()

    class Stopping(Dispatcher):
        async def _record_part(self, row: Claimed, parts: int, message_id: str) -> None:
            stop.set()
            await until(lambda: all(lane.courier.stopping for lane in self._lanes), 30)
            raise OperationalError("away", None, Exception("away"))

    async with asyncio.timeout(30):
        await desk.dispatcher(Stopping).run(stop)
    assert await desk.states() == {"long": "waiting"}
    await desk.dispatcher().drain()
    assert await desk.states() == {"long": "sent"}
    assert desk.channel.texts() == ["long 0", "long 0", "long 1", "long 2"]


async def test_a_drained_outbox_sends_nothing_twice(desk: Desk) -> None:
    (account,) = await desk.people(1)
    await desk.put(account, "a")
    await desk.put(account, "a")
    dispatcher = desk.dispatcher()
    await dispatcher.drain()
    await dispatcher.drain()
    assert desk.channel.texts() == ["a"]


async def test_stopping_records_what_is_under_way_and_gives_back_the_rest(desk: Desk) -> None:
    for account in await desk.people(30):
        await desk.put(account, f"m{account}", priority=Priority.BROADCAST)
    desk.channel.limits = Limits(per_second=5)
    desk.channel.latency = 0.3
    async with running(desk.dispatcher()):
        await until(lambda: len(desk.channel.sent) == 1)
    states = await desk.states()
    sent = [key for key, state in states.items() if state == "sent"]
    assert sorted(sent) == sorted(desk.channel.texts())
    assert 1 <= len(sent) < 10
    for key in states:
        row = await desk.row(key)
        assert row.state == "sent" or row.claimed_until_at is None


async def test_a_database_that_is_away_is_waited_for_and_nothing_is_repeated(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    (account,) = await desk.people(1)
    await desk.put(account, "a")
    monkeypatch.setattr("bot.dispatcher.jittered", lambda streak, cap: 0.02)
    write, away = desk.db.write, {"calls": 0}

    def failing() -> Any:
        away["calls"] += 1
        # The first claim fails, the second works; the first two records of the send fail.
        if away["calls"] in (1, 3, 4):
            raise OperationalError("away", None, Exception("away"))
        return write()

    monkeypatch.setattr(desk.db, "write", failing)
    async with running(desk.dispatcher()):
        await until(lambda: desk.channel.sent)
        await until(lambda: away["calls"] > 5)
    assert await desk.states() == {"a": "sent"}
    assert desk.channel.texts() == ["a"]
