"""Any event in any state is answered: no exception, no silence, and the draft can be stored."""

from __future__ import annotations

from typing import Any

import pytest
from engine_forms import FORMS, walk
from engine_walk import Walk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers.engine.form import Form

WORDS = [
    *("36.5", "38.5 咳嗽", "王芳", "王芳 110101199003070038", "13800001111", "武侯区", "朝阳"),
    *("昨天下午3点", "明天", "高铁G1234", "是", "没有", "无", "1", "2", "3", "9", "花园小区3栋"),
    *("返回", "取消", "跳过", "提交", "修改", "完成", "全部正常"),
    *("长" * 5000, "9" * 300, "\ud800"),
]
TYPED = st.one_of(
    st.text(max_size=30),
    st.sampled_from(WORDS),
)
EVENTS = st.one_of(
    st.tuples(st.just("press"), st.integers(0, 40)),
    st.tuples(st.just("press"), st.integers(0, 40)),
    st.tuples(st.just("old"), st.integers(0, 200)),
    st.tuples(st.just("text"), TYPED),
    st.tuples(st.just("edited"), TYPED),
    st.tuples(st.just("tap"), st.text(max_size=40)),
    st.tuples(st.just("contact"), TYPED),
    st.tuples(st.just("photo"), TYPED),
    st.tuples(st.just("location"), st.floats() | st.none()),
    st.tuples(st.just("other"), st.just("")),
    st.tuples(st.just("show"), st.just("")),
)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.code)
@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(events=st.lists(EVENTS, max_size=25), prefilled=st.booleans())
def test_any_events_are_answered(form: type[Form], events: list[Any], prefilled: bool):
    w = walk(form, answers=PREFILLED if prefilled else {})
    for kind, value in events:
        if w.draft is None:
            return
        happen(w, kind, value)


PREFILLED = {
    "whom": "family",
    "phone": "13800001111",
    "document": {"kind": "passport", "number": "E12345678"},
    "origin": "510000",
    "companions": [{"name": "小明", "age": 7}],
    "venue": "venue3",
    "temperature": "38.5",
}


def happen(w: Walk, kind: str, value: Any) -> None:
    """One event of the generated kind; `Walk` checks what came of it."""
    buttons = [b.data for message in w.seen for row in message.rows for b in row]
    shown = [b.data for row in w.reply.rows for b in row]
    match kind:
        case "press" if shown:
            w.tap_data(shown[value % len(shown)])
        case "old" if buttons:
            w.tap_data(buttons[value % len(buttons)])
        case "press" | "old" | "show":
            w.show()
        case "edited":
            w.hear(kind="text", text=value, edited=True)
        case "tap":
            w.tap_data(value)
        case "contact":
            w.hear(kind="contact", phone=value, own_contact=len(value) % 2 == 0)
        case "photo":
            w.hear(kind="photo", file="ph", text=value)
        case "location":
            w.hear(kind="location", latitude=value, longitude=10.0)
        case _:
            w.hear(kind=kind, text=value)
