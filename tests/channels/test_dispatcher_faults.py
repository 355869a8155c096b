"""The dispatcher against our own server doing everything wrong, one thing at a time and all at
once: each message ends with a reason, none is lost, and only what was in doubt comes twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import chain

import pytest
from desk import Desk, say
from sqlalchemy import select

from bot.channels.base import Rendered, Sent, TryLater, Unknown
from bot.channels.telegram import TelegramChannel
from bot.demo.faults import CallFault
from bot.demo.server import BotApiServer
from bot.dispatcher import Dispatcher
from bot.pacing import UNLIMITED
from models.clock import monotonic
from models.messages import Edit
from models.outbox import Delivery, OutboxRow, Priority

PEOPLE = 8
EACH = 4
ROUNDS = 40


class Noted(TelegramChannel):
    """Remembers when it set out, when it was told to wait, and how often it did not know."""

    def __init__(self, token: str, root: str) -> None:
        # The timeout leaves a busy machine room, and is far below a hang.
        super().__init__(token, root=root, limits=UNLIMITED, timeout=2.0)
        self.set_out: list[float] = []
        self.pauses: list[tuple[float, float]] = []
        self.unknown: Counter[str] = Counter()
        self.timeouts = 0

    async def send(self, chat: str, part: Rendered) -> Sent:
        self.set_out.append(monotonic())
        try:
            return await super().send(chat, part)
        except TryLater as error:
            now = monotonic()
            self.pauses.append((now, now + error.seconds))
            raise
        except Unknown as error:
            self.unknown[part.text] += 1
            self.timeouts += error.reason == "timeout"
            raise


class Bench:
    """A full outbox, a server, and the dispatcher between them."""

    def __init__(self, desk: Desk, server: BotApiServer, channel: Noted) -> None:
        self.desk = desk
        self.server = server
        self.channel = channel
        self.dispatcher = Dispatcher(
            desk.db, {"telegram": channel}, desk.clock, say, monotonic, desk.on_unreachable
        )

    async def fill(self) -> None:
        for n, account in enumerate(await self.desk.people(PEOPLE), 1):
            self.server.add_person(n, f"P{n}")
            self.server.start(n)
            for k in range(EACH):
                await self.desk.put(account, f"{n}:{k}", priority=Priority.NOTICE)

    async def drain(self) -> None:
        """Until nothing waits; between two rounds the time of every retry comes."""
        for _ in range(ROUNDS):
            await self.dispatcher.drain()
            if Delivery.WAITING not in (await self.desk.states()).values():
                return
            self.desk.clock.move_to(self.desk.clock.now() + timedelta(minutes=5))
        raise AssertionError("something waits for ever")

    def heard(self, who: int) -> list[str]:
        return [shown.text for shown in self.server.chat(who) if shown.by_bot]

    async def check(self) -> None:
        """What holds whatever went wrong."""
        async with self.desk.db.read() as session:
            rows = {row.dedupe_key: row for row in await session.scalars(select(OutboxRow))}
        assert len(rows) == PEOPLE * EACH
        all_heard = Counter(chain.from_iterable(self.heard(n) for n in range(1, PEOPLE + 1)))
        for key, row in rows.items():
            match row.state:
                case Delivery.SENT:
                    assert all_heard[key] >= 1
                case Delivery.FAILED | Delivery.SKIPPED:
                    assert row.reason
                case other:
                    raise AssertionError(f"{key} is {other}")
            assert row.unknown == self.channel.unknown[key]
            assert all_heard[key] <= 1 + row.unknown, "only what was in doubt comes twice"
        for n in range(1, PEOPLE + 1):
            first_time = list(dict.fromkeys(self.heard(n)))
            assert first_time == sorted(first_time)
        for told_at, until in self.channel.pauses:
            assert not [at for at in self.channel.set_out if told_at < at < until]


@pytest.fixture
async def bench(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    # A platform that was away is tried again at once; a row waits for the clock that we move.
    monkeypatch.setattr("bot.courier.jittered", lambda streak, cap: 0.01)
    server = BotApiServer(seed=7)
    async with server.serving() as url:
        channel = Noted(server.token, url)
        found = Bench(desk, server, channel)
        await found.fill()
        yield found
        await channel.close()


ONE_BY_ONE: dict[CallFault, dict[str, float]] = {
    "429": {"retry_after": 1, "times": 1},
    "500": {},
    "403": {"times": 2},
    "hang": {"seconds": 60, "times": 1},
    "drop_before": {},
    "drop_after": {},
}


@pytest.mark.parametrize("db", ["sqlite"], indirect=True)
@pytest.mark.parametrize("kind", ONE_BY_ONE)
async def test_one_fault_is_lived_through(bench: Bench, kind: CallFault) -> None:
    options = {"times": 5, **ONE_BY_ONE[kind]}
    fault = bench.server.faults.push(kind, method="sendMessage", probability=0.25, **options)  # type: ignore[arg-type]
    await bench.drain()
    assert fault.times == 0, "it has struck"
    await bench.check()
    states = Counter((await bench.desk.states()).values())
    repeats = sum(len(bench.heard(n)) for n in range(1, PEOPLE + 1)) - states["sent"]
    if kind == "403":
        assert states["failed"] == len(bench.desk.lost) == 2
    else:
        assert states == {"sent": PEOPLE * EACH}
    if kind in ("hang", "drop_after"):
        assert repeats >= options["times"]  # it had arrived, and nobody could know
    else:
        assert repeats <= bench.channel.timeouts  # of which only a very busy machine has any
    if kind == "429":
        assert len(bench.channel.pauses) == 1


async def test_all_faults_at_random_are_lived_through(bench: Bench) -> None:
    for kind in ("500", "drop_before", "drop_after"):
        bench.server.faults.push(kind, probability=0.1, times=None)  # type: ignore[arg-type]
    bench.server.faults.push("429", probability=0.1, times=2)
    bench.server.faults.push("hang", probability=0.1, times=1, seconds=60)
    bench.server.faults.push("403", probability=0.05, times=1)
    await bench.drain()
    await bench.check()
    outcomes = " ".join(call.outcome for call in bench.server.calls)
    for mark in ("drop_before", "drop_after", "hang", "429", "500", "403"):
        assert mark in outcomes


@pytest.mark.parametrize("db", ["sqlite"], indirect=True)
async def test_an_edit_in_doubt_is_made_once(bench: Bench) -> None:
    """An edit that arrived twice looks like one that arrived once."""
    await bench.drain()
    shown = bench.server.chat(1)[-1]
    bench.server.faults.push("drop_after", method="editMessageText", times=3)
    async with bench.desk.db.read() as session:
        account = await session.scalar(select(OutboxRow.account_id).limit(1))
    assert account is not None
    before = len(bench.heard(1))
    await bench.desk.put(account, "edited", edit=Edit.REPLACE, edits=str(shown.message_id))
    await bench.drain()
    assert (await bench.desk.row("edited")).unknown == 3
    assert (bench.heard(1)[-1], len(bench.heard(1))) == ("edited", before)
