"""(d) Delivery at the platform's limits, judged by what the strict local server received.

Both sides send at the same time, each to a server of its own, in processes of their own.
"""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Sequence
from contextlib import suppress
from statistics import median

from models.clock import monotonic
from models.outbox import Priority
from tests.bench import databases
from tests.bench.outbox import dispatching, until_empty, write
from tests.bench.platform import FIRST_PERSON, PAUSE_S, Platform, platform
from tests.bench.report import Row, times
from tests.bench.rounds import Scale

PER_SECOND = 30
AIM = 0.97
REPLY_AIM_S = 1.0
MESSAGES = 3000
REFUSED_AFTER = 100
BACKLOG = 20_000
REPLIES = 20
FAR_MS = 60
PAIRS = 50  # people who get two messages, one right behind the other
UNDER_WAY_S = 3.0
PATIENCE_S = 15.0
STOCK = "python-telegram-bot's AIORateLimiter"
WHY_SLOW = (
    "one message is on its way until its record is committed, so that a kill repeats at most one,"
    " which a busy machine or a far platform makes slower until the door has widened"
)


def _chats(messages: int) -> list[int]:
    """Whom the messages are for, in their order: some people are written to twice in a row."""
    pairs = min(PAIRS, messages // 4)
    twice = [FIRST_PERSON + number // 2 for number in range(2 * pairs)]
    return twice + [FIRST_PERSON + pairs + number for number in range(messages - 2 * pairs)]


async def _ours(messages: int, *, latency_ms: int = 0, refuse_after: int = 0) -> Platform:
    """What arrived of so many messages."""
    async with databases.sqlite() as db:
        await write(db, _chats(messages), "bulk", Priority.BROADCAST)
        async with (
            platform(messages, latency_ms=latency_ms, refuse_after=refuse_after) as there,
            dispatching(db, there.address),
        ):
            await until_empty(db)
    return there


async def _stock_sender(
    there: Platform, chats: Sequence[int], reply_to: int = 0, after_s: float = 0.0
) -> Process:
    words = (there.address, str(reply_to), str(after_s))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.stock_sender", *words),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
    )
    assert process.stdin is not None
    process.stdin.write(" ".join(map(str, chats)).encode())
    process.stdin.write_eof()
    return process


async def _stock(messages: int, *, refuse_after: int = 0) -> Platform:
    async with platform(messages, refuse_after=refuse_after) as there:
        await (await _stock_sender(there, _chats(messages))).wait()
    return there


async def _replies(backlog: int, replies: int, after_s: float) -> float:
    """The longest from the commit of a reply to its arrival (s), behind so many messages."""
    committed = {}
    async with databases.sqlite() as db:
        waiting = [FIRST_PERSON + number for number in range(backlog)]
        await write(db, waiting, "bulk", Priority.BROADCAST)
        async with (
            platform(backlog + replies) as there,
            dispatching(db, there.address) as dispatcher,
        ):
            await asyncio.sleep(after_s)
            for number in range(replies):
                chat = FIRST_PERSON + backlog + number
                await write(db, [chat], f"reply{number}", Priority.REPLY)
                committed[chat] = monotonic()
                dispatcher.poke()
                await asyncio.sleep(0.37)
            await asyncio.sleep(after_s)
    arrived = {call.chat: call.at for call in there.calls if not call.refused}
    return max(arrived.get(chat, float("inf")) - at for chat, at in committed.items())


async def _stock_reply(backlog: int, patience: float, after_s: float) -> float:
    """The same with the stock bot, once; infinite when we lost patience."""
    me = FIRST_PERSON + backlog
    async with platform(backlog + 1) as there:
        chats = [FIRST_PERSON + number for number in range(backlog)]
        process = await _stock_sender(there, chats, me, after_s)
        assert process.stdout is not None
        asked_at = float(await process.stdout.readline())
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await process.wait()
        if process.returncode is None:
            process.kill()
            await process.wait()
    return next((call.at for call in there.calls if call.chat == me), float("inf")) - asked_at


async def measure(scale: Scale) -> list[Row]:
    messages, some = scale.of(MESSAGES, 30), scale.of(3 * REFUSED_AFTER, 30)
    ours: list[Platform] = []
    stock: list[Platform] = []
    for _ in range(scale.rounds):
        mine, theirs = await asyncio.gather(_ours(messages), _stock(messages))
        ours.append(mine)
        stock.append(theirs)
    after = scale.of(REFUSED_AFTER, 10)
    refused = await asyncio.gather(
        _ours(some, refuse_after=after), _stock(some, refuse_after=after)
    )
    backlog, patience = scale.of(BACKLOG, 60), scale.of(PATIENCE_S, 1.0)
    after_s = scale.of(UNDER_WAY_S, 0.3)
    waited = await asyncio.gather(
        _replies(backlog, scale.of(REPLIES, 2), after_s), _stock_reply(backlog, patience, after_s)
    )
    far = await _ours(scale.of(MESSAGES, 10), latency_ms=FAR_MS)
    return [
        *_pace(messages, ours, stock, far),
        _after_refusal(*refused),
        Row(
            "d",
            f"s until a reply arrives behind {backlog:,}, the longest of {REPLIES}",
            f"{waited[0]:.2f}",
            (f"{waited[1]:.1f}" if waited[1] < patience else f"more than {patience:.0f}")
            + f": {STOCK}, once",
            times(waited[0] / min(waited[1], patience)),
            f"at most {REPLY_AIM_S:.0f}",
            waited[0] <= REPLY_AIM_S,
            WHY_SLOW,
        ),
    ]


def _pace(messages: int, ours: list[Platform], stock: list[Platform], far: Platform) -> list[Row]:
    def middle(of: Callable[[Platform], float]) -> tuple[float, float]:
        return median(map(of, ours)), median(map(of, stock))

    rate, other = middle(lambda it: it.rate)
    most, least = max(it.most_in_a_second() for it in ours), min(it.least_gap() for it in ours)
    most_stock, least_stock = (
        middle(lambda it: it.most_in_a_second())[1],
        middle(lambda it: it.least_gap())[1],
    )
    aim = AIM * PER_SECOND
    what = f"messages/s, {messages:,} messages"
    return [
        Row("d", what, f"{rate:.1f}", f"{other:.1f}: {STOCK}", times(rate / other),
            f"at least {aim:.1f}", rate >= aim, f"{rate:.1f}/s: {WHY_SLOW}."),
        Row("d", f"{what}, the platform {FAR_MS} ms away", f"{far.rate:.1f}", "", "",
            f"at least {aim:.1f}", far.rate >= aim, f"{far.rate:.1f}/s: {WHY_SLOW}."),
        Row("d", "most in any sliding second", f"{most}", f"{most_stock:.0f}: {STOCK}", "",
            f"at most {PER_SECOND}", most <= PER_SECOND, "A call arrived late."),
        Row("d", "least seconds between two to one chat", f"{least:.2f}",
            f"{least_stock:.2f}: {STOCK}", "", "at least 1", least >= 1, "A call arrived late."),
    ]  # fmt: skip


def _after_refusal(ours: Platform, stock: Platform) -> Row:
    (during, then), (other, other_then) = ours.after_refusal(), stock.after_refusal()
    return Row(
        "d",
        f"arrived within the {PAUSE_S} s that a 429 asked for, and in the second after",
        f"{during}, {then}",
        f"{other}, {other_then}: {STOCK}",
        "",
        f"0, at most {PER_SECOND}",
        during == 0 and then <= PER_SECOND,
        "It was on its way already.",
    )
