"""Declarations: what can be asked, and what is refused when the form is first used."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import pytest
from engine_forms import Person
from pydantic import ValidationError

from handlers.engine.context import mark
from handlers.engine.form import Ask, Checklist, Form
from handlers.engine.plan import plan
from handlers.engine.words import word_keys


class Unaskable(Form):
    code = "bad"
    field: complex


class NoItem(Form):
    code = "bad"
    field: Annotated[list[Person], Checklist(options="members")]


class Nested(Form):
    code = "bad"
    people: list[Person]


class TwiceNested(Form):
    code = "bad"
    groups: list[Nested]


class WrongAlso(Form):
    code = "bad"
    field: Annotated[str, Ask(also=("nothing",))]


class SetOfText(Form):
    code = "bad"
    field: set[str]


Many = StrEnum("Many", [f"m{i}" for i in range(31)])  # type: ignore[misc]


class TooMany(Form):
    code = "bad"
    field: set[Many]


@pytest.mark.parametrize("form", [Unaskable, NoItem, TwiceNested, WrongAlso, SetOfText, TooMany])
def test_what_cannot_be_asked_is_refused_by_name(form: type[Form]):
    with pytest.raises(TypeError):
        plan(form)


def test_a_form_is_frozen_and_takes_no_other_fields():
    person = Person(name="王芳", age=30)
    with pytest.raises(ValidationError):
        person.age = 31  # type: ignore[misc]
    with pytest.raises(ValidationError):
        Person.model_validate({"name": "王芳", "age": 30, "height": 1})


def test_an_optional_field_that_is_only_conditional_offers_no_skip():
    class Honest(Form):
        code = "honest"
        a: int
        b: Annotated[int | None, Ask(when=lambda known: known.a > 1, skip=False)] = None

    assert [q.skippable for q in plan(Honest).questions] == [False, False]


def test_a_form_is_compiled_once():
    assert plan(Person) is plan(Person)
    assert word_keys(Person) == word_keys(Person)


def test_a_mark_is_short_and_tells_values_apart():
    assert mark("510107") == "510107"
    long, other = mark("x" * 40), mark("x" * 39 + "y")
    assert long != other
    assert len(long) == len(mark("\ud800")) == 13
