"""Tips: anybody sends one, a worker checks it, whoever sent it hears what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from handlers.engine.draft import Draft
from handlers.feature import Drawer, Feature, Filed, FormSpec, MenuItem
from handlers.tips import views
from handlers.tips.form import Signed, TipForm, TipLead
from handlers.turn import Turn
from models.accounts import Account, Role
from models.actors import Action
from models.cards import briefs
from models.crypto import blind_index
from models.leads import LeadSource
from models.messages import Outbound, Text, UserError
from models.obligations import Kind, Obligation
from models.outbox import Priority
from models.people import Person, phone_index
from models.placing import grid_for
from models.points import Reason, award, holder_of
from models.registers import Submission
from models.rules import Rules, rules_for
from models.tips import (
    KEPT_DAYS,
    Tip,
    TipKind,
    TipOutcome,
    ask_to_check,
    close_matter,
    duty_of,
    join,
    like,
    matter_of,
    sender_index,
    wait_until,
)
from models.units import Unit, root
from models.verification import KEEP_DAYS, Report, claim, open_lead

OFFERED = 6


async def tip(turn: Turn, _argument: str) -> None:
    top = await root(turn.session)
    if top is None:
        raise UserError("selfreport.no_district")
    await _may_send(turn, await rules_for(turn.session, top))
    await turn.begin(TipForm)


async def _may_send(turn: Turn, rules: Rules) -> None:
    """Somebody whose tips were untrue again and again waits a day between two; she is told."""
    until = await wait_until(turn.session, turn.account.id, rules, turn.now)
    if until is not None:
        raise UserError("tip.slowed", n=rules.tip_false, at=until)


async def submit(turn: Turn, filled: TipForm, draft: Draft) -> Filed:
    """Kept as a tip and nothing else: a submission would say who wrote it."""
    top = await root(turn.session)
    assert top is not None, "the form began with a district"
    if filled.seen_at > turn.now:
        raise UserError("tip.in_future", at=filled.seen_at)
    rules = await rules_for(turn.session, top)
    await _may_send(turn, rules)
    unit = await _unit(turn, filled.place, top)
    row = Tip(
        unit_id=unit.id,
        kind=filled.kind,
        anonymous=filled.signed == Signed.ANONYMOUS,
        sender=str(turn.account.id),
        sender_index=sender_index(turn.account.id),
        text=filled.text,
        place=filled.place,
        photo=filled.photo,
        seen_at=filled.seen_at,
        created_at=turn.now,
        purge_on=turn.today + timedelta(days=KEPT_DAYS),
    )
    turn.session.add(row)
    await turn.session.flush()
    await ask_to_check(turn.session, row, filled.place, rules, turn.now)
    how = Text(f"tip.done.{filled.signed}", {"days": KEPT_DAYS})
    return Filed(None, (Text("tip.done", {"unit": unit.name, "hours": rules.verify_tip}), how))


async def _unit(turn: Turn, place: str, top: Unit) -> Unit:
    """Where it was seen, else where she lives or came in."""
    found = await grid_for(turn.session, place, None, top)
    if found is not None:
        return found
    unit_id = turn.account.gate_unit_id
    if turn.account.person_id is not None:
        person = await turn.session.get(Person, turn.account.person_id)
        unit_id = person.unit_id if person else unit_id
    return (await turn.session.get(Unit, unit_id) if unit_id else None) or top


# -- a worker -------------------------------------------------------------------------------------


async def deed(turn: Turn, arguments: Sequence[str]) -> None:
    """What a card's buttons do: the outcome, the picture, the same matter, a lead."""
    duty = await turn.obligation(arguments, Action.VERIFY, Kind.TIP)
    found = await turn.session.get(Tip, duty.facts["tip"], with_for_update=True)
    assert found is not None, "a tip's duty belongs to a tip"
    what = arguments[1] if len(arguments) > 1 else ""
    if what == "lead" and found.outcome == TipOutcome.TRUE and found.lead_id is None:
        await turn.begin(TipLead, {"duty": duty.id})
        return
    if what == "picture" and found.photo is not None:
        turn.audit("picture.shown", f"tip:{found.id}")
        turn.send(Outbound((Text("tip.picture"),), photo=found.photo, protect=True))
        return
    if found.outcome is not None:
        raise UserError("tip.over")
    if what in set(TipOutcome):
        await _close(turn, duty, found, TipOutcome(what))
    elif what == "same":
        await _same(turn, duty, found, arguments[2:])
    else:
        raise UserError("unknown.button")


async def _claim(turn: Turn, duty: Obligation) -> None:
    """Two workers do not go about one tip."""
    if not await claim(turn.session, duty, turn.account.id, turn.now):
        raise UserError("claim.taken")


async def _claim_too(turn: Turn, theirs: Obligation) -> None:
    """What is one matter with hers is hers, unless a colleague is at it."""
    if not await claim(turn.session, theirs, turn.account.id, turn.now):
        raise UserError("tip.same_claimed")


async def _close(turn: Turn, duty: Obligation, found: Tip, outcome: TipOutcome) -> None:
    if found.sent_by() == turn.account.id:
        raise UserError("tip.own")
    await _claim(turn, duty)
    ended = await close_matter(turn.session, found, outcome, turn.account.id, turn.now)
    turn.audit("tip.closed", f"tip:{found.id}", outcome)
    for one in ended:
        await _answer(turn, one, outcome)
    (brief,) = await briefs(turn.session, [duty])
    lead = outcome == TipOutcome.TRUE and found.kind == TipKind.RETURNEE
    turn.replace(views.closed(brief, outcome, len(ended), lead=lead))


async def _answer(turn: Turn, ended: Tip, outcome: TipOutcome) -> None:
    """Whoever sent it hears what came of it; a true one that came first has its points.

    The message's key does not say which tip it answers.
    """
    account_id = ended.sent_by()
    if account_id is None:
        return
    first = ended.same_as_id is None
    n = 0
    if first and outcome == TipOutcome.TRUE and not ended.anonymous:
        n = await _reward(turn, ended, account_id)
    key = f"tip:{blind_index(str(ended.id), 'tips.answer')}"
    message = views.answer(ended, outcome, first=first, n=n)
    turn.tell(account_id, message, key, Priority.NOTICE)


async def _reward(turn: Turn, ended: Tip, account_id: int) -> int:
    account = await turn.session.get(Account, account_id)
    unit = await turn.session.get_one(Unit, ended.unit_id)
    n = (await rules_for(turn.session, unit)).points_tip
    if account is None or n == 0:
        return 0
    holder, by = holder_of(account), turn.account.id
    key = f"tip:{ended.id}"
    await award(turn.session, key, holder, n, Reason.TIP, unit.id, by, turn.now)
    return n


async def _same(turn: Turn, duty: Obligation, found: Tip, chosen: Sequence[str]) -> None:
    """First tap: which one? Second: they are one matter, and the first that came leads it."""
    others = await like(turn.session, found, OFFERED)
    if not chosen:
        if not others:
            raise UserError("tip.no_others")
        turn.send(views.which(duty, others))
        return
    other = next((one for one in others if str(one.id) == chosen[0]), None)
    if other is None:
        raise UserError("unknown.button")
    await _claim(turn, duty)
    for one in await matter_of(turn.session, other):
        theirs = await duty_of(turn.session, one)
        if theirs is not None and theirs.is_open():
            await _claim_too(turn, theirs)
    await join(turn.session, found, other)
    turn.audit("tip.joined", f"tip:{found.id}")
    settled = next((o for o in (found, other) if o.outcome is not None), None)
    if settled is None or settled.outcome is None:
        turn.replace(views.joined(duty, len(await matter_of(turn.session, found))))
        return
    await _close(turn, duty, found, TipOutcome(settled.outcome))


async def submit_lead(turn: Turn, filled: TipLead, draft: Draft) -> Filed:
    """The person becomes a lead like any other, found by a tip; the tip's sender is not named."""
    duty = await turn.obligation([str(draft.context["duty"])], Action.VERIFY, Kind.TIP)
    found = await turn.session.get_one(Tip, duty.facts["tip"], with_for_update=True)
    if found.lead_id is not None or filled.arrived_at > turn.now:
        raise UserError("tip.lead_already" if found.lead_id else "tip.arrival_future")
    person = Person(
        unit_id=found.unit_id,
        name=filled.name,
        phone=filled.phone,
        phone_index=phone_index(filled.phone) if filled.phone else None,
        address=filled.address,
        created_at=turn.now,
        purge_on=turn.today + timedelta(days=KEEP_DAYS),
    )
    turn.session.add(person)
    await turn.session.flush()
    report = Report(
        name=filled.name,
        phone=filled.phone,
        document=None,
        address=filled.address,
        origin="",
        transport="",
        expected_at=filled.arrived_at,
        unit_id=found.unit_id,
        source=LeadSource.TIP,
    )
    lead, _ = await open_lead(turn.session, report, person, None, None, turn.now, turn.zone)
    found.lead_id = lead.id
    submission = await turn.file(filled, draft, person_id=person.id, unit_id=found.unit_id)
    turn.audit("tip.lead", f"person:{person.id}")
    return Filed(submission, (Text("tip.lead_opened", {"name": filled.name}),))


async def settled(_turn: Turn, _submission: Submission) -> Outbound:
    """The lead goes its own way; what is wrong is put right there."""
    return Outbound((Text("tip.lead_already"),))


FEATURE = Feature(
    commands={"tip": tip},
    actions={"tip": deed},
    forms=(FormSpec(TipForm, submit), FormSpec(TipLead, submit_lead, settled=settled)),
    menu=(MenuItem("tip", (Role.RESIDENT,), drawer=Drawer.OWN),),
)
