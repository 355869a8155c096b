"""The cards of somebody at home who needs something, and of somebody who offers to help."""

from __future__ import annotations

from models.cards.face import Face
from models.helpcards import help_facts, help_rows, volunteer_rows
from models.messages import Rows
from models.obligations import Kind, Obligation


def _offer(item: Obligation) -> Rows:
    return volunteer_rows(item.facts["volunteer"])


FACES = {
    Kind.HELP: Face(facts=help_facts, team=help_rows, first="helptake"),
    Kind.VOLUNTEER: Face(team=_offer),
}
