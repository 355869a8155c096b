"""A lead that staff bring: a tip, somebody at a checkpoint, a letter, a call from above."""

from __future__ import annotations

from sqlalchemy import select

from handlers.engine.draft import Draft
from handlers.feature import Filed
from handlers.leads.form import NewLead
from handlers.turn import Turn
from models.access import Grant
from models.accounts import TEAM
from models.batches import batch_for
from models.leads import Lead, LeadOutcome, LeadSource
from models.messages import Outbound, Text, UserError, Value
from models.people import Person
from models.pushes import Landed, Push, take_in
from models.registers import Submission
from models.rules import rules_for
from models.sources import Batch, Source, Told, deadline
from models.units import Unit, unit_by_code
from models.verification import close_lead


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
    source = await _source(turn, submission)
    if source is None:
        return
    lead = await turn.session.get(Lead, source.lead_id, with_for_update=True)
    assert lead is not None, "a source belongs to a lead"
    if lead.outcome is not None:
        raise UserError("newlead.verified_already")
    others = await turn.session.scalar(
        select(Source.id).where(Source.lead_id == lead.id, Source.id != source.id).limit(1)
    )
    if others is None:
        await close_lead(turn.session, lead, LeadOutcome.WITHDRAWN, turn.account.id, turn.now)
        await _tell_withdrawn(turn, lead)
    source.key = source.batch_id = None  # the letter may name her again
    await turn.session.flush()
    if others is not None:
        await turn.session.delete(source)


async def _tell_withdrawn(turn: Turn, lead: Lead) -> None:
    """Whoever has taken the lead on may be on her way to the door."""
    person = await turn.session.get(Person, lead.person_id)
    if lead.claimed_by is not None and person is not None:
        message = Outbound((Text("newlead.withdrawn", {"name": person.name}),))
        turn.tell(lead.claimed_by, message, f"withdrawn:lead{lead.id}")


async def _source(turn: Turn, submission: Submission) -> Source | None:
    return await turn.session.scalar(select(Source).where(Source.submission_id == submission.id))


async def withdraw(turn: Turn, submission: Submission) -> None:
    await _take_back(turn, submission)


async def settled(turn: Turn, submission: Submission) -> Outbound | None:
    """Somebody has found out already; what was told stays as it was."""
    source = await _source(turn, submission)
    lead = await turn.session.get(Lead, source.lead_id) if source else None
    if lead is None or lead.outcome is None:
        return None
    return Outbound((Text("newlead.verified_already"),))
