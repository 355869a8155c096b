"""What a worker sees after a tip was checked, and what its sender is told. Names nobody."""

from __future__ import annotations

from collections.abc import Sequence

from models.cards import Brief, action, facts, tip_rows
from models.messages import Button, Outbound, Rows, Text, Value, verbatim
from models.obligations import Obligation
from models.tips import Tip, TipOutcome


def closed(brief: Brief, outcome: TipOutcome, n: int, *, lead: bool) -> Outbound:
    lines = [
        Text("tip.closed", {**facts(brief), "outcome": Text(f"tip.outcome.{outcome}"), "n": n})
    ]
    rows: Rows = ()
    if lead:
        lines.append(Text("tip.make_lead"))
        rows = ((Button(Text("tip.deed.lead"), action("tip", brief.obligation, "lead")),),)
    return Outbound(tuple(lines), rows, protect=True)


def which(duty: Obligation, others: Sequence[Tip]) -> Outbound:
    """Other tips of these days, each with when and where."""
    lines = [Text("tip.which")]
    rows = []
    for number, one in enumerate(others, 1):
        said: dict[str, Value] = {"n": number, "at": one.created_at, "text": (one.text or "")[:40]}
        lines.append(Text("tip.other", said))
        rows.append((Button(verbatim(str(number)), action("tip", duty, "same", str(one.id))),))
    return Outbound(tuple(lines), tuple(rows), protect=True)


def joined(duty: Obligation, n: int) -> Outbound:
    return Outbound((Text("tip.joined", {"n": n}),), tip_rows(duty))


def answer(tip: Tip, outcome: TipOutcome, *, first: bool, n: int) -> Outbound:
    """In the sender's words: what came of it, whether she was first, her points."""
    lines = [Text(f"tip.answer.{outcome}", {"at": tip.created_at})]
    if outcome == TipOutcome.TRUE:
        if not first:
            lines.append(Text("tip.answer.not_first"))
        elif n:
            lines.append(Text("tip.answer.points", {"n": n}))
    return Outbound(tuple(lines))
