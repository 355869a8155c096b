"""A returnee reports: the answers become a person and a lead for the right grid worker."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from handlers.engine.context import Option
from handlers.engine.draft import Draft
from handlers.feature import Feature, Filed, FormSpec, MenuItem
from handlers.selfreport import views
from handlers.selfreport.form import SelfReport, Whom
from handlers.turn import Turn
from models import divisions
from models.accounts import Role
from models.leads import Lead, LeadOutcome, LeadSource
from models.messages import Outbound, Text, UserError, Value, verbatim
from models.obligations import by_key
from models.people import Person, phone_index
from models.registers import Submission
from models.units import Level, Unit, root
from models.verification import (
    Renewed,
    Report,
    close_lead,
    grid_for,
    open_lead,
    remember_person,
    verify_key,
)
from models.wards import answers_for


async def report(turn: Turn, _argument: str) -> None:
    if await root(turn.session) is None:
        raise UserError("selfreport.no_district")
    await turn.begin(SelfReport, {"gate": turn.account.gate_unit_id})


async def _divisions(_turn: Turn, _draft: Draft, query: str) -> Sequence[Option]:
    found = divisions.search(query)
    exact = len(found) == 1
    return [Option(place.label, verbatim(place.label), exact) for place in found]


async def _units(turn: Turn, draft: Draft, address: str) -> Sequence[Option]:
    """Where an address belongs: one exact unit when something tells, else all villages."""
    top = await root(turn.session)
    assert top is not None, "the report began with a district"
    gate_id = draft.context.get("gate")
    gate = await turn.session.get(Unit, gate_id) if gate_id else None
    unit = await grid_for(turn.session, address, gate, top)
    if unit is not None:
        return [Option(unit.code, verbatim(unit.name), exact=True)]
    villages = await turn.session.scalars(
        select(Unit).where(Unit.level == Level.VILLAGE).order_by(Unit.path)
    )
    found = [Option(village.code, verbatim(village.name)) for village in villages]
    return found or [Option(top.code, verbatim(top.name), exact=True)]


async def submit(turn: Turn, filled: SelfReport, draft: Draft) -> Filed:
    """Person, submission and lead in one transaction."""
    unit = await turn.session.scalar(select(Unit).where(Unit.code == filled.unit))
    if unit is None:
        raise UserError("selfreport.unit_gone")
    told = _report(filled, unit)
    corrected = await _corrected(turn, draft)
    person, new = await remember_person(turn.session, told, turn.now)
    await _link(turn, filled, person, told, new)
    submission = await turn.file(filled, draft, person_id=person.id, unit_id=unit.id)
    lead, renewed = await open_lead(
        turn.session,
        told,
        person,
        turn.account.id,
        submission.id,
        turn.now,
        turn.zone,
        corrected,
    )
    for before in renewed:
        if before.claimed_by is not None:
            await _tell_changed(turn, lead, before, before.claimed_by, person, filled, draft)
    turn.account.consented_at = turn.account.consented_at or turn.now
    planned = lead.expected_at > turn.now
    key = "selfreport.done.planned" if planned else "selfreport.done.here"
    params: dict[str, Value] = {"name": filled.name, "unit": unit.name, "at": lead.expected_at}
    return Filed(submission, (Text(key, params), Text("selfreport.next")))


def _report(filled: SelfReport, unit: Unit) -> Report:
    return Report(
        name=filled.name,
        phone=filled.phone if filled.whom == Whom.SELF else filled.family_phone,
        document=filled.document,
        address=filled.address,
        origin=filled.origin,
        transport=f"{filled.transport.mode} {filled.transport.number}".strip(),
        expected_at=filled.arrival_at,
        unit_id=unit.id,
        source=LeadSource.SELF_REPORT,
    )


async def _corrected(turn: Turn, draft: Draft) -> Lead | None:
    """The open lead of the report that this one corrects."""
    number = draft.context.get("corrects")
    if number is None:
        return None
    lead = await turn.session.scalar(
        select(Lead).where(Lead.submission_id == number).with_for_update()
    )
    if lead is not None and lead.outcome not in (None, LeadOutcome.MERGED):
        raise UserError("selfreport.verified_already")
    return lead if lead is not None and lead.outcome is None else None


async def _tell_changed(
    turn: Turn,
    lead: Lead,
    before: Renewed,
    worker_id: int,
    person: Person,
    filled: SelfReport,
    draft: Draft,
) -> None:
    """Whoever has taken the lead on hears what is different now, or that it is another's."""
    key = f"changed:lead{before.lead_id}:s{lead.submission_id}"
    if before.lead_id != lead.id:
        moved: dict[str, Value] = {
            "name": person.name,
            "unit": draft.labels[f"units:{filled.unit}"],
        }
        turn.tell(worker_id, Outbound((Text("verify.moved", moved),)), key)
        return
    earlier = await turn.session.get(Submission, before.submission_id or 0)
    changes = views.changes(earlier.values() if earlier else {}, filled, draft.labels)
    duty = await by_key(turn.session, verify_key(lead.id))
    assert duty is not None, "every lead has its verification"
    if changes:
        turn.tell(worker_id, views.changed(person.name, changes, duty), key)


async def _link(turn: Turn, filled: SelfReport, person: Person, told: Report, new: bool) -> None:
    """Tie the account to a person it brought; somebody already known waits for the worker."""
    account = turn.account
    mine = account.person_id == person.id or person.guardian_id == account.id
    if mine and not new:
        person.name, person.phone, person.address = told.name, told.phone, told.address
        person.phone_index = phone_index(told.phone) if told.phone else None
        person.unit_id = told.unit_id
    if not new:
        return
    if filled.whom == Whom.SELF and account.person_id is None:
        account.person_id = person.id
    else:
        person.guardian_id = account.id


async def settled(turn: Turn, submission: Submission) -> Outbound | None:
    """A worker has verified it: she can have it corrected, she cannot do it herself."""
    lead = await turn.session.scalar(select(Lead).where(Lead.submission_id == submission.id))
    if lead is None or lead.outcome in (None, LeadOutcome.MERGED):
        return None
    person = await turn.session.get(Person, lead.person_id)
    hers = person is not None and answers_for(turn.account, person)
    return views.verified_already(lead.person_id if hers else None)


async def withdraw(turn: Turn, submission: Submission) -> None:
    lead = await turn.session.scalar(
        select(Lead).where(Lead.submission_id == submission.id).with_for_update()
    )
    if lead is not None and lead.outcome is None:
        await close_lead(turn.session, lead, LeadOutcome.WITHDRAWN, turn.account.id, turn.now)
        await _tell_withdrawn(turn, lead)


async def _tell_withdrawn(turn: Turn, lead: Lead) -> None:
    """Whoever has taken the lead on may be on her way to the door."""
    person = await turn.session.get(Person, lead.person_id)
    if lead.claimed_by is not None and person is not None:
        message = Outbound((Text("verify.withdrawn", {"name": person.name}),))
        turn.tell(lead.claimed_by, message, f"withdrawn:lead{lead.id}")


FEATURE = Feature(
    commands={"report": report},
    forms=(
        FormSpec(
            SelfReport,
            submit,
            {"divisions": _divisions, "units": _units},
            withdraw=withdraw,
            settled=settled,
        ),
    ),
    menu=(MenuItem("report", (Role.RESIDENT,)),),
)
