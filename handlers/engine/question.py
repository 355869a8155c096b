"""What every question can do: show buttons, read text, take a tap or another kind of message.

A question is a field of a form, compiled once. It decides nothing about where the chat goes next.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from pydantic import TypeAdapter, ValidationError

from handlers.engine import parse
from handlers.engine.context import Look
from handlers.engine.form import Answers, Ask, Form
from handlers.engine.refusals import from_reader, from_validation, refuse
from models.messages import Inbound, Style, Text, verbatim

QUICK = "q:"
REVIEW_WIDTH = 120
"""Longer texts are cut where answers are only listed."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A button before it knows which message it belongs to."""

    label: Text
    tap: str
    style: Style = Style.PLAIN
    typed: bool = True  # may be pressed by typing its label or number


Grid = tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """A whole answer (JSON). `rest` is text that may answer another field."""

    value: Any
    rest: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Partly:
    """An answer that is still being put together."""

    value: Any


@dataclass(frozen=True, slots=True)
class Turned:
    """Another page of the same question, perhaps with a reason."""

    scratch: Mapping[str, Any]
    reason: Text | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A sub-form for one item of a list, with what was answered before."""

    item: str
    answers: Mapping[str, Any]
    labels: Mapping[str, str] = field(default_factory=dict)


Outcome = Taken | Partly | Turned | Opened


@dataclass(frozen=True, kw_only=True)
class Question:
    """One field of a form; subclasses know the types."""

    form: type[Form]
    name: str
    index: int
    ask: Ask
    skippable: bool
    adapter: TypeAdapter[Any]

    kind: ClassVar[str] = "text"
    choosing: ClassVar[bool] = False
    """The answer is a button."""
    numeric: ClassVar[bool] = False
    """Digits are always meant as the answer, never as the number of a button."""
    prose: ClassVar[bool] = False
    """Words for people to read, kept as they were typed."""
    gathers: ClassVar[bool] = False
    """The answer grows over several taps, so its page shows what there is."""

    def key(self, *parts: str) -> Text:
        """A word key of this field."""
        return Text(".".join((self.form.code, self.name, *parts)))

    @functools.cached_property
    def prompt(self) -> tuple[Text, ...]:
        """The question, and its help where it has some."""
        return (self.key("ask"), self.key("help")) if self.ask.help else (self.key("ask"),)

    @functools.cached_property
    def label(self) -> Text:
        """The field's short name."""
        return self.key("label")

    def foregone(self, look: Look) -> Taken | None:
        """The answer, where there is only one and nobody needs to be asked."""
        return None

    def applies(self, answers: Answers) -> bool:
        """Whether the question is asked, given what is known."""
        if self.ask.when is None:
            return True
        try:
            return bool(self.ask.when(answers))
        except (TypeError, AttributeError):
            return False  # compared with an answer that is not there yet

    def keyboard(self, look: Look) -> str:
        """The platform's own button that answers this question, if any."""
        return ""

    def chooses(self, look: Look) -> bool:
        """Whether a typed number presses a button before it is read as an answer."""
        return self.choosing

    def words(self) -> set[str]:
        """Every key of this field that a person can meet."""
        own = {"ask", "label"} | ({"help"} if self.ask.help else set())
        quick = {f"quick.{t}" for t in self.ask.quick if not _is_number(t)}
        return {self.key(part).key for part in own | quick}

    # -- answering ---------------------------------------------------------------------------

    def cells(self, look: Look) -> Grid:
        """The buttons that answer."""
        return grid([Cell(self.quick_label(t), QUICK + t) for t in self.ask.quick], 3)

    def quick_label(self, tap: str) -> Text:
        """A number is its own label."""
        return verbatim(tap) if _is_number(tap) else self.key("quick", tap)

    def typed(self, look: Look, text: str) -> Outcome:
        """The answer in a text; raises Refusal."""
        try:
            value, rest = self.read(look, text)
        except parse.Unreadable as problem:
            raise from_reader(problem) from problem
        return Taken(self.accept(value), rest)

    def tapped(self, look: Look, tap: str) -> Outcome | None:
        """The answer behind a button; None when this question has no such button."""
        quick = tap.removeprefix(QUICK)
        if tap == quick or quick not in self.ask.quick:
            return None
        return self.typed(look, quick.replace("_", " "))

    def sent(self, look: Look, inbound: Inbound) -> Outcome:
        """The answer in a photo, a contact, a location; most questions have none."""
        raise refuse(self.expected)

    @property
    def expected(self) -> str:
        """The code that says what kind of message is awaited."""
        return "expected_tap" if self.choosing else f"expected_{self.kind}"

    def read(self, look: Look, text: str) -> tuple[Any, str]:
        """The value in a text and what follows it; raises Unreadable."""
        return text, ""

    def accept(self, value: object) -> Any:
        """A valid value as JSON; raises Refusal."""
        if value is None and self.skippable:
            return None
        try:
            return self.dump(self.adapter.validate_python(value))
        except ValidationError as problem:
            raise from_validation(problem, self.form) from problem

    def dump(self, value: Any) -> Any:
        """JSON of a validated value."""
        return self.adapter.dump_python(value, mode="json")

    # -- showing -----------------------------------------------------------------------------

    def show(self, value: Any, labels: Mapping[str, str]) -> Text:
        """A validated value in words; `labels` are those of picked options."""
        if str(value) in self.ask.quick:
            return self.quick_label(str(value))
        return verbatim(clip(str(value)))


def grid(cells: Sequence[Cell], columns: int) -> Grid:
    """Rows of so many buttons."""
    return tuple(tuple(cells[i : i + columns]) for i in range(0, len(cells), columns))


def clip(text: str, width: int = REVIEW_WIDTH) -> str:
    """A text cut to a width."""
    return text if len(text) <= width else text[: width - 1] + "…"


def fold(text: str) -> str:
    """A text without the differences of width, case and the commonest traditional characters."""
    return parse.plain(text).casefold()


fold_word = functools.lru_cache(maxsize=4096)(fold)
"""`fold` for words of the catalogue; never for what people typed, which must not linger."""


def match(folded: Sequence[str], text: str) -> int | None:
    """The folded label that a text means: the same, or the only one that contains it.

    Never the other way round: "no cough" contains "cough".
    """
    wanted = fold(text)
    if not wanted:
        return None
    same = [i for i, label in enumerate(folded) if wanted == label]
    near = same or [i for i, label in enumerate(folded) if wanted in label]
    return near[0] if len(near) == 1 else None


def _is_number(tap: str) -> bool:
    return tap.replace(".", "", 1).isdecimal()
