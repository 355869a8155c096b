"""What a feature declares: its commands, its buttons, its forms, what it makes of free text.

The registry collects these; nothing here knows any one feature.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

from handlers.engine.context import Option
from handlers.engine.draft import Draft
from handlers.engine.form import Form
from models.accounts import Role
from models.ledgers.declaration import Ledger
from models.messages import Outbound, Rows, Text
from models.people import Person
from models.registers import Submission

if TYPE_CHECKING:  # a turn runs features, and a feature is handed the turn
    from handlers.turn import Turn

CommandHandler: TypeAlias = "Callable[[Turn, str], Awaitable[None]]"
ActionHandler: TypeAlias = "Callable[[Turn, Sequence[str]], Awaitable[None]]"
FreeHandler: TypeAlias = "Callable[[Turn], Awaitable[bool]]"
HappeningHandler: TypeAlias = "Callable[[Turn], Awaitable[None]]"
OptionSource: TypeAlias = "Callable[[Turn, Draft, str], Awaitable[Sequence[Option]]]"


@dataclass(frozen=True, slots=True)
class Filed:
    """What a submission came to: its row, and what the person is told. Without a row nothing is
    kept under her name, so there is no receipt and nothing to correct."""

    submission: Submission | None
    lines: tuple[Text, ...]
    rows: Rows = ()


# None: nothing was told, only looked for, and the handler has answered.
SubmitHandler: TypeAlias = "Callable[[Turn, Any, Draft], Awaitable[Filed | None]]"
BehalfHandler: TypeAlias = "Callable[[Turn, Person], Awaitable[None]]"
WithdrawHandler: TypeAlias = "Callable[[Turn, Submission], Awaitable[None]]"
SettledCheck: TypeAlias = "Callable[[Turn, Submission], Awaitable[Outbound | None]]"


@dataclass(frozen=True, slots=True)
class FormSpec:
    """A form and what happens to it. Without `withdraw` it can be corrected, not taken back.

    `settled` says why a submission can be neither any more; None while it can. What is an event
    rather than a statement (a signing in) is `final`: nothing about it is ever offered again.
    """

    form: type[Form]
    submit: SubmitHandler
    options: Mapping[str, OptionSource] = field(default_factory=dict)
    withdraw: WithdrawHandler | None = None
    settled: SettledCheck | None = None
    correctable: timedelta = timedelta(hours=2)
    final: bool = False


class Drawer(StrEnum):
    """Where a long menu keeps what is not done every day, in its order."""

    PEOPLE = "people"
    VENUES = "venues"
    PAPERS = "papers"
    TEAM = "team"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class MenuItem:
    """A command in somebody's menu; no roles: everybody's. What is done every day has no drawer:
    it is at hand in a long menu too."""

    command: str
    roles: tuple[Role, ...] = ()
    drawer: Drawer | None = None


@dataclass(frozen=True, slots=True)
class Feature:
    """Everything that one feature brings. `happenings` are events that are nobody's words;
    `refused` hear what a form could not take as an answer, once it has said so; `gathered` are
    asked first about what is said to us in a group; `cancels` call off what waits for her word,
    where no form is under way."""

    commands: Mapping[str, CommandHandler] = field(default_factory=dict)
    actions: Mapping[str, ActionHandler] = field(default_factory=dict)
    forms: Sequence[FormSpec] = ()
    menu: Sequence[MenuItem] = ()
    free: Sequence[FreeHandler] = ()
    refused: Sequence[FreeHandler] = ()
    happenings: Mapping[str, HappeningHandler] = field(default_factory=dict)
    gathered: Sequence[FreeHandler] = ()
    cancels: Sequence[FreeHandler] = ()
    # What can be had as a sheet of its rows.
    ledgers: Sequence[Ledger] = ()
    # What a worker can do for a person: `behalf.do.<code>` is its button.
    on_behalf: Mapping[str, BehalfHandler] = field(default_factory=dict)
