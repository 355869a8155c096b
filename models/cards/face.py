"""What one kind of obligation adds to its card, and the buttons that cards are made of.

A kind's face stands in the module of its subject; `faces.py` lists them all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from models.cards.brief import Brief
from models.messages import Button, Outbound, Rows, Style, Text, Value
from models.obligations import Obligation

Facts: TypeAlias = dict[str, Value]


def action(verb: str, obligation: Obligation | int, *rest: str) -> str:
    """Button data of a deed on an obligation, or on what else has a number."""
    number = obligation if isinstance(obligation, int) else obligation.id
    return ":".join(("a", verb, str(number), *rest))


def button(
    verb: str, obligation: Obligation | int, *rest: str, style: Style = Style.PLAIN
) -> Button:
    """A deed under its own name."""
    return Button(Text(f"action.{verb}"), action(verb, obligation, *rest), style=style)


def primary(verb: str, obligation: Obligation | int) -> Button:
    """The deed that a card is mostly opened for."""
    return button(verb, obligation, style=Style.PRIMARY)


def excuse(item: Obligation) -> tuple[Button, ...]:
    """How a duty towards a person ends when it cannot be done."""
    return (button("unreachable", item), button("waive", item))


def unclaimed(item: Obligation) -> tuple[Button, ...]:
    """To take it on, while nobody has."""
    return () if item.owner_id else (button("claim", item),)


def _nothing(item: Obligation) -> Facts:
    return {}


def _no_rows(item: Obligation) -> Rows:
    return ()


def _no_lines(brief: Brief, say: str) -> Sequence[Text]:
    return ()


@dataclass(frozen=True, slots=True)
class Face:
    """`facts` fill placeholders beside those that every card has; `team` and `own` are the buttons
    of a worker and of the person herself; `below` are lines under the card's words."""

    facts: Callable[[Obligation], Facts] = _nothing
    team: Callable[[Obligation], Rows] = _no_rows
    own: Callable[[Obligation], Rows] = _no_rows
    below: Callable[[Brief, str], Sequence[Text]] = _no_lines
    # What a tap on a line of a list begins; where one tap would already end it, the card opens.
    first: str = "card"
    claimed: str = ""  # the same, once somebody has taken it on
    own_first: str = ""  # the same for what is the reader's own shift to do: it names the shift
    # How one or many of a kind are told in one message, where a card and a list would not do.
    together: Callable[[Sequence[Brief], str], Outbound] | None = None

    def begins(self, item: Obligation) -> str:
        """The verb of a line of a list."""
        return self.claimed if self.claimed and item.owner_id is not None else self.first
