"""What a feature declares: its commands, its buttons, its forms, what it makes of free text.

The registry collects these; nothing here knows any one feature.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from handlers.engine.context import Option
from handlers.engine.draft import Draft
from handlers.engine.form import Form
from models.accounts import Role
from models.messages import Outbound, Rows, Text
from models.registers import Submission

if TYPE_CHECKING:  # a turn runs features, and a feature is handed the turn
    from handlers.turn import Turn

CommandHandler: TypeAlias = "Callable[[Turn, str], Awaitable[None]]"
ActionHandler: TypeAlias = "Callable[[Turn, Sequence[str]], Awaitable[None]]"
FreeHandler: TypeAlias = "Callable[[Turn], Awaitable[bool]]"
OptionSource: TypeAlias = "Callable[[Turn, Draft, str], Awaitable[Sequence[Option]]]"


@dataclass(frozen=True, slots=True)
class Filed:
    """What a submission came to: its row, and what the person is told."""

    submission: Submission
    lines: tuple[Text, ...]
    rows: Rows = ()


SubmitHandler: TypeAlias = "Callable[[Turn, Any, Draft], Awaitable[Filed]]"
WithdrawHandler: TypeAlias = "Callable[[Turn, Submission], Awaitable[None]]"
SettledCheck: TypeAlias = "Callable[[Turn, Submission], Awaitable[Outbound | None]]"


@dataclass(frozen=True, slots=True)
class FormSpec:
    """A form and what happens to it. Without `withdraw` it can be corrected, not taken back.

    `settled` says why a submission can be neither any more; None while it can.
    """

    form: type[Form]
    submit: SubmitHandler
    options: Mapping[str, OptionSource] = field(default_factory=dict)
    withdraw: WithdrawHandler | None = None
    settled: SettledCheck | None = None
    correctable: timedelta = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class MenuItem:
    """A command in somebody's menu; no roles: everybody's."""

    command: str
    roles: tuple[Role, ...] = ()


@dataclass(frozen=True, slots=True)
class Feature:
    """Everything that one feature brings."""

    commands: Mapping[str, CommandHandler] = field(default_factory=dict)
    actions: Mapping[str, ActionHandler] = field(default_factory=dict)
    forms: Sequence[FormSpec] = ()
    menu: Sequence[MenuItem] = ()
    free: Sequence[FreeHandler] = ()
