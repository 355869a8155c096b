"""Questions that hold sub-forms: a list that grows, a checklist where all is fine unless tapped.

An item is opened here and filled elsewhere: the sub-form is walked like any other form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from handlers.engine.choices import MOST_TOGGLES, QUOTED, option_rows, page_of
from handlers.engine.context import Look, Option, mark
from handlers.engine.form import ITEM, Answers, Form
from handlers.engine.question import (
    Cell,
    Grid,
    Opened,
    Outcome,
    Partly,
    Question,
    Taken,
    Turned,
    clip,
    fold,
    grid,
    match,
)
from handlers.engine.refusals import refuse
from handlers.engine.vocabulary import ALL_FINE, DONE, NONE, means
from models.messages import Style, Text, verbatim

MOST_ITEMS = 20


@dataclass(frozen=True, kw_only=True)
class ListQuestion(Question):
    """What both kinds of lists share: items that can be opened, changed and removed."""

    sub: type[Form]
    questions: tuple[Question, ...]  # those of the sub-form

    choosing = True
    gathers = True

    def items(self, look: Look) -> list[dict[str, Any]]:
        """The items so far, as JSON."""
        return list(look.value or [])

    def item(self, look: Look, key: str) -> dict[str, Any] | None:
        """One item; None where there is none of that name."""
        raise NotImplementedError

    def placed(self, look: Look, key: str, item: Mapping[str, Any] | None) -> list[dict[str, Any]]:
        """The items with one put in its place, or taken out where it is None."""
        raise NotImplementedError

    def about(self, key: str, labels: Mapping[str, str]) -> Text:
        """The item's name."""
        raise NotImplementedError

    def cells(self, look: Look) -> Grid:
        opened = look.draft.scratch.get("item")
        return self._list_cells(look) if opened is None else _item_cells(str(opened))

    def _list_cells(self, look: Look) -> Grid:
        raise NotImplementedError

    def tapped(self, look: Look, tap: str) -> Outcome | None:
        opened = look.draft.scratch.get("item")
        if opened is None:
            return self._list_tapped(look, tap)
        item = self.item(look, str(opened))
        if tap == "list" or item is None:
            return Turned({})
        if tap == f"c:{mark(str(opened))}":
            return Opened(str(opened), item)
        if tap == f"x:{mark(str(opened))}":
            return Partly(self.placed(look, str(opened), None))
        return None

    def _list_tapped(self, look: Look, tap: str) -> Outcome | None:
        raise NotImplementedError

    def lines(self, look: Look) -> tuple[Text, ...]:
        """What the page says below the question: the opened item."""
        opened = look.draft.scratch.get("item")
        item = None if opened is None else self.item(look, str(opened))
        if item is None:
            return ()
        return (
            self._item_text(self.about(str(opened), look.draft.labels), item, look.draft.labels),
        )

    def show(self, value: Any, labels: Mapping[str, str]) -> Text:
        rows = [row.model_dump(mode="json") if isinstance(row, Form) else row for row in value]
        items = [
            self._item_text(self.about(self.key_of(row, i), labels), row, labels)
            for i, row in enumerate(rows)
        ]
        return Text("engine.value.items", {"items": items, "n": len(items)})

    def key_of(self, row: Mapping[str, Any], index: int) -> str:
        """How the item at this place is called in buttons and drafts."""
        raise NotImplementedError

    def _item_text(self, about: Text, row: Mapping[str, Any], labels: Mapping[str, str]) -> Text:
        answers = Answers({q.name: q.adapter for q in self.questions}, row)
        known = [(q, getattr(answers, q.name)) for q in self.questions]
        values = [q.show(value, labels) for q, value in known if value is not None]
        return Text("engine.value.item", {"item": about, "values": values})


@dataclass(frozen=True, kw_only=True)
class RepeatQuestion(ListQuestion):
    """A list that grows: add another, or done."""

    fewest: int
    most: int

    kind = "repeat"

    def key_of(self, row: Mapping[str, Any], index: int) -> str:
        return str(index)

    def item(self, look: Look, key: str) -> dict[str, Any] | None:
        items = self.items(look)
        index = int(key) if key.isdecimal() else len(items)
        return items[index] if index < len(items) else None

    def placed(self, look: Look, key: str, item: Mapping[str, Any] | None) -> list[dict[str, Any]]:
        items, index = self.items(look), int(key)
        new = [] if item is None else [dict(item)]
        return [*items[:index], *new, *items[index + 1 :]]

    def about(self, key: str, labels: Mapping[str, str]) -> Text:
        return Text("engine.nth", {"nth": int(key) + 1})

    def _list_cells(self, look: Look) -> Grid:
        items = self.items(look)
        rows: Grid = grid(
            [Cell(self._button(look, row, i), f"m:{i}") for i, row in enumerate(items)], 1
        )
        if len(items) < self.most:
            label = Text("engine.add_another") if items else Text("engine.add")
            rows = (*rows, (Cell(label, "add"),))
        if len(items) >= self.fewest:
            rows = (*rows, (Cell(DONE if items else NONE, "done", Style.PRIMARY),))
        return rows

    def _button(self, look: Look, row: Mapping[str, Any], index: int) -> Text:
        """The first answer names the item: a person's name, a place."""
        first = self.questions[0]
        value = getattr(Answers({first.name: first.adapter}, row), first.name)
        about = self.about(str(index), {})
        return about if value is None else first.show(value, look.draft.labels)

    def _list_tapped(self, look: Look, tap: str) -> Outcome | None:
        items = self.items(look)
        if tap == "add" and len(items) < self.most:
            return Opened(str(len(items)), {})
        if tap == "done" and len(items) >= self.fewest:
            return Taken(self.accept(items))
        index = tap.removeprefix("m:")
        if tap != index and self.item(look, index) is not None:
            return Turned({"item": index})
        return None

    def typed(self, look: Look, text: str) -> Outcome:
        if len(self.items(look)) >= self.fewest and any(
            means(word, text, look.context.say) for word in (DONE, NONE)
        ):
            return Taken(self.accept(self.items(look)))
        raise refuse(self.expected)

    def show(self, value: Any, labels: Mapping[str, str]) -> Text:
        return super().show(value, labels) if value else NONE


@dataclass(frozen=True, kw_only=True)
class ChecklistQuestion(ListQuestion):
    """One button an option; only what is not fine becomes an item."""

    source: str

    kind = "checklist"

    def key_of(self, row: Mapping[str, Any], index: int) -> str:
        return str(row.get(ITEM, ""))

    def item(self, look: Look, key: str) -> dict[str, Any] | None:
        return next((row for row in self.items(look) if row.get(ITEM) == key), None)

    def placed(self, look: Look, key: str, item: Mapping[str, Any] | None) -> list[dict[str, Any]]:
        others = [row for row in self.items(look) if row.get(ITEM) != key]
        return others if item is None else [*others, {**item, ITEM: key}]

    def about(self, key: str, labels: Mapping[str, str]) -> Text:
        return verbatim(labels.get(f"{self.source}:{key}", key))

    def _list_cells(self, look: Look) -> Grid:
        options = look.options(self.source)
        marked = {row.get(ITEM) for row in self.items(look)}
        shown = [_marked(option) if option.value in marked else option for option in options]
        rows = option_rows(shown, int(look.draft.scratch.get("page", 0)), MOST_TOGGLES, "o:")
        label = Text("engine.rest_fine") if marked else ALL_FINE
        return (*rows, (Cell(label, "done", Style.PRIMARY),))

    def _list_tapped(self, look: Look, tap: str) -> Outcome | None:
        if tap == "done":
            return Taken(self.accept(self.items(look)))
        if (page := page_of(tap)) is not None:
            return Turned({"page": page})
        for option in look.options(self.source):
            if tap == f"o:{mark(option.value)}":
                return self._open(look, option)
        return None

    def _open(self, look: Look, option: Option) -> Outcome:
        if self.item(look, option.value) is not None:
            return Turned({"item": option.value})
        labels = {f"{self.source}:{option.value}": look.context.say(option.label)}
        return Opened(option.value, {ITEM: option.value}, labels)

    def typed(self, look: Look, text: str) -> Outcome:
        say = look.context.say
        if means(ALL_FINE, text, say) or means(NONE, text, say):
            return Taken(self.accept(self.items(look)))
        options: Sequence[Option] = look.options(self.source)
        found = match([fold(say(option.label)) for option in options], text)
        if found is None:
            raise refuse("choice_unknown", text=clip(text, QUOTED))
        return self._open(look, options[found])

    def show(self, value: Any, labels: Mapping[str, str]) -> Text:
        return super().show(value, labels) if value else Text("engine.value.all_fine")


def _marked(option: Option) -> Option:
    return Option(option.value, Text("engine.flagged", {"label": option.label}))


def _item_cells(key: str) -> Grid:
    return (
        (Cell(Text("engine.change"), f"c:{mark(key)}"),),
        (Cell(Text("engine.remove"), f"x:{mark(key)}", Style.DANGER),),
        (Cell(Text("engine.to_list"), "list"),),
    )
