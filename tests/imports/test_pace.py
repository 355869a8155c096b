"""As many rows at a time as others may wait for, on this machine, now."""

from __future__ import annotations

import pytest

from bot.imports.pace import ALONE, AMONG_OTHERS, LATELY_S, MOST, Pace

ROW_S = 0.00008


def settled(row_s: float, *, others: bool) -> int:
    """How many rows go into a transaction in the end, where each takes `row_s`."""
    pace = Pace()
    for _ in range(200):
        pace.note(pace.size(), pace.size() * row_s, others=others)
    return pace.size()


@pytest.mark.parametrize("row_s", [0.00004, 0.00006, ROW_S])
def test_the_rows_of_a_transaction_come_to_take_as_long_as_others_may_wait(row_s: float) -> None:
    among, alone = settled(row_s, others=True), settled(row_s, others=False)
    assert among * row_s == pytest.approx(AMONG_OTHERS.aim_s, rel=0.1)
    assert alone * row_s == pytest.approx(ALONE.aim_s, rel=0.1)


def test_whoever_comes_makes_transactions_short_until_nobody_came_for_a_while() -> None:
    pace = Pace()
    pace.note(pace.size(), pace.size() * ROW_S, others=True)
    held = 0.0
    while held < LATELY_S - AMONG_OTHERS.aim_s:
        seconds = pace.size() * ROW_S
        assert seconds <= AMONG_OTHERS.aim_s
        pace.note(pace.size(), seconds, others=False)
        held += seconds
    for _ in range(10):
        pace.note(pace.size(), pace.size() * ROW_S, others=False)
    assert pace.size() * ROW_S > AMONG_OTHERS.aim_s


def test_a_slow_or_a_fast_machine_keeps_within_bounds() -> None:
    assert settled(0.0, others=True) == settled(0.0, others=False) == MOST
    assert settled(0.05, others=True) == AMONG_OTHERS.fewest
    assert settled(0.05, others=False) == ALONE.fewest
