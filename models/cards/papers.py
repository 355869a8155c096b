"""The card of somebody whose papers nobody has seen."""

from __future__ import annotations

from models.cards.face import Face, Facts, button, excuse, primary
from models.messages import Rows, Text
from models.obligations import Kind, Obligation


def _facts(item: Obligation) -> Facts:
    return {"why": Text(f"papers.lacks.{item.facts['lacks']}")}


def _rows(item: Obligation) -> Rows:
    return ((button("call", item), primary("papers", item)), excuse(item))


FACES = {Kind.PAPERS: Face(facts=_facts, team=_rows, first="papers")}
