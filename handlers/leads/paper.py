"""A worker learns the document of somebody who was reported without one."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.engine.draft import Draft
from handlers.feature import Filed
from handlers.leads.finding import taken_on
from handlers.leads.form import Paper
from handlers.turn import Turn
from models.access import access_lead
from models.leadwork import identify
from models.messages import Text, UserError
from models.people import Person


async def begin(turn: Turn, arguments: Sequence[str]) -> None:
    duty = await taken_on(turn, arguments)
    await turn.begin(Paper, {"lead": duty.lead_id})


async def submit(turn: Turn, filled: Paper, draft: Draft) -> Filed:
    """She has a document from now on, or turns out to be somebody whom we know."""
    lead = await access_lead(turn.session, await turn.actor(), int(draft.context["lead"]))
    if lead.outcome is not None:
        raise UserError("verify.done_already")
    person = await turn.session.get(Person, lead.person_id)
    assert person is not None, "a lead belongs to a person"
    known = await identify(turn.session, lead, person, filled.document, turn.account.id, turn.now)
    submission = await turn.file(filled, draft, person_id=known.id, unit_id=lead.unit_id)
    turn.audit("lead.identified", f"person:{known.id}")
    key = "paper.added" if known is person else "paper.merged"
    return Filed(submission, (Text(key, {"name": known.name}),))
