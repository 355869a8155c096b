"""What a step is told from outside: the time, the reader's words, the options it asked for.

The step never fetches: it names a `Need`, the turn resolves it and calls again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from handlers.engine.draft import Draft
from handlers.engine.form import Answers
from models.messages import Text


@dataclass(frozen=True, slots=True)
class Need:
    """Options to be resolved: those of `source` that fit `query`, or all where it is ""."""

    source: str
    query: str


@dataclass(frozen=True, slots=True)
class Option:
    """Something that can be picked. `exact`: its name is what she typed, not only like it."""

    value: str
    label: Text
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    """The circumstances of one step; `say` only renders, in the reader's language."""

    now: datetime
    zone: ZoneInfo
    say: Callable[[Text], str]
    options: Mapping[Need, Sequence[Option]] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The local day."""
        return self.now.astimezone(self.zone).date()


class Wanting(Exception):
    """The step cannot go on without these options; `draft` holds what was answered up to here."""

    def __init__(self, need: Need, draft: Draft) -> None:
        super().__init__(need)
        self.need, self.draft = need, draft


@dataclass(frozen=True, slots=True)
class Look:
    """What one question may see of the conversation."""

    name: str
    draft: Draft
    answers: Answers
    context: Context

    @property
    def value(self) -> Any:
        """The JSON answer given so far, final or not; None where there is none."""
        return self.draft.answers.get(self.name)

    def options(self, source: str, query: str = "") -> Sequence[Option]:
        """What the turn resolved; raises Wanting when it has not yet."""
        need = Need(source, query)
        found = self.context.options.get(need)
        if found is None:
            raise Wanting(need, self.draft)
        return found


_SHORT = re.compile(r"[A-Za-z0-9_-]{1,16}")


def mark(value: str) -> str:
    """A value's name inside button data: itself when short and plain, else a digest of it.

    A button holds values, not positions: a list that changed in the meantime cannot turn one
    choice into another.
    """
    if _SHORT.fullmatch(value):
        return value
    digest = hashlib.blake2s(value.encode("utf-8", "surrogatepass"), digest_size=6)
    return "~" + digest.hexdigest()
