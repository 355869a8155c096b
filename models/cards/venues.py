"""The cards of a venue's problem: to be put right, to be looked at again, to be looked back at."""

from __future__ import annotations

from models.cards.face import Face, Facts, button, primary
from models.messages import Rows, Text
from models.obligations import Kind, Obligation
from models.venues.kinds import item_text


def _facts(item: Obligation) -> Facts:
    detail, relapses = item.details(), int(item.facts["relapses"])
    return {
        "venue": detail.get("venue", ""),
        "item": item_text(item.facts["item"], detail.get("item")),
        "word": detail.get("word") or Text("card.unknown"),
        "again": Text("problem.again", {"n": relapses}) if relapses else "",
    }


def _number(item: Obligation) -> int:
    return int(item.facts["problem"])


def _own(item: Obligation) -> Rows:
    number = _number(item)
    return ((button("proback", number), primary("prove", number)),)


def _look(item: Obligation) -> Rows:
    return ((button("problem", _number(item)),),)


def _recheck(item: Obligation) -> Rows:
    number = _number(item)
    return (
        (button("problem", number), primary("probclose", number)),
        (button("probagain", number),),
    )


def _look_back(item: Obligation) -> Rows:
    number = _number(item)
    return ((primary("probheld", number), button("probagain", number)),)


FACES = {
    Kind.PROBLEM: Face(facts=_facts, team=_look, own=_own),
    Kind.RECHECK: Face(facts=_facts, team=_recheck, own=_recheck),
    Kind.LOOKBACK: Face(facts=_facts, team=_look_back, own=_look_back),
}
