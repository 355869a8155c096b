"""Every word key that the engine can say, and an answer's value in words.

For tests of the catalogues, and for features that list what was answered. Keys only: the words
are in locales/.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from handlers.engine.form import Form, Mode
from handlers.engine.lists import ListQuestion
from handlers.engine.parse import ERRORS
from handlers.engine.plan import plan
from handlers.engine.question import Question
from handlers.engine.refusals import CONSTRAINTS
from handlers.engine.vocabulary import SYNONYMS
from models.identity import IdKind
from models.messages import Text, verbatim

REFUSALS: Mapping[str, tuple[str, ...]] = {
    "choice_unknown": ("text",),
    "contact_not_own": (),
    "expected_day": (),
    "expected_identity": (),
    "expected_location": (),
    "expected_moment": (),
    "expected_name": (),
    "expected_number": (),
    "expected_phone": (),
    "expected_photo": (),
    "expected_pick": (),
    "expected_span": (),
    "expected_tap": (),
    "expected_temperature": (),
    "expected_text": (),
    "expected_transport": (),
    "first_question": (),
    "invalid": (),
    "no_skip": (),
    "pick_none": ("text",),
}
"""The engine's own reasons not to take an answer, with their placeholders."""

_SHARED: Mapping[str, tuple[str, ...]] = {
    "engine.about": ("item",),
    "engine.add": (),
    "engine.add_another": (),
    "engine.cancelled": (),
    "engine.change": (),
    "engine.choose_edit": (),
    "engine.current": ("value",),
    "engine.edited_hint": (),
    "engine.flagged": ("label",),
    "engine.form_changed": (),
    "engine.keep": (),
    "engine.more": (),
    "engine.no": (),
    "engine.noted": (),
    "engine.nth": ("nth",),
    "engine.on": ("label",),
    "engine.progress": ("n", "of"),
    "engine.remove": (),
    "engine.rest_fine": (),
    "engine.rest_unread": ("text",),
    "engine.resume": ("n",),
    "engine.resume_review": (),
    "engine.returned": (),
    "engine.review": (),
    "engine.review_line": ("label", "value"),
    "engine.share_contact": (),
    "engine.share_location": (),
    "engine.skip_typed": (),
    "engine.stale": (),
    "engine.to_list": (),
    "engine.use_typed": ("text",),
    "engine.yes": (),
    "engine.value.all_fine": (),
    "engine.value.celsius": ("value",),
    "engine.value.day": ("on",),
    "engine.value.item": ("item", "values"),
    "engine.value.items": ("items", "n"),
    "engine.value.location": ("latitude", "longitude"),
    "engine.value.moment": ("at",),
    "engine.value.photo": (),
    "engine.value.several": ("items",),
    "engine.value.skipped": (),
    "engine.value.span": ("first", "last"),
    "engine.value.transport": ("mode", "number"),
}


def _engine_keys() -> dict[str, frozenset[str]]:
    errors = {f"engine.error.{c}": p for c, p in {**CONSTRAINTS, **ERRORS, **REFUSALS}.items()}
    modes = {f"engine.transport.{mode}": () for mode in Mode}
    papers = {f"engine.value.{k}": ("number",) for k in IdKind if k is not IdKind.RESIDENT}
    steering = dict.fromkeys([*SYNONYMS, *(synonym.key for synonym in SYNONYMS.values())], ())
    every: dict[str, tuple[str, ...]] = {**_SHARED, **errors, **modes, **papers, **steering}
    return {key: frozenset(names) for key, names in every.items()}


ENGINE_KEYS: Mapping[str, frozenset[str]] = _engine_keys()
"""The words that all forms share, with the placeholders that they may use."""


def word_keys(form: type[Form]) -> set[str]:
    """Every key of its own that a form can reach, with those of its sub-forms."""
    keys = {f"{form.code}.title"} | _errors(form)
    for question in plan(form).questions:
        keys |= question.words()
        if isinstance(question, ListQuestion):
            keys |= _errors(question.sub).union(*(inner.words() for inner in question.questions))
    return keys


def _errors(form: type[Form]) -> set[str]:
    return {f"{form.code}.error.{code}" for code in form.errors}


def field_label(form: type[Form], field: str) -> Text:
    """A field's short name."""
    return plan(form).by_name[field].label


def value_text(
    form: type[Form], field: str, value: Any, labels: Mapping[str, str] | None = None
) -> Text:
    """A field's value (or its JSON) in words; `labels` as in `Draft.labels`."""
    question: Question = plan(form).by_name[field]
    if value is None:
        return Text("engine.value.skipped")
    try:
        return question.show(question.adapter.validate_python(value), labels or {})
    except ValidationError:
        return verbatim(str(value))  # a record of an older version
