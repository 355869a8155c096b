"""Problems of venues: the venue takes note and proves, the inspector looks, closes, looks back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from handlers.claims import claimed_number
from handlers.engine.draft import Draft
from handlers.feature import Drawer, Feature, Filed, FormSpec, MenuItem
from handlers.problems import views
from handlers.problems.form import NotRight, ProveRight
from handlers.turn import Turn
from models.accounts import TEAM, Role
from models.actors import Action
from models.messages import Outbound, Text, UserError
from models.outbox import Priority
from models.rules import Rules, rules_for
from models.units import Unit
from models.venues import answering, closing
from models.venues.access import access_problem
from models.venues.colours import Shown, colour_of, colours_of
from models.venues.problem import Problem
from models.venues.problems import Proof, history, manager_of, open_problems
from models.venues.register import managed_by, open_in
from models.venues.venue import Venue


async def problems(turn: Turn, _argument: str) -> None:
    """A manager: her own. Whoever inspects: what waits for a look first, then by deadline."""
    actor = await turn.actor()
    if Role.VENUE not in actor.roles and not actor.may(Action.INSPECT):
        raise UserError("access.staff_only")
    if not actor.may(Action.INSPECT):
        mine = await managed_by(turn.session, actor, turn.now)
        own = await open_problems(turn.session, [venue.id for venue in mine])
        names = {venue.id: venue.name for venue in mine}
        turn.send(views.listed([(one, names[one.venue_id]) for one in own], turn.now))
        return
    found = await open_in(turn.session, actor)
    turn.send(views.listed(found, turn.now, ledger=actor.may(Action.ISSUE)))


async def _of(turn: Turn, claimed: str, *, own: bool) -> tuple[Problem, Venue]:
    number = claimed_number(claimed)
    problem = await access_problem(turn.session, await turn.actor(), number, turn.now, own=own)
    return problem, await turn.session.get_one(Venue, problem.venue_id)


async def _rules(turn: Turn, problem: Problem) -> Rules:
    return await rules_for(turn.session, await turn.session.get_one(Unit, problem.unit_id))


def _first(arguments: Sequence[str]) -> str:
    return arguments[0] if arguments else ""


async def show(turn: Turn, arguments: Sequence[str]) -> None:
    """One problem with all that happened to it, and what its reader can do."""
    actor = await turn.actor()
    inspects = actor.may(Action.INSPECT)
    problem, venue = await _of(turn, _first(arguments), own=not inspects)
    steps = await history(turn.session, problem)
    shown = colour_of(problem, turn.now, await _rules(turn, problem), turn.zone)
    there = await turn.session.get_one(Unit, problem.unit_id)
    notice = actor.may(Action.ISSUE, there.path)
    turn.send(views.card(problem, venue, steps, shown, inspects=inspects, notice=notice))


async def picture(turn: Turn, arguments: Sequence[str]) -> None:
    """The last picture of it."""
    inspects = (await turn.actor()).may(Action.INSPECT)
    problem, _ = await _of(turn, _first(arguments), own=not inspects)
    steps = await history(turn.session, problem)
    photos = [step.photo for step in steps if step.photo]
    if not photos:
        raise UserError("problem.no_picture")
    turn.audit("picture.shown", f"problem:{problem.id}")
    turn.send(Outbound((problem.text,), photo=photos[-1], protect=True))


# -- the venue's side ------------------------------------------------------------------------------


async def acknowledge(turn: Turn, arguments: Sequence[str]) -> None:
    problem, venue = await _of(turn, _first(arguments), own=True)
    if not problem.is_open():
        raise UserError("problem.closed_already")
    await answering.acknowledge(turn.session, problem, turn.account.id, turn.now)
    turn.audit("problem.acknowledged", f"problem:{problem.id}")
    turn.replace(views.acknowledged(problem, venue))


async def begin_proof(turn: Turn, arguments: Sequence[str]) -> None:
    problem, _ = await _of(turn, _first(arguments), own=True)
    if not problem.is_open():
        raise UserError("problem.closed_already")
    await turn.begin(ProveRight, {"problem": problem.id})


async def submit_proof(turn: Turn, filled: ProveRight, draft: Draft) -> Filed:
    problem, venue = await _of(turn, str(draft.context["problem"]), own=True)
    rules, proof = await _rules(turn, problem), Proof(filled.word, filled.photo)
    await answering.prove(turn.session, problem, venue, proof, turn.account.id, rules, turn.now)
    submission = await turn.file(filled, draft, person_id=None, unit_id=problem.unit_id)
    turn.audit("problem.proved", f"problem:{problem.id}")
    return Filed(submission, (Text("problem.proof_sent", {"hours": rules.recheck_hours}),))


# -- the inspector's side --------------------------------------------------------------------------


async def close(turn: Turn, arguments: Sequence[str]) -> None:
    problem, venue = await _of(turn, _first(arguments), own=False)
    rules, by = await _rules(turn, problem), turn.account.id
    before = await _colours(turn, venue, rules)
    await closing.close_problem(turn.session, problem, venue, by, rules, turn.now)
    turn.audit("problem.closed", f"problem:{problem.id}")
    off = bool(before) and not await _colours(turn, venue, rules)
    told = views.closed_told(problem, venue, off=off)
    await _tell_manager(turn, problem, venue, told, "closed")
    turn.replace(views.closed(problem, venue, rules.look_back_days))


async def _colours(turn: Turn, venue: Venue, rules: Rules) -> Mapping[int, Shown]:
    await turn.session.flush()
    return await colours_of(turn.session, [venue.id], turn.now, rules, turn.zone)


async def begin_return(turn: Turn, arguments: Sequence[str]) -> None:
    problem, _ = await _of(turn, _first(arguments), own=False)
    await turn.begin(NotRight, {"problem": problem.id})


async def submit_return(turn: Turn, filled: NotRight, draft: Draft) -> Filed:
    problem, venue = await _of(turn, str(draft.context["problem"]), own=False)
    rules, proof = await _rules(turn, problem), Proof(filled.word, filled.photo)
    problem.word = filled.word
    await closing.send_back(turn.session, problem, venue, proof, turn.account.id, rules, turn.now)
    submission = await turn.file(filled, draft, person_id=None, unit_id=problem.unit_id)
    turn.audit("problem.sent_back", f"problem:{problem.id}")
    told = Text("problem.sent_back", {"name": venue.name, "due": problem.due_at})
    return Filed(submission, (told,))


async def hold(turn: Turn, arguments: Sequence[str]) -> None:
    problem, venue = await _of(turn, _first(arguments), own=False)
    await closing.hold(turn.session, problem, turn.account.id, turn.now)
    turn.audit("problem.held", f"problem:{problem.id}")
    turn.replace(views.held(problem, venue))


async def _tell_manager(
    turn: Turn, problem: Problem, venue: Venue, message: Outbound, what: str
) -> None:
    manager = await manager_of(turn.session, venue)
    if manager is not None and manager != turn.account.id:
        key = f"problem:{what}:{problem.id}:{problem.rounds}"
        turn.tell(manager, message, key, Priority.NOTICE)


FEATURE = Feature(
    commands={"problems": problems},
    actions={
        "problem": show,
        "probpic": picture,
        "proback": acknowledge,
        "prove": begin_proof,
        "probclose": close,
        "probagain": begin_return,
        "probheld": hold,
    },
    forms=(
        FormSpec(ProveRight, submit_proof, final=True),
        FormSpec(NotRight, submit_return, final=True),
    ),
    menu=(MenuItem("problems", (*TEAM, Role.INSPECTOR, Role.VENUE), drawer=Drawer.VENUES),),
)
