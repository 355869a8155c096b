"""What becomes of a lead when its worker says what she found, and when she takes that back."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from handlers.engine.draft import Draft
from handlers.feature import Filed
from handlers.leads import known, views
from handlers.leads.form import Finding, Verification
from handlers.turn import Turn
from models.access import access_lead
from models.accounts import TEAM, Account, Assignment
from models.actors import Action
from models.attempts import Attempt, Way, forget_attempt, try_lead
from models.cards import team_rows
from models.episodes import Episode, EpisodeEnd, running_episode
from models.leadcards import finding_text
from models.leads import UNDECIDED, Lead, LeadOutcome
from models.leadwork import hand_over, reopen_lead
from models.messages import Outbound, Text, UserError, Value
from models.obligations import Kind, Obligation
from models.observation import close_episode, open_episode, plan_of
from models.outbox import Priority
from models.people import Person
from models.protocols import catalogue
from models.registers import Submission
from models.rules import Rules, rules_for
from models.units import Unit, district_of, unit_by_code
from models.verification import claim, close_lead


async def submit(turn: Turn, filled: Verification, draft: Draft) -> Filed:
    """The one way of every finding: filed, then observed, tried again, handed over or ended."""
    lead = await access_lead(turn.session, await turn.actor(), int(draft.context["lead"]))
    if "corrects" in draft.context:
        await undo(turn, lead, int(draft.context["corrects"]))
        draft = known.without_same(draft)
    if lead.outcome is not None:
        raise UserError("verify.done_already")
    person = await turn.session.get(Person, lead.person_id)
    assert person is not None, "a lead belongs to a person"
    if known.SAME in draft.context:
        filed = await known.file_same(turn, filled, draft, lead, person)
        tell_ended(turn, lead, filled.finding.value)
        return filed
    submission = await turn.file(filled, draft, person_id=person.id, unit_id=lead.unit_id)
    turn.audit("lead.verified", f"person:{person.id}", finding=filled.finding)
    if filled.finding == Finding.OBSERVE:
        return Filed(submission, await _observe(turn, filled, lead, person))
    outcome = LeadOutcome(filled.finding.value)
    if outcome in UNDECIDED:
        return await _tried(turn, lead, person, outcome, filled.way, submission)
    if outcome == LeadOutcome.OTHER_AREA and filled.place is not None:
        unit = await _ours(turn, lead, filled.place)
        if unit is not None:
            await hand_over(turn.session, lead, unit, turn.now)
            turn.audit("lead.handed_over", f"person:{person.id}", unit=unit.id)
            moved: dict[str, Value] = {"name": person.name, "unit": unit.name}
            return Filed(submission, (Text("verification.handed_over", moved),))
        lead.place = filled.place
    await close_lead(turn.session, lead, outcome, turn.account.id, turn.now)
    tell_ended(turn, lead, outcome)
    ended: dict[str, Value] = {"name": person.name, "reason": finding_text(outcome)}
    return Filed(submission, (Text("verification.dismissed", ended),))


async def duty_of(turn: Turn, lead_id: int | None) -> Obligation:
    """The lead's verification."""
    found = await turn.session.scalar(
        select(Obligation).where(Obligation.lead_id == lead_id, Obligation.kind == Kind.VERIFY)
    )
    assert found is not None, "every lead has its verification"
    return found


async def taken_on(turn: Turn, arguments: Sequence[str]) -> Obligation:
    """The lead's verification, open and hers; the card may be that of another attempt at it."""
    duty = await turn.obligation(arguments, Action.VERIFY, Kind.VERIFY, Kind.RETRY)
    if duty.kind == Kind.RETRY:
        duty = await duty_of(turn, duty.lead_id)
    if not duty.is_open():
        raise UserError("verify.done_already")
    if not await claim(turn.session, duty, turn.account.id, turn.now):
        raise UserError("claim.taken")
    return duty


async def rules_of_lead(turn: Turn, lead: Lead) -> Rules:
    unit = await turn.session.get(Unit, lead.unit_id)
    assert unit is not None, "a lead belongs to a unit"
    return await rules_for(turn.session, unit)


async def _tried(
    turn: Turn,
    lead: Lead,
    person: Person,
    outcome: LeadOutcome,
    way: Way | None,
    submission: Submission,
) -> Filed:
    """One more attempt: when she is tried again, and after enough of them how it may end."""
    duty, rules = await duty_of(turn, lead.id), await rules_of_lead(turn, lead)
    attempt = Attempt(
        lead_id=lead.id,
        at=turn.now,
        way=way,
        result=outcome,
        account_id=turn.account.id,
        submission_id=submission.id,
    )
    count, again = await try_lead(turn.session, lead, duty, attempt, rules, turn.zone)
    told: dict[str, Value] = {
        "name": person.name,
        "n": count,
        "what": Text(f"attempt.way.{way}") if way else finding_text(outcome),
        "again": again,
        "due": duty.due_at,
    }
    enough = count >= rules.attempts
    need: dict[str, Value] = {"most": rules.attempts, "reason": finding_text(outcome)}
    end = Text("attempt.enough" if enough else "attempt.more", need)
    return Filed(submission, (Text("attempt.noted", told), end), team_rows(duty))


async def _ours(turn: Turn, lead: Lead, place: str) -> Unit | None:
    """The unit of our own district that a picked place is; None for words of hers."""
    unit = await unit_by_code(turn.session, place)
    here = await turn.session.get(Unit, lead.unit_id)
    assert here is not None, "a lead belongs to a unit"
    if unit is None or not unit.path.startswith((await district_of(turn.session, here)).path):
        return None
    if unit.id == here.id:
        raise UserError("verify.same_unit", unit=unit.name)
    return unit


async def _observe(
    turn: Turn, filled: Verification, lead: Lead, person: Person
) -> tuple[Text, ...]:
    """Open the episode and tell the person, in plain words, what it means."""
    if await running_episode(turn.session, person.id) is not None:
        raise UserError("verify.observed_already", name=person.name)
    pack_id, _, category = filled.category.partition("/")
    await _settle_in(turn, lead, person)
    conditions = ("no_home",) if filled.home_ok is False else ()
    episode = await open_episode(
        turn.session,
        lead,
        person,
        catalogue.get(pack_id),
        category,
        filled.anchor_on,
        turn.account.id,
        turn.now,
        turn.zone,
        conditions,
    )
    plan = plan_of(episode, turn.zone)
    if filled.anchor_on > turn.today:
        raise UserError("verify.anchor_future", on=filled.anchor_on)
    if plan.ends_on < turn.today:
        raise UserError("verify.anchor_over", on=filled.anchor_on, until=plan.ends_on)
    told = person.guardian_id or lead.account_id
    if told is not None:
        contact = await contact_text(turn)
        message = views.timeline(catalogue.get(pack_id), episode, plan, person.name, contact)
        turn.tell(told, message, f"opened:ep{episode.id}:a{told}", Priority.NOTICE)
    params: dict[str, Value] = {"name": person.name, "until": plan.ends_on, "n": len(plan.duties)}
    lines = (Text("verification.opened", params), *views.stages(plan))
    return (*lines, Text("verification.told" if told else "verification.untold"))


async def _settle_in(turn: Turn, lead: Lead, person: Person) -> None:
    """Verified: the person belongs to this grid, and to the account that reported her."""
    person.unit_id = lead.unit_id
    if lead.account_id is None or lead.submission_id is None:
        return
    reported = await turn.session.get(Submission, lead.submission_id)
    account = await turn.session.get(Account, lead.account_id)
    if reported is None or account is None:
        return
    told = reported.values()
    person.address = told.get("address") or person.address
    if told.get("whom") == "self" and account.person_id in (None, person.id):
        account.person_id = person.id
    elif account.person_id != person.id:
        person.guardian_id = account.id


async def contact_text(turn: Turn) -> Text:
    """The worker's own name and number, as the staff list has them."""
    mine = await turn.session.scalar(
        select(Assignment)
        .where(Assignment.account_id == turn.account.id, Assignment.role.in_(TEAM))
        .order_by(Assignment.id)
        .limit(1)
    )
    name = (mine.name if mine else None) or turn.account.name or ""
    if mine is None or mine.phone is None:
        return Text("episode.contact_name", {"name": name})
    return Text("episode.contact", {"name": name, "phone": mine.phone})


async def settled(turn: Turn, submission: Submission) -> Outbound | None:
    """It was handed over: whoever has it now is the one to say otherwise."""
    lead = await turn.session.get(Lead, int(submission.context["lead"]))
    unit = await turn.session.get(Unit, lead.unit_id) if lead else None
    if unit is None or (await turn.actor()).may(Action.VERIFY, unit.path):
        return None
    return Outbound((Text("verification.with_others", {"unit": unit.name}),))


async def withdraw(turn: Turn, submission: Submission) -> None:
    """Said in error: observation is cancelled, an attempt was none, the lead waits again."""
    lead_id = int(submission.context["lead"])
    lead = await access_lead(turn.session, await turn.actor(), lead_id)
    await undo(turn, lead, submission.id)


async def undo(turn: Turn, lead: Lead, submission_id: int) -> None:
    duty = await duty_of(turn, lead.id)
    rules = await rules_of_lead(turn, lead)
    await forget_attempt(turn.session, duty, submission_id, rules)
    if lead.outcome is None:
        return
    await known.undo_same(turn, lead, submission_id)
    episode = await turn.session.scalar(
        select(Episode).where(Episode.lead_id == lead.id, Episode.outcome.is_(None))
    )
    if episode is not None:
        end = EpisodeEnd.CANCELLED
        await close_episode(turn.session, episode, end, turn.account.id, turn.now)
        if lead.account_id is not None:
            message = Outbound((Text("episode.cancelled"),))
            turn.tell(lead.account_id, message, f"cancelled:ep{episode.id}")
    await reopen_lead(turn.session, lead, turn.now)
    turn.audit("lead.reopened", f"person:{lead.person_id}")


def tell_ended(turn: Turn, lead: Lead, outcome: str) -> None:
    """The person hears that nothing follows from her report."""
    if lead.account_id is not None and outcome == LeadOutcome.NO_RISK:
        turn.tell(
            lead.account_id,
            Outbound((Text("selfreport.no_risk"),)),
            f"lead_ended:{lead.id}",
        )
