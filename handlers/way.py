"""The way back to a worker's list: a card or a form that was opened from it leads there again.

`ref` names the list, "<group>" or "<group>-<unit id>"; it travels behind the obligation's number
in the buttons ("a:waive:7.test-4:away") and in a draft's context.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from models.messages import Button, Outbound, Rows, Text

KEY = "back"  # of a draft's context
_REF = re.compile(r"[a-z]{1,12}(-\d{1,12})?")


def read(claimed: str) -> tuple[int, str]:
    """The number that a button claims, 0 where it is none, and the list that it stood on."""
    number, _, ref = claimed.partition(".")
    known = number.isdecimal() and len(number) < 16
    return (int(number) if known else 0), (ref if _REF.fullmatch(ref) else "")


BACK = Text("list.back")


def button(ref: str, label: Text = BACK) -> Button:
    """Opens the list in place of the message that it stands on."""
    return Button(label, ":".join(("a", "day", *ref.split("-"))))


def mark(rows: Rows, ref: str, number: int | None = None) -> Rows:
    """The rows with the way back in each button about an obligation, or about that one."""
    about = re.compile(rf"(a:[a-z]+:{r'[0-9]+' if number is None else number})(?=:|$)")
    return tuple(
        tuple(replace(cell, data=about.sub(rf"\1.{ref}", cell.data, count=1)) for cell in row)
        for row in rows
    )


@dataclass(frozen=True, slots=True)
class Way:
    """From one obligation back to a list."""

    number: int
    ref: str

    def show(self, message: Outbound) -> Outbound:
        """A message about the obligation keeps the way, and offers it."""
        marked = mark(message.rows, self.ref, self.number)
        if marked == message.rows:
            return message
        return replace(message, rows=(*marked, (button(self.ref),)))
