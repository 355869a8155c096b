"""No schedule breaks a limit, and nobody waits longer than a limit asks for."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pacing import UNLIMITED, Limits, Pace, backoff


@dataclass(frozen=True)
class Wish:
    at: float
    chat: str
    urgent: bool
    answer: bool

    @property
    def group(self) -> bool:
        return ":-" in self.chat


wishes = st.builds(
    Wish,
    st.floats(0, 5),
    st.sampled_from(["t:1", "t:2", "t:3", "t:-9"]) | st.integers(10, 60).map(lambda n: f"t:{n}"),
    st.booleans(),
    st.booleans(),
)
pauses = st.lists(st.tuples(st.floats(0, 5), st.floats(0, 4)), max_size=3)


def play(
    pace: Pace,
    asked: list[Wish],
    paused: Sequence[tuple[float, float]] = (),
    late: float = 0.0,
) -> list[tuple[float, Wish]]:
    """Let everybody ask, and ask again when told to or a little `late`; who was served when."""
    queue: list[tuple[float, int, Wish | float]] = [(w.at, i, w) for i, w in enumerate(asked)]
    queue += [(at, -1 - i, seconds) for i, (at, seconds) in enumerate(paused)]
    heapq.heapify(queue)
    served = []
    while queue:
        now, order, wish = heapq.heappop(queue)
        if not isinstance(wish, Wish):
            pace.pause(now, wish)
            continue
        wait = pace.take(wish.chat, now, urgent=wish.urgent, answer=wish.answer, group=wish.group)
        if wait:
            heapq.heappush(queue, (now + wait + late, order, wish))
        else:
            served.append((now, wish))
    return served


def most_within(moments: list[float], window: float) -> int:
    return max((sum(1 for m in moments if s <= m < s + window) for s in moments), default=0)


@given(st.lists(wishes, max_size=120), pauses)
def test_no_schedule_breaks_a_limit(asked: list[Wish], paused: list[tuple[float, float]]) -> None:
    served = play(Pace(Limits()), asked, paused)
    assert len(served) == len(asked)
    moments = [at for at, _ in served]
    assert most_within(moments, 1.0) <= 30
    for chat in {wish.chat for _, wish in served}:
        mine = [at for at, w in served if w.chat == chat and (w.group or not w.answer)]
        if ":-" in chat:
            assert most_within(mine, 60.0) <= 20
        else:
            assert all(later - earlier >= 1.0 for earlier, later in pairwise(mine))
    for at, seconds in paused:
        assert not [m for m in moments if at < m < at + seconds]


@given(st.integers(31, 90), st.floats(0.5, 20))
def test_a_pause_is_not_followed_by_a_stampede(count: int, seconds: float) -> None:
    pace = Pace(Limits())
    pace.pause(0.0, seconds)
    asked = [Wish(0.1, f"t:{n}", urgent=True, answer=False) for n in range(count)]
    moments = [at for at, _ in play(pace, asked)]
    assert moments[0] >= seconds
    assert most_within(moments, 0.2) <= 7


def test_a_shorter_pause_does_not_end_a_longer_one() -> None:
    pace = Pace(Limits())
    pace.pause(0.0, 10.0)
    pace.pause(1.0, 2.0)
    assert pace.paused(5.0) == 5.0


def test_thirty_people_who_wait_are_answered_at_once() -> None:
    pace = Pace(Limits())
    waits = [pace.take(f"t:{n}", 0.0, urgent=True) for n in range(31)]
    assert waits[:30] == [0.0] * 30
    assert 1.0 <= waits[30] <= 1.1


def test_a_reply_waits_for_one_slot_of_a_broadcast() -> None:
    pace = Pace(Limits())
    flood = [Wish(0.0, f"t:{n}", urgent=False, answer=False) for n in range(200)]
    last = max(at for at, _ in play(pace, flood))
    assert pace.take("t:999", last, urgent=True) < 1.02 / 30


@pytest.mark.parametrize("late", [0.0, 0.0008, 0.0015])
def test_a_broadcast_keeps_97_of_a_hundred_of_what_is_allowed(late: float) -> None:
    """Whoever is served last has slept often: what its timers lose is caught up with."""
    flood = [Wish(0.0, f"t:{n}", urgent=False, answer=False) for n in range(301)]
    moments = [at for at, _ in play(Pace(Limits()), flood, late=late)]
    assert 300 / moments[-1] > 0.97 * 30
    assert most_within(moments, 1.0) <= 30


@given(st.lists(st.floats(0.02, 0.4), min_size=100, max_size=200))
def test_a_call_that_arrives_late_is_not_overtaken_by_those_behind_it(took: list[float]) -> None:
    """One after the other, each as late as can be: the platform still counts no more than 30."""
    pace = Pace(Limits())
    now, arrived = 0.0, []
    pace.answered("t:0", -1.0, -1.0 + 0.02)  # the way there and back, when nothing is in the way
    for number, seconds in enumerate(took):
        while wait := pace.take(f"t:{number}", now, urgent=True):
            now += wait
        arrived.append(now + seconds - 0.01)
        pace.answered(f"t:{number}", now, now + seconds)
        now += seconds
    assert most_within(arrived, 1.0) <= 30


def test_a_chat_rests_from_when_a_late_message_may_have_arrived() -> None:
    pace = Pace(Limits())
    pace.answered("t:0", -1.0, -1.0 + 0.02)
    assert pace.take("t:1", 0.0, urgent=True) == 0.0
    pace.answered("t:1", 0.0, 0.52)
    assert pace.rest("t:1", 0.52) == pytest.approx(1.03)


def test_an_answer_to_a_tap_does_not_wait_for_its_chat() -> None:
    pace = Pace(Limits())
    assert pace.take("t:1", 0.0, urgent=True) == 0.0
    assert pace.take("t:1", 0.1, urgent=True) > 0.9
    assert pace.take("t:1", 0.1, urgent=True, answer=True) == 0.0
    assert pace.resting(0.2) == ["t:1"]
    assert pace.take("t:1", 1.06, urgent=True) == 0.0


def test_a_full_group_rests_for_a_minute() -> None:
    pace = Pace(Limits())
    for n in range(20):
        assert pace.take("t:-9", n / 2, urgent=True, group=True) == 0.0
    assert 50 < pace.rest("t:-9", 10.0, group=True) <= 51
    assert pace.resting(10.0) == ["t:-9"]
    assert pace.take("t:-9", 10.0, urgent=True, answer=True, group=True) > 50


def test_unlimited_never_waits() -> None:
    pace = Pace(UNLIMITED)
    assert not any(pace.take("t:1", 0.0, urgent=False) for _ in range(1000))


@pytest.mark.parametrize("streak", [1, 3, 9, 10_000])
def test_backoff_grows_to_its_cap(streak: int) -> None:
    assert backoff(streak, 0.0) == min(60.0, 2.0 ** min(streak, 10)) / 2
    assert backoff(streak, 1.0) <= 60.0
