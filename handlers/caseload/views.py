"""The reasons behind a second tap, and what became of a thing."""

from __future__ import annotations

from collections.abc import Sequence

from models.cards import Brief, action, facts
from models.messages import Button, Outbound, Text
from models.obligations import Obligation


def reasons(item: Obligation, verb: str, codes: Sequence[str]) -> Outbound:
    """Which of these? The answer goes back to the same action."""
    rows = tuple((Button(Text(f"{verb}.{code}"), action(verb, item, code)),) for code in codes)
    return Outbound((Text(f"{verb}.ask"),), rows)


def ended(brief: Brief) -> Text:
    """What became of an obligation that is over."""
    outcome = Text(f"outcome.{brief.obligation.outcome}")
    return Text("card.ended", {**facts(brief), "outcome": outcome})
