"""The worker's list, and the reasons behind a second tap."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from models.cards import LIST_LENGTH, Brief, action, facts, line, list_buttons
from models.messages import Button, Outbound, Text
from models.obligations import Obligation


def day(items: Sequence[Brief], page: int, more: bool, now: datetime, today: date) -> Outbound:
    """A page of the day, a line and a button each."""
    if not items:
        return Outbound((Text("today.nothing" if page == 0 else "today.no_more"),))
    start = page * LIST_LENGTH
    lines = [Text("today.title", {"on": today})]
    lines += [line(brief, i, now) for i, brief in enumerate(items, 1)]
    rows = list_buttons(items)
    turning = []
    if start:
        turning.append(Button(Text("list.previous"), f"a:page:{page - 1}"))
    if more:
        turning.append(Button(Text("list.next"), f"a:page:{page + 1}"))
    return Outbound(tuple(lines), (*rows, tuple(turning)) if turning else rows, protect=True)


def reasons(item: Obligation, verb: str, codes: Sequence[str]) -> Outbound:
    """Which of these? The answer goes back to the same action."""
    rows = tuple((Button(Text(f"{verb}.{code}"), action(verb, item, code)),) for code in codes)
    return Outbound((Text(f"{verb}.ask"),), rows)


def ended(brief: Brief) -> Text:
    """What became of an obligation that is over."""
    outcome = Text(f"outcome.{brief.obligation.outcome}")
    return Text("card.ended", {**facts(brief), "outcome": outcome})
