"""A form class compiled to its questions, once.

The only place that knows which type becomes which kind of question.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from annotated_types import Len, MaxLen, MinLen
from pydantic import AwareDatetime, TypeAdapter
from pydantic.fields import FieldInfo

from handlers.engine import choices, lists, readers
from handlers.engine.form import (
    ITEM,
    Answers,
    Ask,
    Checklist,
    DaySpan,
    Form,
    Location,
    Reads,
    Transport,
)
from handlers.engine.question import Question
from models.identity import IdDocument
from models.messages import Text

MOST_TEXT = 500

_MARKED: Mapping[Reads, type[Question]] = {
    Reads.PROSE: readers.ProseQuestion,
    Reads.NAME: readers.NameQuestion,
    Reads.PHONE: readers.PhoneQuestion,
    Reads.TEMPERATURE: readers.TemperatureQuestion,
    Reads.PHOTO: readers.PhotoQuestion,
}
# In this order: a bool is an int, a datetime is a date.
_TYPED: tuple[tuple[type, type[Question]], ...] = (
    (bool, choices.YesNoQuestion),
    (datetime, readers.MomentQuestion),
    (AwareDatetime, readers.MomentQuestion),
    (date, readers.DayQuestion),
    (int, readers.NumberQuestion),
    (Decimal, readers.NumberQuestion),
    (IdDocument, readers.IdentityQuestion),
    (Transport, readers.TransportQuestion),
    (DaySpan, readers.SpanQuestion),
    (Location, readers.LocationQuestion),
    (str, readers.TextQuestion),
)


@dataclass(frozen=True)
class Plan:
    """The questions of a form, in order."""

    form: type[Form]
    questions: tuple[Question, ...]
    adapters: Mapping[str, TypeAdapter[Any]]

    @functools.cached_property
    def by_name(self) -> Mapping[str, Question]:
        """Questions by field."""
        return {question.name: question for question in self.questions}

    @functools.cached_property
    def title(self) -> Text:
        """The form's name."""
        return Text(f"{self.form.code}.title")

    def answers(self, raw: Mapping[str, Any]) -> Answers:
        """What is known, as conditions see it."""
        return Answers(self.adapters, raw)


@functools.cache
def plan(form: type[Form]) -> Plan:
    """The compiled form; raises TypeError for a field that cannot be asked."""
    return _compile(form, frozenset())


def _compile(form: type[Form], hidden: frozenset[str]) -> Plan:
    parts = {name: _Parts.of(form, name) for name in form.model_fields}
    asked = [name for name in parts if name not in hidden]
    questions = tuple(_question(form, name, i, parts[name]) for i, name in enumerate(asked))
    _check_references(form, questions)
    return Plan(form, questions, {name: part.adapter() for name, part in parts.items()})


def _check_references(form: type[Form], questions: tuple[Question, ...]) -> None:
    names = {question.name for question in questions}
    for question in questions:
        if unknown := set(question.ask.also) - names:
            raise TypeError(f"{form.__name__}.{question.name}: also names no field: {unknown}")


@dataclass(frozen=True)
class _Parts:
    """A field's annotation, taken apart."""

    base: Any
    metadata: tuple[Any, ...]
    optional: bool

    @classmethod
    def of(cls, form: type[Form], name: str) -> _Parts:
        field: FieldInfo = form.model_fields[name]
        base, metadata, optional = _unwrap(field.annotation, tuple(field.metadata))
        return cls(base, metadata, optional and name not in form.conditional)

    def first(self, kind: type[_T]) -> _T | None:
        return next((item for item in self.metadata if isinstance(item, kind)), None)

    def bounds(self) -> tuple[int, int | None]:
        """The fewest and the most items."""
        fewest, most = 0, None
        for item in self.metadata:
            if isinstance(item, MinLen | Len):
                fewest = max(fewest, item.min_length)
            if isinstance(item, MaxLen | Len):
                most = item.max_length
        return fewest, most

    def adapter(self) -> TypeAdapter[Any]:
        extra = (MaxLen(MOST_TEXT),) if self.base is str else ()
        # An empty word keeps Annotated content where there is no metadata; pydantic skips it.
        whole: Any = Annotated[(self.base, *self.metadata, *extra, "")]
        return TypeAdapter(whole)


_T = TypeVar("_T")


def _unwrap(annotation: Any, metadata: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...], bool]:
    """Through Annotated and Optional to the type itself; the outermost metadata comes first."""
    if get_origin(annotation) is Annotated:
        inner, *own = get_args(annotation)
        return _unwrap(inner, (*metadata, *own))
    if get_origin(annotation) in (Union, types.UnionType):
        inner = [arg for arg in get_args(annotation) if arg is not type(None)]
        if len(inner) == 1:
            base, found, _ = _unwrap(inner[0], metadata)
            return base, found, True
    return annotation, _flat(metadata), False


def _flat(metadata: tuple[Any, ...]) -> tuple[Any, ...]:
    """A Field() inside Annotated carries its constraints one level down."""
    flat: list[Any] = []
    for item in metadata:
        flat.extend(item.metadata if isinstance(item, FieldInfo) else (item,))
    return tuple(flat)


def _question(form: type[Form], name: str, index: int, parts: _Parts) -> Question:
    ask = parts.first(Ask) or Ask()
    common: dict[str, Any] = {
        "form": form,
        "name": name,
        "index": index,
        "ask": ask,
        "skippable": parts.optional and ask.skip,
        "adapter": parts.adapter(),
    }
    if get_origin(parts.base) is list:
        return _list_question(parts, common)
    if get_origin(parts.base) in (set, frozenset):
        return choices.TogglesQuestion(**common, choices=_members(parts, common))
    if ask.options:
        return choices.PickQuestion(**common)
    if isinstance(parts.base, type) and issubclass(parts.base, StrEnum):
        return choices.ChoiceQuestion(**common, choices=parts.base)
    return _reader(parts)(**common)


def _reader(parts: _Parts) -> type[Question]:
    if (reads := parts.first(Reads)) is not None:
        return _MARKED[reads]
    for base, kind in _TYPED:
        if isinstance(parts.base, type) and issubclass(parts.base, base):
            return kind
    raise TypeError(f"no question is known for a field of type {parts.base!r}")


def _members(parts: _Parts, common: Mapping[str, Any]) -> type[StrEnum]:
    (member,) = get_args(parts.base)
    if not (isinstance(member, type) and issubclass(member, StrEnum)):
        raise TypeError(f"{common['name']}: toggles need a set of a StrEnum")
    if len(member) > choices.MOST_TOGGLES:
        raise TypeError(f"{common['name']}: at most {choices.MOST_TOGGLES} toggles")
    return member


def _list_question(parts: _Parts, common: Mapping[str, Any]) -> Question:
    (sub,) = get_args(parts.base)
    if not (isinstance(sub, type) and issubclass(sub, Form)):
        raise TypeError(f"{common['name']}: a list needs a sub-form")
    checklist = parts.first(Checklist)
    inner = plan_item(sub) if checklist else plan(sub)
    if any(isinstance(question, lists.ListQuestion) for question in inner.questions):
        raise TypeError(f"{common['name']}: a sub-form cannot hold a list")
    if checklist:
        return lists.ChecklistQuestion(
            **common, sub=sub, questions=inner.questions, source=checklist.options
        )
    fewest, most = parts.bounds()
    most = min(most or lists.MOST_ITEMS, lists.MOST_ITEMS)
    return lists.RepeatQuestion(
        **common, sub=sub, questions=inner.questions, fewest=fewest, most=most
    )


@functools.cache
def plan_item(form: type[Form]) -> Plan:
    """The compiled sub-form of a checklist: its item is given, not asked."""
    if ITEM not in form.model_fields:
        raise TypeError(f"{form.__name__}: a checklist's sub-form needs a field {ITEM!r}")
    return _compile(form, frozenset({ITEM}))
