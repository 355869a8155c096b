"""Somebody new behind a door: a person and a lead of the worker's own, told on her behalf."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from handlers.engine.context import Option
from handlers.engine.draft import Draft
from handlers.feature import Filed
from handlers.turn import Turn
from handlers.visits import views
from handlers.visits.doors import home_of, take_back
from handlers.visits.form import Arrival
from models import divisions
from models.cards import action
from models.leads import Lead, LeadOutcome, LeadSource
from models.leave import name_of
from models.messages import Button, Outbound, Style, Text, UserError, Value, verbatim
from models.obligations import Obligation, by_key
from models.papers import not_owed, owe_papers, remember_without
from models.people import Household, Person
from models.registers import Submission
from models.verification import (
    Report,
    claim,
    close_lead,
    open_lead,
    remember_person,
    verify_key,
)
from models.visits import Found, record_visit


async def begin(turn: Turn, arguments: Sequence[str]) -> None:
    """a:arrival:<household>"""
    home = await home_of(turn, arguments)
    await turn.begin(Arrival, {"household": home.id})


async def places(_turn: Turn, _draft: Draft, query: str) -> Sequence[Option]:
    found = divisions.search(query)
    return [Option(one.label, verbatim(one.label), len(found) == 1) for one in found]


async def submit(turn: Turn, filled: Arrival, draft: Draft) -> Filed:
    """Person, visit and lead in one transaction; she who found her verifies her."""
    home = await home_of(turn, [f"h{draft.context['household']}"])
    corrected = await _corrected(turn, draft)
    before = corrected.person_id if corrected is not None else None
    told = _report(filled, home)
    person, new = await _remember(turn, told, home)
    if new:
        person.household_id = home.id
    submission = await turn.file(
        filled, draft, person_id=person.id, unit_id=home.unit_id, on_behalf=True
    )
    lead, _ = await open_lead(
        turn.session, told, person, turn.account.id, submission.id, turn.now, turn.zone, corrected
    )
    if lead.account_id == turn.account.id:
        lead.account_id = None  # she tells what she found, not what concerns her
    duty = await by_key(turn.session, verify_key(lead.id))
    assert duty is not None, "every lead has its verification"
    await _papers(turn, filled, person, submission.id, before)
    if corrected is None:
        await record_visit(turn.session, home, Found.NEW, turn.account.id, turn.now)
    return Filed(submission, *await _said(turn, home, person, duty))


async def _remember(turn: Turn, told: Report, home: Household) -> tuple[Person, bool]:
    if told.document is not None:
        return await remember_person(turn.session, told, turn.now)
    return await remember_without(turn.session, told.told(), home, told.expected_at, turn.now)


async def _papers(
    turn: Turn, filled: Arrival, person: Person, report: int, before: int | None
) -> None:
    """Who had no papers owes them; who turns out to have some, or to be another, does not."""
    if before not in (None, person.id):
        await not_owed(turn.session, before, turn.account.id, turn.now)
    if filled.document is None:
        by = turn.account.id
        await owe_papers(turn.session, person, filled.lacks, report, by, turn.now)


async def _said(
    turn: Turn, home: Household, person: Person, duty: Obligation
) -> tuple[tuple[Text, ...], tuple[tuple[Button, ...], ...]]:
    mine = await claim(turn.session, duty, turn.account.id, turn.now)
    facts: dict[str, Value] = {
        "name": person.name,
        "door": views.named(home.address),
        "due": duty.due_at,
    }
    onward = views.next_door(home)
    verify = Button(Text("action.verify"), action("verify", duty), style=Style.PRIMARY)
    if mine:
        return (Text("arrival.done", facts),), ((verify,), onward)
    if duty.owner_id is not None:
        by = await name_of(turn.session, turn.account.id)
        message = Outbound((Text("arrival.seen", {**facts, "by": by}),), ((verify,),), protect=True)
        turn.tell(duty.owner_id, message, f"seen:{duty.key}:{turn.event.update_id}")
    return (Text("arrival.with_colleague", facts),), (onward,)


def _report(filled: Arrival, home: Household) -> Report:
    return Report(
        name=filled.name,
        phone=filled.phone,
        document=filled.document,
        address=home.address,
        origin=filled.origin,
        transport=f"{filled.transport.mode} {filled.transport.number}".strip(),
        expected_at=filled.arrival_at,
        unit_id=home.unit_id,
        source=LeadSource.VISIT,
    )


async def _lead_of(turn: Turn, submission_id: int) -> Lead | None:
    return await turn.session.scalar(
        select(Lead).where(Lead.submission_id == submission_id).with_for_update()
    )


async def _corrected(turn: Turn, draft: Draft) -> Lead | None:
    """The open lead of the report that this one corrects."""
    number = draft.context.get("corrects")
    lead = await _lead_of(turn, number) if number is not None else None
    if lead is not None and lead.outcome is not None:
        raise UserError("arrival.verified_already")
    return lead


async def settled(turn: Turn, submission: Submission) -> Outbound | None:
    """Once she is verified the report stays as it is."""
    lead = await _lead_of(turn, submission.id)
    if lead is None or lead.outcome is None:
        return None
    return Outbound((Text("arrival.verified_already"),))


async def withdraw(turn: Turn, submission: Submission) -> None:
    lead = await _lead_of(turn, submission.id)
    if lead is not None and lead.outcome is None:
        await close_lead(turn.session, lead, LeadOutcome.WITHDRAWN, turn.account.id, turn.now)
    if submission.person_id is not None:
        await not_owed(turn.session, submission.person_id, turn.account.id, turn.now)
    await take_back(turn, submission, Found.NEW)
