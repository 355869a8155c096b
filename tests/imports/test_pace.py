"""As many rows at a time as others may wait for, on this machine, now."""

from __future__ import annotations

import pytest

from bot.imports.pace import AIM_S, FEWEST, MOST, Pace


@pytest.mark.parametrize("row_s", [0.0001, 0.0002, 0.0003])
def test_the_rows_of_a_transaction_come_to_take_as_long_as_others_may_wait(row_s: float) -> None:
    pace = Pace()
    for _ in range(20):
        pace.note(pace.size(), pace.size() * row_s)
    assert pace.size() * row_s == pytest.approx(AIM_S, rel=0.1)


def test_a_slow_or_a_fast_machine_keeps_within_bounds() -> None:
    pace = Pace()
    for _ in range(20):
        pace.note(pace.size(), 0.0)
    assert pace.size() == MOST
    for _ in range(20):
        pace.note(pace.size(), 3.0)
    assert pace.size() == FEWEST
