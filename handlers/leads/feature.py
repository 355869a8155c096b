"""Leads: a worker sees what waits, verifies it, and observation begins or the lead ends."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_, select

from handlers.engine.context import Option
from handlers.engine.draft import Draft
from handlers.feature import Drawer, Feature, FormSpec, MenuItem
from handlers.leads import entry, known, paper, views
from handlers.leads.finding import rules_of_lead, settled, submit, taken_on, withdraw
from handlers.leads.form import Finding, NewLead, Paper, Verification
from handlers.places import divisions_named, units_at, units_named
from handlers.turn import Turn
from models.access import access_lead, under
from models.accounts import TEAM
from models.actors import Action
from models.attempts import Way, attempts_at
from models.cards import LIST_LENGTH, briefs
from models.leadcards import finding_text
from models.leads import Lead, LeadOutcome
from models.messages import Outbound, Text, UserError, Value
from models.obligations import Kind, Obligation
from models.people import Person
from models.protocols import catalogue
from models.units import Level, Unit, district_of
from models.verification import close_lead

ONE_TAP = (Finding.NO_ANSWER, Finding.EMPTY_NUMBER, Finding.SYSTEM_FAULT)


async def verify(turn: Turn, _argument: str) -> None:
    """The leads that wait for her, oldest deadline first."""
    actor = await turn.actor()
    if not actor.may(Action.VERIFY):
        raise UserError("access.staff_only")
    found = await turn.session.scalars(
        select(Obligation)
        .where(
            Obligation.kind == Kind.VERIFY,
            Obligation.outcome.is_(None),
            under(actor.paths(Action.VERIFY), Obligation.unit_id),
        )
        .order_by(Obligation.due_at)
        .limit(200)
    )
    every = list(found)
    now_open = [o for o in every if o.opens_at <= turn.now]
    items = await briefs(turn.session, now_open[:LIST_LENGTH])
    turn.send(views.waiting(items, len(every) - len(now_open), turn.now, turn.zone))


async def begin(turn: Turn, arguments: Sequence[str]) -> None:
    """The verification form; whoever verifies has taken the lead on."""
    duty = await taken_on(turn, arguments)
    await turn.begin(Verification, {"lead": duty.lead_id})


async def tried(turn: Turn, arguments: Sequence[str]) -> None:
    """One tap: nobody answers, there is no such number, the system is down."""
    found = next((f for f in ONE_TAP if f.value in arguments[1:]), None)
    if found is None:
        raise UserError("unknown.button")
    duty = await taken_on(turn, arguments)
    way = Way.CALL if found == Finding.NO_ANSWER else None
    filled = Verification.model_validate({"finding": found, "way": way})
    await turn.submit_now(filled, {"lead": duty.lead_id})


async def give_up(turn: Turn, arguments: Sequence[str]) -> None:
    """Tried as often as the district asks for: the lead ends with what the last attempt came to."""
    duty = await taken_on(turn, arguments)
    lead = await access_lead(turn.session, await turn.actor(), duty.lead_id or 0)
    attempts = await attempts_at(turn.session, lead.id)
    rules = await rules_of_lead(turn, lead)
    if len(attempts) < rules.attempts:
        raise UserError("attempt.not_enough", n=len(attempts), most=rules.attempts)
    outcome = LeadOutcome(attempts[-1].result)
    await close_lead(turn.session, lead, outcome, turn.account.id, turn.now)
    turn.audit("lead.given_up", f"person:{lead.person_id}", attempts=len(attempts))
    person = await turn.session.get(Person, lead.person_id)
    facts: dict[str, Value] = {
        "name": person.name if person else "",
        "reason": finding_text(outcome),
        "n": len(attempts),
    }
    turn.replace(Outbound((Text("attempt.given_up", facts),)))


async def same(turn: Turn, arguments: Sequence[str]) -> None:
    """What was found about her before still holds: one tap."""
    duty = await taken_on(turn, arguments)
    earlier = await turn.session.get(Lead, duty.facts.get("before", {}).get("lead", 0))
    filled = await known.finding_of(turn, earlier) if earlier else None
    if earlier is None or filled is None:
        raise UserError("verify.nothing_before")
    context = {"lead": duty.lead_id, known.SAME: earlier.id}
    await turn.submit_now(filled, context, known.labels_of(turn, filled))


async def _places(turn: Turn, draft: Draft, query: str) -> Sequence[Option]:
    """Grids and villages of the district; all may be handed over to."""
    lead = await turn.session.get(Lead, draft.context["lead"])
    unit = await turn.session.get(Unit, lead.unit_id) if lead else None
    assert unit is not None, "a lead belongs to a unit"
    district = await district_of(turn.session, unit)
    local = Unit.level.in_((Level.GRID, Level.VILLAGE))
    return await units_named(turn, and_(Unit.path.startswith(district.path), local), query)


async def _categories(turn: Turn, draft: Draft, _query: str) -> Sequence[Option]:
    """The categories of the packs that the district has switched on."""
    lead = await turn.session.get(Lead, draft.context["lead"])
    unit = await turn.session.get(Unit, lead.unit_id) if lead else None
    assert unit is not None, "a lead belongs to a unit"
    packs = [catalogue.get(pack) for pack in (await district_of(turn.session, unit)).packs]
    if not packs:
        raise UserError("verify.no_packs")
    codes = [f"{pack.id}/{category}" for pack in packs for category in pack.categories]
    return [Option(code, known.category_label(code)) for code in codes]


FEATURE = Feature(
    commands={"verify": verify, "lead": entry.begin},
    actions={
        "verify": begin,
        "tried": tried,
        "giveup": give_up,
        "same": same,
        "paper": paper.begin,
    },
    forms=(
        FormSpec(
            Verification,
            submit,
            {"categories": _categories, "places": _places},
            withdraw=withdraw,
            settled=settled,
        ),
        FormSpec(
            NewLead,
            entry.submit,
            {"divisions": divisions_named, "units": units_at},
            withdraw=entry.withdraw,
            settled=entry.settled,
        ),
        FormSpec(Paper, paper.submit),
    ),
    menu=(MenuItem("verify", TEAM[:2]), MenuItem("lead", TEAM, drawer=Drawer.PEOPLE)),
)
