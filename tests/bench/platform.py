"""The strict local Bot API server as a process of its own, and what it received.

`python -m tests.bench.platform PEOPLE LATENCY_MS REFUSE_AFTER`: prints its address; told to stop
by a line, it prints every call. After REFUSE_AFTER calls (0: never) one is refused for 2 seconds.
"""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bot.demo.faults import Fault, Faults
from bot.demo.server import BotApiServer

PAUSE_S = 2
FIRST_PERSON = 1000


@dataclass(frozen=True, slots=True)
class Call:
    """A message that arrived: when (monotonic seconds), for whom, whether it was refused."""

    at: float
    chat: int
    refused: bool


@dataclass(slots=True)
class Platform:
    """The server seen from outside; `calls` is filled when it has stopped."""

    address: str
    calls: list[Call] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Messages a second that it took, from the first to the last."""
        taken = [call.at for call in self.calls if not call.refused]
        return (len(taken) - 1) / (taken[-1] - taken[0])

    def most_in_a_second(self) -> int:
        """Of all that arrived, refused or not, in any sliding second."""
        moments = [call.at for call in self.calls]
        first, most = 0, 0
        for last, moment in enumerate(moments):
            while moments[first] <= moment - 1.0:
                first += 1
            most = max(most, last - first + 1)
        return most

    def least_gap(self) -> float:
        """Seconds between two messages to the same chat."""
        before: dict[int, float] = {}
        gaps = [60.0]
        for call in self.calls:
            if call.chat in before:
                gaps.append(call.at - before[call.chat])
            before[call.chat] = call.at
        return min(gaps)

    def after_refusal(self) -> tuple[int, int]:
        """How many arrived while everybody was to wait, and in the first second after that."""
        refused_at = next(call.at for call in self.calls if call.refused)
        until = refused_at + PAUSE_S
        during = sum(refused_at < call.at < until for call in self.calls)
        return during, sum(until <= call.at < until + 1 for call in self.calls)


@asynccontextmanager
async def platform(
    people: int, *, latency_ms: int = 0, refuse_after: int = 0
) -> AsyncIterator[Platform]:
    """A server with so many people who have all written to the bot."""
    words = (str(people), str(latency_ms), str(refuse_after))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.platform", *words, stdin=PIPE, stdout=PIPE, limit=1 << 28
    )
    assert process.stdout is not None
    made = Platform((await process.stdout.readline()).decode().strip())
    try:
        yield made
    finally:
        told, _ = await process.communicate(b"stop\n")
        made.calls.extend(Call(*call) for call in json.loads(told))


class _OneRefusal(Faults):
    """The message after so many others comes too fast."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self._left = after

    def take_for_call(self, method: str) -> Fault | None:
        self._left -= method == "sendMessage"
        if self._left == -1:
            self._left = sys.maxsize
            return Fault("429", retry_after=PAUSE_S)
        return super().take_for_call(method)


async def _serve(people: int, latency_ms: int, refuse_after: int) -> None:
    server = BotApiServer(strict=True)
    for number in range(people):
        server.add_person(FIRST_PERSON + number, "王芳").started = True
    if refuse_after:
        server.faults = _OneRefusal(refuse_after)
    if latency_ms:
        server.faults.push("hang", method="sendMessage", times=None, seconds=latency_ms / 1000)
    async with server.serving() as address:
        print(address, flush=True)
        await asyncio.to_thread(sys.stdin.readline)
    calls = server.called("sendMessage")
    told_calls = [
        (call.at_monotonic, int(call.params["chat_id"]), call.outcome.startswith("429"))
        for call in calls
    ]
    print(json.dumps(told_calls))


if __name__ == "__main__":
    asyncio.run(_serve(*(int(word) for word in sys.argv[1:4])))
