"""The word keys: every key that a walk reaches is one that the catalogues are asked for."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from engine_forms import FORMS, Report, Whom, walk
from engine_walk import WORDS

from handlers import engine
from handlers.engine.form import Form
from handlers.engine.words import ENGINE_KEYS, field_label, value_text, word_keys
from models.messages import VERBATIM, Outbound, Text

TYPED = ("36.5", "38.5 咳嗽", "1", "王芳 110101199003070038", "13800001111", "朝阳", "武侯区")
MORE = (
    "昨天",
    "高铁G1234",
    "花园小区3栋",
    "火星文",
    "返回",
    "修改",
    "30.6 104",
    "跳过",
    "长" * 600,
)


def texts(value: object) -> Iterator[Text]:
    """Every Text in a message, those inside others too."""
    match value:
        case Text(key=key, params=params):
            if key != VERBATIM:
                yield value
            for inner in params.values():
                yield from texts(inner)
        case list() | tuple():
            for inner in value:
                yield from texts(inner)
        case Outbound(lines=lines, rows=rows):
            yield from texts(lines)
            yield from texts([button.label for row in rows for button in row])


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.code)
def test_no_walk_says_a_key_that_is_not_declared(form: type[Form]):
    declared = word_keys(form)
    for first in range(4):
        w = walk(form)
        for turn, typed in enumerate((TYPED + MORE) * 3):
            if w.draft is None:
                break
            shown = [b.data for row in w.reply.rows for b in row]
            shown = [data for data in shown if not data.endswith(".cancel")]
            if shown and turn % 2:
                w.tap_data(shown[(turn * (first + 1)) % len(shown)])
            else:
                w.type(typed)
        assert len(w.seen) > 1
        for text in texts(w.seen):
            if text.key not in declared:
                assert set(text.params) <= ENGINE_KEYS[text.key], text


def test_every_key_in_the_code_is_declared():
    """A refusal or a shared word that no catalogue knows would reach a person as a bare key."""
    said = set()
    for path in Path(engine.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                said |= keys_of(node)
    assert said <= ENGINE_KEYS.keys()
    assert len(said) > 40


def keys_of(call: ast.Call) -> set[str]:
    """The whole keys that a call of Text or refuse names."""
    first = call.args[0]
    if not isinstance(first, ast.Constant) or not isinstance(call.func, ast.Name):
        return set()
    match call.func.id:
        case "Text" if str(first.value).startswith("engine."):
            return {str(first.value)}
        case "refuse":
            return {f"engine.error.{first.value}"}
    return set()


def test_a_form_declares_its_own_words():
    keys = word_keys(Report)
    assert {"report.title", "report.name.ask", "report.name.label"} <= keys
    assert {"report.whom.choice.self", "report.left_on.quick.today"} <= keys
    assert {"report.address.help", "companion.age.ask"} <= keys
    assert "report.name.help" not in keys


def test_the_words_of_the_test_are_words_of_the_engine():
    own = set().union(*(word_keys(form) for form in FORMS))
    assert WORDS.keys() <= ENGINE_KEYS.keys() | own


def test_values_are_said_as_values_or_as_json():
    assert field_label(Report, "name") == Text("report.name.label")
    assert value_text(Report, "whom", Whom.SELF) == Text("report.whom.choice.self")
    assert value_text(Report, "whom", "self") == Text("report.whom.choice.self")
    assert value_text(Report, "whom", "gone").params == {"text": "gone"}
    assert value_text(Report, "left_on", "2022-03-05").params == {"on": date(2022, 3, 5)}
    assert value_text(Report, "door", None) == Text("engine.value.skipped")
    labels = {"divisions:510000": "武侯区"}
    assert value_text(Report, "origin", "510000", labels).params == {"text": "武侯区"}
    assert value_text(FORMS[1], "temperature", Decimal("36.5")).key == "engine.value.celsius"
