"""The cards of a venue's problem: to be put right, to be looked at again, to be looked back at; of
a suspension to be decided and of a closure that is over; of a supervision team's day."""

from __future__ import annotations

from collections.abc import Sequence

from models.cards.brief import Brief
from models.cards.face import Face, Facts, button, primary
from models.messages import Button, Rows, Style, Text, verbatim
from models.obligations import Kind, Obligation
from models.venues.checklists import based_on, book
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


def _suspension(item: Obligation) -> Facts:
    told = item.facts
    extends = "extend" if told.get("extends") else "close"
    return {
        "venue": item.details().get("venue", ""),
        "ground": Text(f"ground.{told['ground']}"),
        "what": Text(f"suspend.what.{extends}", {"days": int(told.get("days", 0))}),
    }


def _items(brief: Brief, _say: str) -> Sequence[Text]:
    """What it rests on, and what each of that is based on."""
    item = brief.obligation
    codes: Sequence[str] = item.facts.get("items", ())
    words = item.details().get("words") or [""] * len(codes)
    lines = [
        Text("suspend.item", {"item": item_text(code, own)})
        for code, own in zip(codes, words, strict=True)
    ]
    if said := item.details().get("word"):
        lines.append(Text("suspend.said", {"word": said}))
    if sources := based_on(codes):
        basis = [verbatim(source) for source in sources]
        lines.append(Text("suspend.basis", {"basis": basis, "on": book().lapsed_on}))
    return lines


def _decide(item: Obligation) -> Rows:
    number = int(item.facts["suspension"])
    return (
        (primary("susissue", number), button("susrefuse", number)),
        (button("suspension", number),),
    )


def _open_again(item: Obligation) -> Rows:
    number = int(item.facts["suspension"])
    return (
        (primary("susopen", number), button("susshut", number)),
        (button("suspension", number),),
    )


def _outing(item: Obligation) -> Facts:
    return {"team": str(item.facts["team"])}


def _go(item: Obligation) -> Rows:
    return ((Button(Text("action.sites"), "a:go:supervise", style=Style.PRIMARY),),)


def _reopening(item: Obligation) -> Facts:
    return {
        "venue": item.details().get("venue", ""),
        "ground": Text(f"ground.{item.facts['ground']}"),
    }


FACES = {
    Kind.PROBLEM: Face(facts=_facts, team=_look, own=_own),
    Kind.RECHECK: Face(facts=_facts, team=_recheck, own=_recheck),
    Kind.LOOKBACK: Face(facts=_facts, team=_look_back, own=_look_back),
    Kind.SUSPEND: Face(facts=_suspension, team=_decide, own=_decide, below=_items),
    Kind.REOPEN: Face(facts=_reopening, team=_open_again, own=_open_again),
    Kind.OUTING: Face(facts=_outing, own=_go),
}
