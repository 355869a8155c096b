"""A lead that staff bring: a tip, somebody at a checkpoint, a letter, a call from above."""

from __future__ import annotations

from handlers.engine.draft import Draft
from handlers.feature import Filed
from handlers.leads.form import NewLead
from handlers.turn import Turn
from models.accounts import TEAM
from models.actors import Grant
from models.batches import batch_for
from models.leads import Lead, LeadSource
from models.leadwork import source_of, take_back
from models.messages import Outbound, Text, UserError, Value
from models.pushes import Landed, Push, take_in
from models.registers import Submission
from models.rules import rules_for
from models.sources import Batch, Told, deadline
from models.units import Unit, unit_by_code


async def _grant(turn: Turn) -> Grant:
    grant = (await turn.actor()).top(*TEAM)
    if grant is None:
        raise UserError("access.staff_only")
    return grant


async def begin(turn: Turn, _argument: str) -> None:
    await _grant(turn)
    await turn.begin(NewLead)


async def submit(turn: Turn, filled: NewLead, draft: Draft) -> Filed:
    """One more source of whoever is known, a lead for whoever is not."""
    grant = await _grant(turn)
    unit = await unit_by_code(turn.session, filled.unit)
    if unit is None:
        raise UserError("selfreport.unit_gone")
    if "corrects" in draft.context:
        corrected = await turn.session.get(Submission, draft.context["corrects"])
        assert corrected is not None, "the receipt was hers"
        await _take_back(turn, corrected)
    submission = await turn.file(filled, draft, person_id=None, unit_id=unit.id)
    rules = await rules_for(turn.session, unit)
    push = Push(
        told=Told(
            name=filled.name,
            phone=filled.phone or filled.other_phone,
            document=filled.document,
            address=filled.address,
            origin=filled.origin or "",
        ),
        unit_id=unit.id,
        channel=LeadSource(filled.channel.value),
        pushed_at=turn.now,
        due_at=filled.due_at,
        batch=await _letter(turn, filled, grant, unit),
        account_id=turn.account.id,
        submission_id=submission.id,
    )
    (taken,) = await take_in(turn.session, [push], turn.now, rules, turn.zone)
    submission.person_id = taken.lead.person_id
    turn.audit("lead.brought", f"person:{taken.lead.person_id}", channel=filled.channel)
    at = await turn.session.get(Unit, taken.lead.unit_id)
    facts: dict[str, Value] = {
        "name": filled.name,
        "unit": at.name if at else unit.name,
        "due": taken.due_at,
    }
    if taken.landed == Landed.NEW:
        return Filed(submission, (Text("newlead.done", facts),))
    return Filed(submission, (Text("newlead.joined", facts),))


async def _letter(turn: Turn, filled: NewLead, grant: Grant, unit: Unit) -> Batch | None:
    """The letter that she is named in, as a batch of its own number."""
    if filled.number is None:
        return None
    rules = await rules_for(turn.session, unit)
    due_at = filled.due_at or deadline(LeadSource.INQUIRY, turn.now, turn.now, rules, turn.zone)
    made = Batch(
        channel=LeadSource.INQUIRY,
        number=filled.number.strip(),
        place=filled.place,
        unit_id=grant.unit_id,
        account_id=turn.account.id,
        pushed_at=turn.now,
        due_at=due_at,
        created_at=turn.now,
    )
    return await batch_for(turn.session, made)


async def _take_back(turn: Turn, submission: Submission) -> None:
    """The source that a submission brought is none; a lead that nobody else told of ends."""
    await take_back(turn.session, submission.id, turn.account.id, turn.now)


async def withdraw(turn: Turn, submission: Submission) -> None:
    await _take_back(turn, submission)


async def settled(turn: Turn, submission: Submission) -> Outbound | None:
    """Somebody has found out already; what was told stays as it was."""
    source = await source_of(turn.session, submission.id)
    lead = await turn.session.get(Lead, source.lead_id) if source else None
    if lead is None or lead.outcome is None:
        return None
    return Outbound((Text("newlead.verified_already"),))
