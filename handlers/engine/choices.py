"""Questions whose answer is picked: yes or no, one of a few, several, one of a long list.

On a channel without buttons the same answers are typed, by number or by label.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import ValidationError

from handlers.engine import parse
from handlers.engine.context import Look, Option, mark
from handlers.engine.question import (
    Cell,
    Grid,
    Outcome,
    Partly,
    Question,
    Taken,
    Turned,
    clip,
    fold,
    fold_word,
    grid,
    match,
)
from handlers.engine.refusals import refuse
from handlers.engine.vocabulary import NONE, means
from models.messages import Style, Text, verbatim

PAGE = 8
MOST_TOGGLES = 30
MOST_QUERY = 60
QUOTED = 20
"""How much of a text is quoted back when it was not understood."""

_BETWEEN = re.compile(r"[^\w\s'-]+")


class YesNoQuestion(Question):
    """A truth."""

    kind = "yes_no"
    choosing = True

    def cells(self, look: Look) -> Grid:
        return ((Cell(Text("engine.yes"), "yes"), Cell(Text("engine.no"), "no")),)

    def read(self, look: Look, text: str) -> tuple[Any, str]:
        return parse.yes_no(text), ""

    def tapped(self, look: Look, tap: str) -> Outcome | None:
        return Taken(tap == "yes") if tap in ("yes", "no") else None

    def show(self, value: Any, labels: Mapping[str, str]) -> Text:
        return Text("engine.yes") if value else Text("engine.no")


@dataclass(frozen=True, kw_only=True)
class ChoiceQuestion(Question):
    """One of an enumeration."""

    choices: type[StrEnum]

    kind = "choice"
    choosing = True

    def words(self) -> set[str]:
        return super().words() | {self.choice(member).key for member in self.choices}

    def choice(self, member: StrEnum) -> Text:
        """The words of one member."""
        return self.key("choice", member.value)

    def cells(self, look: Look) -> Grid:
        cells = [Cell(self.choice(m), f"c:{mark(m.value)}") for m in self.choices]
        return grid(cells, 1 if len(cells) <= 4 else 2)

    def tapped(self, look: Look, tap: str) -> Outcome | None:
        taken = [m for m in self.choices if tap == f"c:{mark(m.value)}"]
        return Taken(taken[0].value) if taken else None

    def typed(self, look: Look, text: str) -> Outcome:
        return Taken(self.find(look, text).value)

    def find(self, look: Look, text: str) -> StrEnum:
        """The member that a text means; raises Refusal."""
        found = self._labelled(look, text)
        if found is None:
            raise refuse("choice_unknown", text=clip(text, QUOTED))
        return found

    def _labelled(self, look: Look, text: str) -> StrEnum | None:
        say = look.context.say
        members = list(self.choices)
        found = match([fold_word(say(self.choice(m))) for m in members], text)
        return None if found is None else members[found]

    def show(self, value: Any, labels: Mapping[str, str]) -> Text:
        return self.choice(value)


class TogglesQuestion(ChoiceQuestion):
    """Several of an enumeration; none is an answer too, unless the field wants one at least."""

    kind = "toggles"
    gathers = True

    def cells(self, look: Look) -> Grid:
        chosen = look.value or []
        rows = grid([self._toggle(m, m.value in chosen) for m in self.choices], 2)
        if chosen:
            return (*rows, (Cell(Text("engine.done"), "done", Style.PRIMARY),))
        # Below the options, so that their numbers stay the same whatever is chosen.
        return (*rows, (Cell(NONE, "none", Style.PRIMARY),)) if self._may_be_none else rows

    @functools.cached_property
    def _may_be_none(self) -> bool:
        try:
            self.adapter.validate_python([])
        except ValidationError:
            return False
        return True

    def _toggle(self, member: StrEnum, chosen: bool) -> Cell:
        # The button says what it sets, not "toggle": a double tap does no harm.
        label = self.choice(member)
        if chosen:
            return Cell(Text("engine.on", {"label": label}), f"-:{mark(member.value)}", typed=False)
        return Cell(label, f"+:{mark(member.value)}", typed=False)

    def tapped(self, look: Look, tap: str) -> Outcome | None:
        chosen = look.value or []
        if tap == "none":
            return Taken(self.accept([]))
        if tap == "done":
            return Taken(self.accept(chosen)) if chosen else None
        for member in self.choices:
            if tap == f"+:{mark(member.value)}":
                return Partly(self.dump({*chosen, member.value}))
            if tap == f"-:{mark(member.value)}":
                return Partly(self.dump({*chosen} - {member.value}))
        return None

    def typed(self, look: Look, text: str) -> Outcome:
        if means(NONE, text, look.context.say):
            return Taken(self.accept([]))
        named = {member.value for member in self._named(look, text)}
        return Taken(self.accept({*(look.value or []), *named}))

    def _named(self, look: Look, text: str) -> list[StrEnum]:
        whole = [part for part in _BETWEEN.split(text) if part.strip()]
        named: list[StrEnum] = []
        for part in whole:
            member = self._labelled(look, part)
            numbered = self._numbered(part) if member is None else [member]
            named.extend(numbered or [self.find(look, word) for word in part.split()])
        if not named:
            raise refuse("choice_unknown", text=clip(text, QUOTED))
        return named

    def _numbered(self, part: str) -> list[StrEnum]:
        """Members by the numbers of their buttons."""
        members = list(self.choices)
        numbers = part.split()
        if not all(n.isdecimal() and len(n) < 4 and 1 <= int(n) <= len(members) for n in numbers):
            return []
        return [members[int(n) - 1] for n in numbers]

    def dump(self, value: Any) -> Any:
        return [member.value for member in self.choices if member.value in value]

    def show(self, value: Any, labels: Mapping[str, str]) -> Text:
        if not value:
            return NONE
        chosen = [self.choice(member) for member in self.choices if member in value]
        return Text("engine.value.several", {"items": chosen})


class PickQuestion(Question):
    """One of a list that only the turn knows: searched by typing, or shown at once."""

    kind = "pick"

    @property
    def expected(self) -> str:
        return "expected_pick" if self.ask.search else "expected_tap"

    def chooses(self, look: Look) -> bool:
        return bool(self._shown(look) or self._query(look))

    def _query(self, look: Look) -> str:
        return str(look.draft.scratch.get("query", ""))

    def foregone(self, look: Look) -> Taken | None:
        shown = self._shown(look) if self.ask.given else ()
        only = shown[0] if len(shown) == 1 and shown[0].exact else None
        return self._take(look, only) if only else None

    def _shown(self, look: Look) -> Sequence[Option]:
        if self.ask.given:
            return look.options(self.ask.options, str(look.draft.answers.get(self.ask.given, "")))
        query = self._query(look)
        if self.ask.search and not query:
            return ()
        return look.options(self.ask.options, query)

    def cells(self, look: Look) -> Grid:
        shown = self._shown(look)
        rows = option_rows(shown, int(look.draft.scratch.get("page", 0)), PAGE, "v:")
        if self.ask.free and self._query(look):
            label = Text("engine.use_typed", {"text": clip(self._query(look), QUOTED)})
            rows = (*rows, (Cell(label, "typed"),))
        return rows

    def tapped(self, look: Look, tap: str) -> Outcome | None:
        if tap == "typed" and self.ask.free and self._query(look):
            return Taken(self.accept(self._query(look)))
        if (page := page_of(tap)) is not None:
            return Turned({**look.draft.scratch, "page": page})
        for option in self._shown(look):
            if tap == f"v:{mark(option.value)}":
                return self._take(look, option)
        return super().tapped(look, tap)

    def _take(self, look: Look, option: Option) -> Taken:
        label = {f"{self.ask.options}:{option.value}": look.context.say(option.label)}
        return Taken(self.accept(option.value), labels=label)

    def typed(self, look: Look, text: str) -> Outcome:
        shown = self._shown(look)
        found = match([fold(look.context.say(option.label)) for option in shown], text)
        if found is not None:
            return self._take(look, shown[found])
        if not self.ask.search:
            raise refuse("choice_unknown", text=clip(text, QUOTED))
        if len(text) > MOST_QUERY:
            raise refuse("string_too_long", max_length=MOST_QUERY)
        return self._search(look, text)

    def _search(self, look: Look, query: str) -> Outcome:
        options = look.options(self.ask.options, query)
        exact = [option for option in options if option.exact]
        if len(exact) == 1:
            return self._take(look, exact[0])
        none = Text("engine.error.pick_none", {"text": clip(query, QUOTED)})
        return Turned({"query": query}, None if options else none)

    def show(self, value: Any, labels: Mapping[str, str]) -> Text:
        return verbatim(clip(labels.get(f"{self.ask.options}:{value}", str(value))))


def option_rows(options: Sequence[Option], page: int, size: int, prefix: str) -> Grid:
    """One page of options, a button a row, and a way round to the next page."""
    pages = max(1, -(-len(options) // size))
    start = page % pages * size
    cells = [Cell(o.label, prefix + mark(o.value)) for o in options[start : start + size]]
    rows = grid(cells, 1)
    if pages == 1:
        return rows
    return (*rows, (Cell(Text("engine.more"), f"p:{(page + 1) % pages}"),))


def page_of(tap: str) -> int | None:
    """The page that a button turns to."""
    number = tap.removeprefix("p:")
    return int(number) if tap != number and number.isdecimal() and len(number) < 4 else None
