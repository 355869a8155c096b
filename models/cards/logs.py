"""What a manager hears of her venues' day: all of it in one message, answered on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from models.cards.brief import Brief
from models.cards.face import Face, Facts
from models.messages import Button, Outbound, Rows, Style, Text, verbatim
from models.obligations import Kind, Obligation
from models.venues.duties import Log

LISTED = 20  # venues with a line and a button each


def _left(item: Obligation) -> int:
    return int(item.facts["times"]) - int(item.facts["done"])


def _part(item: Obligation) -> Text:
    return Text(f"log.part.{item.facts['log']}", {"n": _left(item)})


def _facts(item: Obligation) -> Facts:
    return {"venue": item.details().get("venue", ""), "part": _part(item)}


def together(items: Sequence[Brief], say: str) -> Outbound:
    """The venues with what is left to write down, and the buttons that do it."""
    venues: dict[int, list[Obligation]] = defaultdict(list)
    for brief in items:
        venues[int(brief.obligation.facts["venue"])].append(brief.obligation)
    lines = [Text(f"log.{say}")]
    names: dict[int, str] = {}
    for number, owed in sorted(venues.items())[:LISTED]:
        names[number] = str(_facts(owed[0])["venue"])
        parts = [_part(item) for item in owed if _left(item) > 0]
        lines.append(Text("log.venue", {"venue": names[number], "parts": parts}))
    if len(venues) > len(names):
        lines.append(Text("line.more", {"n": len(venues) - len(names)}))
    if len(venues) == 1:
        ((number, owed),) = venues.items()
        return Outbound(tuple(lines), _one(number, owed))
    rows = tuple(
        (Button(verbatim(name[:30]), f"a:venueday:{number}"),) for number, name in names.items()
    )
    return Outbound(tuple(lines), rows)


def _one(number: int, owed: Sequence[Obligation]) -> Rows:
    """One venue: what there is to do, in a tap each."""
    logs = {Log(item.facts["log"]) for item in owed if _left(item) > 0}
    deeds = []
    if Log.TEMPERATURES in logs:
        deeds.append(Button(Text("action.tempok"), f"a:tempok:{number}", style=Style.PRIMARY))
    if Log.DISINFECT in logs:
        data = f"a:asbefore:{Log.DISINFECT}:v{number}"
        deeds.append(Button(Text("venueday.disinfect"), data))
    opened = Button(Text("action.venueday"), f"a:venueday:{number}")
    return (*((tuple(deeds),) if deeds else ()), (opened,))


FACES = {Kind.LOG: Face(facts=_facts, together=together)}
