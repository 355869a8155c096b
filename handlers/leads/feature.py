"""Leads: a worker sees what waits, verifies it, and observation begins or the lead ends."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from handlers.engine.context import Option
from handlers.engine.draft import Draft
from handlers.feature import Feature, Filed, FormSpec, MenuItem
from handlers.leads import views
from handlers.leads.form import Finding, Verification
from handlers.turn import Turn
from models.access import Action, access_lead, under
from models.accounts import TEAM, Account, Assignment
from models.cards import LIST_LENGTH, briefs
from models.episodes import Episode, EpisodeEnd, running_episode
from models.leads import Lead, LeadOutcome
from models.messages import Outbound, Text, UserError, Value
from models.obligations import Kind, Obligation
from models.observation import close_episode, open_episode, plan_of
from models.outbox import Priority
from models.people import Person
from models.protocols import catalogue
from models.registers import Submission
from models.units import Unit, district_of
from models.verification import claim, close_lead, reopen_lead


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
    obligation = await turn.obligation(arguments, Action.VERIFY, Kind.VERIFY)
    if not obligation.is_open():
        raise UserError("verify.done_already")
    if not await claim(turn.session, obligation, turn.account.id, turn.now):
        raise UserError("claim.taken")
    await turn.begin(Verification, {"lead": obligation.lead_id})


async def _categories(turn: Turn, draft: Draft, _query: str) -> Sequence[Option]:
    """The categories of the packs that the district has switched on."""
    lead = await turn.session.get(Lead, draft.context["lead"])
    unit = await turn.session.get(Unit, lead.unit_id) if lead else None
    assert unit is not None, "a lead belongs to a unit"
    packs = [catalogue.get(pack) for pack in (await district_of(turn.session, unit)).packs]
    if not packs:
        raise UserError("verify.no_packs")
    return [
        Option(f"{pack.id}/{category}", Text(f"pack.{pack.id}.category.{category}"))
        for pack in packs
        for category in pack.categories
    ]


async def submit(turn: Turn, filled: Verification, draft: Draft) -> Filed:
    lead = await access_lead(turn.session, await turn.actor(), int(draft.context["lead"]))
    if "corrects" in draft.context:
        await _undo(turn, lead)
    if lead.outcome is not None:
        raise UserError("verify.done_already")
    person = await turn.session.get(Person, lead.person_id)
    assert person is not None, "a lead belongs to a person"
    submission = await turn.file(filled, draft, person_id=person.id, unit_id=lead.unit_id)
    turn.audit("lead.verified", f"person:{person.id}", finding=filled.finding)
    if filled.finding == Finding.OBSERVE:
        lines = await _observe(turn, filled, lead, person)
    else:
        outcome = LeadOutcome(filled.finding.value)
        await close_lead(turn.session, lead, outcome, turn.account.id, turn.now)
        _tell_ended(turn, lead, outcome)
        ended: dict[str, Value] = {
            "name": person.name,
            "reason": Text(f"verification.finding.choice.{outcome}"),
        }
        lines = (Text("verification.dismissed", ended),)
    return Filed(submission, lines)


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


async def withdraw(turn: Turn, submission: Submission) -> None:
    """Opened in error: observation is cancelled, the lead waits again."""
    lead_id = int(submission.context["lead"])
    await _undo(turn, await access_lead(turn.session, await turn.actor(), lead_id))


async def _undo(turn: Turn, lead: Lead) -> None:
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


def _tell_ended(turn: Turn, lead: Lead, outcome: LeadOutcome) -> None:
    """The person hears that nothing follows from her report."""
    if lead.account_id is not None and outcome == LeadOutcome.NO_RISK:
        turn.tell(
            lead.account_id,
            Outbound((Text("selfreport.no_risk"),)),
            f"lead_ended:{lead.id}",
        )


FEATURE = Feature(
    commands={"verify": verify},
    actions={"verify": begin},
    forms=(FormSpec(Verification, submit, {"categories": _categories}, withdraw=withdraw),),
    menu=(MenuItem("verify", TEAM[:2]),),
)
