"""The card of a resident away."""

from __future__ import annotations

from models.cards.face import Face, Facts
from models.messages import Button, Rows, Style, Text
from models.obligations import Kind, Obligation


def _facts(item: Obligation) -> Facts:
    return {
        "place": item.details().get("place") or Text("card.unknown"),
        "intention": Text(f"away.intention.{item.facts['intention']}"),
        "promise": Text(f"away.promise.{item.facts['promise']}"),
    }


def away_rows(absence_id: int) -> Rows:
    """What a worker can do about a resident away: one tap tells what she said."""

    def tap(code: str, style: Style = Style.PLAIN) -> Button:
        return Button(Text(f"away.deed.{code}"), f"a:away:{absence_id}:{code}", style=style)

    return (
        (tap("call"), tap("missed")),
        (tap("staying"), tap("undecided")),
        (tap("planned", Style.PRIMARY), tap("back")),
    )


def _rows(item: Obligation) -> Rows:
    return away_rows(item.facts["away"])


FACES = {Kind.AWAY: Face(facts=_facts, team=_rows)}
