"""Leave in her own words."""

from __future__ import annotations

import contextlib
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.engine.parse_leave import parse_leave
from handlers.engine.parse_span import DaysSaid, span
from handlers.engine.parse_text import Unreadable

MONDAY = date(2022, 7, 4)
TOMORROW, FRIDAY = MONDAY + timedelta(days=1), date(2022, 7, 8)
THURSDAY = date(2022, 7, 7)


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("今天请假", MONDAY, None),
        ("今天下午请假", MONDAY, None),
        ("我今天想请假。", MONDAY, None),
        ("今天請假", MONDAY, None),
        ("今天请假一天", MONDAY, MONDAY),
        ("明天请假", TOMORROW, None),
        ("后天请假", MONDAY + timedelta(days=2), None),
        ("我要请个假", None, None),
        ("请假到明天", None, TOMORROW),
        ("今天请假到7月8日", MONDAY, FRIDAY),
        ("我请假到周五", None, FRIDAY),
        ("明天到周五请假", TOMORROW, FRIDAY),
        ("7月5号-7月8号请假", TOMORROW, FRIDAY),
        ("请假7.5-7.8", TOMORROW, FRIDAY),
        ("明天请三天假", TOMORROW, THURSDAY),
        ("明天起请假3天", TOMORROW, THURSDAY),
        ("周五到周二请假", FRIDAY, date(2022, 7, 12)),
        ("leave today", MONDAY, None),
        ("leave from tomorrow to Friday", TOMORROW, FRIDAY),
        ("On leave until tomorrow", None, TOMORROW),
    ],
)
def test_leave_is_understood(text: str, since: date | None, until: date | None) -> None:
    assert parse_leave(text, MONDAY) == DaysSaid(since, until)


@pytest.mark.parametrize(
    "text", ["", "打卡", "他今天请假了吗", "王芳请假", "leave me alone", "2月30日请假", "请假条"]
)
def test_other_words_are_no_leave(text: str) -> None:
    assert parse_leave(text, MONDAY) is None


@given(st.text(max_size=30))
def test_any_text_is_taken(text: str) -> None:
    parse_leave(text + "请假", MONDAY)
    parse_leave("leave until " + text, MONDAY)


def test_a_beginning_without_an_end_is_told_apart() -> None:
    assert parse_leave("从明天开始请假", MONDAY) == DaysSaid(TOMORROW, None, open=True)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("明天", MONDAY, TOMORROW),
        ("tomorrow only", TOMORROW, TOMORROW),
        ("只请明天", TOMORROW, TOMORROW),
        ("明天到7月８日", TOMORROW, FRIDAY),
        ("两天", MONDAY, TOMORROW),
    ],
)
def test_a_day_alone_is_the_last_one(text: str, first: date, last: date) -> None:
    assert span(text, MONDAY) == (first, last)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("明天起", "span_open"),
        ("后天到明天", "span_order"),
        ("火星", "span_format"),
        ("明天到火星", "span_format"),
        ("0天", "span_format"),
        ("2月30日", "date_invalid"),
    ],
)
def test_what_is_no_span_is_refused(text: str, code: str) -> None:
    with pytest.raises(Unreadable) as caught:
        span(text, MONDAY)
    assert caught.value.code == code


@given(st.text(max_size=30))
def test_any_text_is_a_span_or_unreadable(text: str) -> None:
    with contextlib.suppress(Unreadable):
        first, last = span(text + "到周五", MONDAY)
        assert first <= last
