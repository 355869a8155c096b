"""Somebody ill behind a door: her own team is called at once."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from handlers.engine.context import Option
from handlers.engine.draft import Draft
from handlers.feature import Filed
from handlers.turn import Turn
from handlers.visits import views
from handlers.visits.doors import home_of, members_of, take_back
from handlers.visits.form import Unwell
from models.access import access_person
from models.actors import Action
from models.alerts import alert_at_door, withdraw_door_alert
from models.episodes import Episode, running_episode
from models.messages import Text, UserError, Value, verbatim
from models.obligations import Kind, Obligation
from models.observation import record_checkin, unplanned_checkin
from models.people import Household, Person
from models.registers import Submission
from models.rules import rules_for
from models.units import Unit
from models.visits import Found, Visit, record_visit


async def begin(turn: Turn, arguments: Sequence[str]) -> None:
    """a:sick:<household>"""
    home = await home_of(turn, arguments)
    if not await members_of(turn, home):
        raise UserError("unwell.nobody_listed")
    await turn.begin(Unwell, {"household": home.id})


async def members(turn: Turn, draft: Draft, _query: str) -> Sequence[Option]:
    home = await home_of(turn, [f"h{draft.context['household']}"])
    found = await members_of(turn, home)
    return [Option(str(one.person.id), verbatim(one.person.name)) for one in found]


async def submit(turn: Turn, filled: Unwell, draft: Draft) -> Filed:
    home = await home_of(turn, [f"h{draft.context['household']}"])
    number = int(filled.member) if filled.member.isdecimal() else 0
    person = await access_person(turn.session, await turn.actor(), number, Action.REPORT)
    if person.household_id != home.id:
        raise UserError("access.denied")
    if "corrects" in draft.context:
        earlier = await turn.session.get_one(Submission, draft.context["corrects"])
        await withdraw(turn, earlier)
    submission = await turn.file(
        filled, draft, person_id=person.id, unit_id=home.unit_id, on_behalf=True
    )
    visit = await record_visit(turn.session, home, Found.ILL, turn.account.id, turn.now)
    await _call_team(turn, filled, home, person, visit)
    facts: dict[str, Value] = {"name": person.name, "door": views.named(home.address)}
    return Filed(submission, (Text("unwell.done", facts),), (views.next_door(home),))


async def _call_team(
    turn: Turn, filled: Unwell, home: Household, person: Person, visit: Visit
) -> None:
    """An alert; of somebody under observation it is a check-in as well, told on her behalf."""
    symptoms = sorted(filled.symptoms)
    episode = await running_episode(turn.session, person.id)
    if episode is not None:
        item = await _checkin(turn, episode)
        by, now = turn.account.id, turn.now
        called = await record_checkin(
            turn.session, item, filled.temperature, symptoms, by, now, turn.zone
        )
        if called:
            return
    rules = await rules_for(turn.session, await turn.session.get_one(Unit, home.unit_id))
    fever = filled.temperature is not None and filled.temperature >= rules.fever_celsius
    degrees = None if filled.temperature is None else str(filled.temperature)
    await alert_at_door(
        turn.session,
        "fever" if fever else "symptoms",
        visit.id,
        person,
        turn.now,
        {"temperature": degrees, "symptoms": symptoms},
    )


async def _checkin(turn: Turn, episode: Episode) -> Obligation:
    """The check-in that is open now, else one between two."""
    found = await turn.session.scalar(
        select(Obligation)
        .where(
            Obligation.episode_id == episode.id,
            Obligation.kind == Kind.CHECKIN,
            Obligation.outcome.is_(None),
            Obligation.opens_at <= turn.now,
        )
        .order_by(Obligation.due_at.desc())
        .limit(1)
    )
    return found or await unplanned_checkin(turn.session, episode, turn.now, turn.zone)


async def withdraw(turn: Turn, submission: Submission) -> None:
    """An alert that nobody has taken on ends with the report."""
    visit = await take_back(turn, submission, Found.ILL)
    if visit is not None:
        await withdraw_door_alert(turn.session, visit.id, turn.account.id, turn.now)
