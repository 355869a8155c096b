"""The card of a tip."""

from __future__ import annotations

from models.cards.face import Face, Facts, action
from models.messages import Button, Rows, Text
from models.obligations import Kind, Obligation


def _facts(item: Obligation) -> Facts:
    detail = item.details()
    return {
        "what": Text(f"tip.kind.choice.{item.facts['tip_kind']}"),
        "text": detail.get("text") or Text("card.unknown"),
        "place": detail.get("place") or Text("card.unknown"),
    }


def tip_rows(item: Obligation) -> Rows:
    """What a worker finds out about a tip."""

    def tap(what: str) -> Button:
        return Button(Text(f"tip.deed.{what}"), action("tip", item, what))

    more = (tap("same"), *((tap("picture"),) if item.facts.get("photo") else ()))
    return ((tap("true"), tap("untrue")), (tap("unknown"), tap("known")), more)


FACES = {Kind.TIP: Face(facts=_facts, team=tip_rows)}
