"""A half-filled form: what was answered, where she is, what the feature passed in.

Everything in it is JSON, so a draft outlives the process. Knows no form class and no words.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

REVIEW = "@review"
EDIT = "@edit"


@dataclass(frozen=True, slots=True)
class Draft:
    """The state of one form in one conversation; never changed, only succeeded."""

    form: str
    version: int
    nonce: str
    answers: Mapping[str, Any] = field(default_factory=dict)  # JSON values by field name
    at: str = ""  # the field being asked, REVIEW or EDIT
    scratch: Mapping[str, Any] = field(default_factory=dict)  # page, query, opened list item
    context: Mapping[str, Any] = field(default_factory=dict)  # the feature's own; never read here
    editing: str = ""  # the field that was opened from the review page
    was: Any = None  # the answer of that field before, for the way back
    trail: tuple[str, ...] = ()  # fields answered in the chat, for the way back
    again: tuple[str, ...] = ()  # fields with an answer that still waits for a confirmation
    labels: Mapping[str, str] = field(default_factory=dict)  # "source:value" -> words as picked
    item: str = ""  # which item of the parent's list a sub-draft fills
    sub: Draft | None = None

    def answered(self, name: str, value: Any) -> Draft:
        """With a final answer for a field."""
        return replace(
            self,
            answers={**self.answers, name: value},
            again=tuple(n for n in self.again if n != name),
            trail=(*(n for n in self.trail if n != name), name),
            scratch={},
            editing="",
            was=None,
        )

    def without(self, names: Iterable[str]) -> Draft:
        """Without the answers of some fields: what they were given for has changed."""
        gone = set(names)
        if not gone & self.answers.keys():
            return self
        return replace(self, answers={n: v for n, v in self.answers.items() if n not in gone})

    def partly(self, name: str, value: Any) -> Draft:
        """With an answer that is still being put together (toggles, lists)."""
        return replace(
            self,
            answers={**self.answers, name: value},
            again=_with(self.again, name),
            scratch={},
        )

    def reopened(self, name: str) -> Draft:
        """At a field whose answer, if any, is kept but must be given or confirmed again."""
        again = _with(self.again, name) if name in self.answers else self.again
        return replace(self, at=name, again=again, scratch={})

    def edited(self, name: str) -> Draft:
        """At a field that the review page opened."""
        return replace(self.reopened(name), editing=name, was=self.answers.get(name))

    def unedited(self) -> Draft:
        """Back on the review page, with the answer as it was."""
        name = self.editing
        again = tuple(n for n in self.again if n != name)
        answers = {**self.answers, name: self.was}
        return replace(
            self, at=REVIEW, answers=answers, again=again, editing="", was=None, scratch={}
        )

    def moved(self, at: str) -> Draft:
        """Somewhere else, with nothing half-opened; still there means unchanged."""
        return self if at == self.at else replace(self, at=at, scratch={})

    def labelled(self, labels: Mapping[str, str]) -> Draft:
        """With the words of picked options, for the review page."""
        return replace(self, labels={**self.labels, **labels}) if labels else self

    def holds(self, name: str) -> bool:
        """Whether a field has a final answer."""
        return name in self.answers and name not in self.again

    def to_json(self) -> str:
        """JSON text; `from_json` reads it."""
        return json.dumps(_plain(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Draft:
        """The draft that `to_json` wrote."""
        return _draft(json.loads(text))


_ALWAYS = ("form", "version", "nonce", "was")


def _with(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return names if name in names else (*names, name)


def _plain(draft: Draft) -> dict[str, Any]:
    """Fields that are not empty; an empty one is its own default, but [] was an answer."""
    raw = {name: getattr(draft, name) for name in Draft.__slots__}
    raw["sub"] = _plain(draft.sub) if draft.sub else None
    return {name: value for name, value in raw.items() if value or name in _ALWAYS}


def _draft(raw: dict[str, Any]) -> Draft:
    for name in ("trail", "again"):
        raw[name] = tuple(raw.get(name, ()))
    if raw.get("sub"):
        raw["sub"] = _draft(raw["sub"])
    return Draft(**raw)
