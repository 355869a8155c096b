"""The card of a gathering that somebody attends for the village."""

from __future__ import annotations

from datetime import date

from models.cards.face import Face, Facts, button, primary
from models.messages import Rows, Text
from models.obligations import Kind, Obligation


def _facts(item: Obligation) -> Facts:
    told, advice = item.details(), item.facts.get("advice")
    unknown = Text("card.unknown")  # purged
    occasion, on = told.get("occasion"), told.get("held_on")
    return {
        "occasion": Text(f"gathering.occasion.choice.{occasion}") if occasion else unknown,
        "on": date.fromisoformat(on) if on else unknown,
        "tables": told.get("tables", ""),
        "guests": told.get("guests", ""),
        "wish": Text(f"advice.wish.choice.{advice}") if advice else Text("guide.no_advice"),
    }


def _own(item: Obligation) -> Rows:
    return ((button("guideadvice", item), primary("attended", item)), (button("guide", item),))


def _team(item: Obligation) -> Rows:
    ask = ((button("call", item),),) if "phone" in item.details() else ()
    if item.owner_id is None:
        return (*ask, (primary("guide", item),))
    return (*ask, *_own(item))


FACES = {Kind.GUIDE: Face(facts=_facts, team=_team, own=_own)}
