"""The narrow door: how many messages may be on their way at once."""

from __future__ import annotations

from bot.passage import ENOUGH, OVERTAKE_S, Passage


def walked(passage: Passage, seconds: float, times: int = ENOUGH) -> Passage:
    for n in range(times):
        passage.enter(n, 100.0 * n)
        passage.answered(n)
        passage.leave(n, 100.0 * n + seconds)
    return passage


def test_one_at_a_time_until_the_distance_is_known() -> None:
    passage = walked(Passage(30, 16), 0.2, ENOUGH - 1)
    assert passage.width == 1
    passage.enter(1, 0.0)
    assert not passage.is_open(0.5)
    passage.leave(1, 0.5)
    assert passage.is_open(0.5)


def test_a_near_platform_gets_one_at_a_time_and_a_far_one_as_many_as_the_pace_needs() -> None:
    assert walked(Passage(30, 16), 0.005).width == 1
    assert walked(Passage(30, 16), 0.06).width == 3
    assert walked(Passage(30, 16), 0.2).width == 8
    assert walked(Passage(30, 16), 5.0).width == 16


def test_a_busy_machine_does_not_look_like_a_far_platform() -> None:
    passage = walked(Passage(30, 16), 0.5)
    assert walked(passage, 0.01, 1).width == 1


def test_a_refused_connection_does_not_look_like_a_near_platform() -> None:
    passage = walked(Passage(30, 16), 0.2)
    passage.enter(1, 0.0)
    passage.leave(1, 0.001)
    assert passage.width == 8


def test_whoever_hangs_is_overtaken() -> None:
    passage = Passage(30, 16)
    passage.enter(1, 0.0)
    assert not passage.is_open(OVERTAKE_S - 0.1)
    assert passage.is_open(OVERTAKE_S)


def test_a_record_that_waits_is_not_overtaken() -> None:
    passage = Passage(30, 16)
    passage.enter(1, 0.0)
    passage.answered(1)
    assert not passage.is_open(1_000.0)
    passage.leave(1, 1_000.0)
    assert passage.is_open(1_000.0)


def test_leaving_without_having_entered_is_no_error() -> None:
    passage = Passage(30, 16)
    passage.leave(7, 1.0)
    assert passage.is_open(1.0)
