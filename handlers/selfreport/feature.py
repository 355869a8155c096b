"""A returnee reports: the answers become a person and a lead for the right grid worker."""

from __future__ import annotations

from sqlalchemy import select

from handlers.engine.draft import Draft
from handlers.feature import Feature, Filed, FormSpec, MenuItem
from handlers.places import divisions_named, units_at
from handlers.selfreport import views
from handlers.selfreport.form import SelfReport, Whom
from handlers.turn import Turn
from models import slips
from models.access import access_person
from models.accounts import Role, account_of_person
from models.actors import Action
from models.addresses import parse
from models.cards import another
from models.leads import Lead, LeadOutcome, LeadSource
from models.messages import Outbound, Text, UserError, Value
from models.obligations import by_key
from models.people import Person, phone_index
from models.registers import Submission
from models.rules import rules_for
from models.slips import Slip, slip_of
from models.units import Unit, root
from models.verification import (
    Renewed,
    Report,
    close_lead,
    open_lead,
    remember_person,
    verify_key,
)
from models.wards import answers_for


async def report(turn: Turn, argument: str) -> None:
    """/report; with the token of a slip that was left at a door, from that door."""
    if await root(turn.session) is None:
        raise UserError("selfreport.no_district")
    slip = await slip_of(turn.session, argument, turn.now) if argument else None
    if slip is not None:
        home = await slips.home_of(turn.session, slip)
        context = {"gate": slip.unit_id, "slip": slip.id}
        await turn.begin(SelfReport, context, {"address": home.address})
        return
    await turn.begin(SelfReport, {"gate": turn.account.gate_unit_id})


async def for_person(turn: Turn, person: Person) -> None:
    """A report that a worker types for somebody in the roster; what is known is filled in."""
    known: dict[str, object] = {"whom": Whom.FAMILY.value, "name": person.name}
    known |= {"family_phone": person.phone} if person.phone else {}
    known |= {"address": person.address} if person.address else {}
    if person.id_number and person.id_kind:
        known["document"] = {"kind": person.id_kind, "number": person.id_number}
    # She sees the whole numbers while she reads the report out: with a reason, and kept.
    turn.audit("papers.revealed", f"person:{person.id}", "report on behalf")
    await turn.begin(SelfReport, {"gate": person.unit_id, "behalf": person.id}, known)


async def submit(turn: Turn, filled: SelfReport, draft: Draft) -> Filed:
    """Person, submission and lead in one transaction."""
    unit = await turn.session.scalar(select(Unit).where(Unit.code == filled.unit))
    if unit is None:
        raise UserError("selfreport.unit_gone")
    told = _report(filled, unit)
    stead = draft.context.get("behalf")
    corrected = await _corrected(turn, draft)
    person, new = await remember_person(turn.session, told, turn.now)
    if stead is None:
        await _link(turn, filled, person, told, new)
    else:
        await access_person(turn.session, await turn.actor(), person.id, Action.CLAIM)
    submission = await turn.file(
        filled, draft, person_id=person.id, unit_id=unit.id, on_behalf=stead is not None
    )
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
    if corrected is None and "slip" in draft.context:
        await _answer(turn, draft.context["slip"], told)
    for before in renewed:
        if before.claimed_by is not None:
            await _tell_changed(turn, lead, before, before.claimed_by, person, filled, draft)
    if stead is None:
        turn.account.consented_at = turn.account.consented_at or turn.now
    else:
        # What comes of it is told to her own chat, not to the worker who typed it.
        own = await account_of_person(turn.session, person.id)
        lead.account_id = own.id if own else None
    planned = lead.expected_at > turn.now
    key = "selfreport.done.planned" if planned else "selfreport.done.here"
    params: dict[str, Value] = {
        "name": filled.name,
        "unit": unit.name,
        "at": lead.expected_at,
        "n": (await rules_for(turn.session, unit)).verify_self_report,
    }
    if stead is not None:
        return Filed(submission, (Text("selfreport.done.stead", params),))
    return Filed(submission, (Text(key, params), Text("selfreport.next")))


async def _answer(turn: Turn, slip_id: int, told: Report) -> None:
    """A report by the slip of a door is its answer, if it tells of that door."""
    slip = await turn.session.get_one(Slip, slip_id)
    home = await slips.home_of(turn.session, slip)
    if told.unit_id == home.unit_id and parse(told.address).key == parse(home.address).key:
        host = await slips.host_of(turn.session, slip)
        await slips.answer(turn.session, slip, home, turn.account.id, turn.now)
        message = Outbound((Text("slip.report_told", {"address": home.address}),))
        turn.tell(host, message, f"slip:{slip.id}:report")


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
    duty = await by_key(turn.session, verify_key(lead.id))
    assert duty is not None, "every lead has its verification"
    if before.joined:
        turn.tell(worker_id, another(person.name, LeadSource.SELF_REPORT, "", duty), key)
        return
    earlier = await turn.session.get(Submission, before.submission_id or 0)
    changes = views.changes(earlier.values() if earlier else {}, filled, draft.labels)
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
        if "slip" in submission.context:
            slip = await turn.session.get_one(Slip, submission.context["slip"])
            at, by = submission.at, turn.account.id
            await slips.take_back(turn.session, slip, at, by, turn.now)
        await _tell_withdrawn(turn, lead)


async def _tell_withdrawn(turn: Turn, lead: Lead) -> None:
    """Whoever has taken the lead on may be on her way to the door."""
    person = await turn.session.get(Person, lead.person_id)
    if lead.claimed_by is not None and person is not None:
        message = Outbound((Text("verify.withdrawn", {"name": person.name}),))
        turn.tell(lead.claimed_by, message, f"withdrawn:lead{lead.id}")


FEATURE = Feature(
    on_behalf={"report": for_person},
    commands={"report": report},
    forms=(
        FormSpec(
            SelfReport,
            submit,
            {"divisions": divisions_named, "units": units_at},
            withdraw=withdraw,
            settled=settled,
        ),
    ),
    menu=(MenuItem("report", (Role.RESIDENT,)),),
)
