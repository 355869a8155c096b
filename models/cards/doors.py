"""Cards of leads and of doors where nobody was met."""

from __future__ import annotations

from collections.abc import Sequence

from models.cards.brief import Brief
from models.cards.face import Face, button, primary, unclaimed
from models.leadcards import lead_lines, lead_rows
from models.messages import Rows, Text
from models.obligations import Kind, Obligation


def _lead_rows(item: Obligation) -> Rows:
    return ((*unclaimed(item), button("call", item)), *lead_rows(item))


def _lead_lines(brief: Brief, say: str) -> Sequence[Text]:
    return lead_lines(brief.obligation, brief.sources)


def _visit_rows(item: Obligation) -> Rows:
    again = primary("revisit", item)
    return ((button("call", item), again) if item.person_id else (again,),)


FACES = {
    Kind.VERIFY: Face(team=_lead_rows, below=_lead_lines, first="verify"),
    Kind.RETRY: Face(team=_lead_rows, below=_lead_lines),
    Kind.VISIT: Face(team=_visit_rows, first="revisit"),
    Kind.UNMET: Face(team=_visit_rows),
}
