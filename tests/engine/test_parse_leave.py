"""Leave in her own words."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.engine.parse_leave import LeaveSaid, parse_leave

MONDAY = date(2022, 7, 4)
TOMORROW, FRIDAY = MONDAY + timedelta(days=1), date(2022, 7, 8)


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("今天请假", MONDAY, None),
        ("今天下午请假", MONDAY, None),
        ("我今天想请假。", MONDAY, None),
        ("今天請假", MONDAY, None),
        ("今天请假一天", MONDAY, None),
        ("明天请假", TOMORROW, None),
        ("后天请假", MONDAY + timedelta(days=2), None),
        ("我要请个假", None, None),
        ("请假到明天", None, TOMORROW),
        ("今天请假到7月8日", MONDAY, FRIDAY),
        ("我请假到周五", None, FRIDAY),
        ("leave today", MONDAY, None),
        ("On leave until tomorrow", None, TOMORROW),
    ],
)
def test_leave_is_understood(text: str, since: date | None, until: date | None) -> None:
    assert parse_leave(text, MONDAY) == LeaveSaid(since, until)


@pytest.mark.parametrize(
    "text", ["", "打卡", "他今天请假了吗", "王芳请假", "leave me alone", "2月30日请假", "请假条"]
)
def test_other_words_are_no_leave(text: str) -> None:
    assert parse_leave(text, MONDAY) is None


@given(st.text(max_size=30))
def test_any_text_is_taken(text: str) -> None:
    parse_leave(text + "请假", MONDAY)
    parse_leave("leave until " + text, MONDAY)
