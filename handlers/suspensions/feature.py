"""Suspensions of business: proposed by the program or by whoever inspects, ordered by an officer,
ended by a look."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from handlers.claims import claimed_number
from handlers.engine.draft import Draft
from handlers.feature import Feature, Filed, FormSpec
from handlers.suspensions import views
from handlers.suspensions.form import ProposeSuspension, RefuseSuspension, StayShut
from handlers.turn import Turn
from models.messages import Outbound, Text, UserError
from models.outbox import Priority
from models.rules import rules_for
from models.units import Unit
from models.venues.access import access_suspension, access_venue
from models.venues.kinds import Trading
from models.venues.ladder import Ground
from models.venues.problem import Problem
from models.venues.problems import manager_of, open_problems
from models.venues.suspension import Standing, Suspension
from models.venues.suspensions import (
    Case,
    basis,
    draft,
    issue_suspension,
    refuse_suspension,
    reopen,
    stay_shut,
)
from models.venues.venue import Venue


async def _of(turn: Turn, claimed: str, *, decide: bool = False) -> tuple[Suspension, Venue]:
    number = claimed_number(claimed)
    order = await access_suspension(
        turn.session, await turn.actor(), number, turn.now, decide=decide
    )
    return order, await turn.session.get_one(Venue, order.venue_id)


def _first(arguments: Sequence[str]) -> str:
    return arguments[0] if arguments else ""


async def _decides(turn: Turn, order: Suspension) -> bool:
    try:
        await access_suspension(turn.session, await turn.actor(), order.id, turn.now, decide=True)
    except UserError:
        return False
    return True


async def show(turn: Turn, arguments: Sequence[str]) -> None:
    """One suspension with what it rests on, and what its reader can do."""
    order, venue = await _of(turn, _first(arguments))
    problems = await basis(turn.session, order)
    turn.send(views.card(order, venue, problems, decides=await _decides(turn, order)))


# -- proposing ------------------------------------------------------------------------------------


async def _venue(turn: Turn, claimed: str) -> Venue:
    return await access_venue(turn.session, await turn.actor(), claimed_number(claimed))


async def begin_draft(turn: Turn, arguments: Sequence[str]) -> None:
    venue = await _venue(turn, _first(arguments))
    _trades(venue)
    await turn.begin(ProposeSuspension, {"venue": venue.id})


def _trades(venue: Venue) -> None:
    if not venue.is_there():
        raise UserError("venue.gone_for_good", name=venue.name)
    if venue.trading == Trading.SUSPENDED:
        raise UserError("suspension.closed_already")


async def submit_draft(turn: Turn, filled: ProposeSuspension, drafted: Draft) -> Filed:
    venue = await _venue(turn, str(drafted.context["venue"]))
    _trades(venue)
    problems = await open_problems(turn.session, [venue.id])
    case = Case(Ground.INSPECTOR, problems, turn.account.id, filled.word)
    order = await _draft(turn, venue, case)
    submission = await turn.file(filled, drafted, person_id=None, unit_id=venue.unit_id)
    return Filed(submission, (views.proposed(venue, order),))


async def _draft(turn: Turn, venue: Venue, case: Case) -> Suspension:
    unit = await turn.session.get_one(Unit, venue.unit_id)
    rules = await rules_for(turn.session, unit)
    order = await draft(turn.session, venue, case, rules, turn.now)
    if order is None:
        raise UserError("suspension.closed_already")
    turn.audit("suspension.drafted", f"suspension:{order.id}", ground=order.ground)
    return order


async def trading(turn: Turn, arguments: Sequence[str]) -> None:
    """It was found open while it is closed: a longer closure is put before the officer."""
    standing, venue = await _of(turn, _first(arguments))
    if standing.state != Standing.ISSUED:
        raise UserError("suspension.over")
    order = await _draft(turn, venue, Case(Ground.AGAINST_ORDER, (), turn.account.id))
    turn.send(Outbound((views.proposed(venue, order),)))


# -- deciding -------------------------------------------------------------------------------------


async def issue(turn: Turn, arguments: Sequence[str]) -> None:
    order, venue = await _of(turn, _first(arguments), decide=True)
    by = turn.account.id
    await issue_suspension(turn.session, order, venue, by, turn.now, turn.zone)
    turn.audit("suspension.issued", f"suspension:{order.id}", days=order.days, ground=order.ground)
    problems = await basis(turn.session, order)
    manager = await _tell_manager(turn, order, venue, views.ordered(order, venue, problems), "on")
    _tell_team(turn, order, problems, views.issued_told(order, venue), "issued")
    turn.replace(views.issued(order, venue, told=manager is not None))


async def begin_refusal(turn: Turn, arguments: Sequence[str]) -> None:
    order, _ = await _of(turn, _first(arguments), decide=True)
    if order.state != Standing.DRAFTED:
        raise UserError("suspension.decided_already")
    await turn.begin(RefuseSuspension, {"suspension": order.id})


async def submit_refusal(turn: Turn, filled: RefuseSuspension, drafted: Draft) -> Filed:
    order, venue = await _of(turn, str(drafted.context["suspension"]), decide=True)
    await refuse_suspension(turn.session, order, filled.word, turn.account.id, turn.now)
    submission = await turn.file(filled, drafted, person_id=None, unit_id=order.unit_id)
    turn.audit("suspension.refused", f"suspension:{order.id}")
    problems = await basis(turn.session, order)
    _tell_team(turn, order, problems, views.refused_told(order, venue), "refused")
    return Filed(submission, (Text("suspension.refused", {"venue": venue.name}),))


# -- opening again --------------------------------------------------------------------------------


async def open_again(turn: Turn, arguments: Sequence[str]) -> None:
    """Whoever inspects, once the closure is over; before that, whoever may order one."""
    order, venue = await _of(turn, _first(arguments))
    early = order.until_on is not None and turn.today <= order.until_on
    if early and not await _decides(turn, order):
        raise UserError("suspension.runs_until", until=order.until_on)
    await reopen(turn.session, order, venue, turn.account.id, turn.now)
    turn.audit("suspension.ended", f"suspension:{order.id}")
    await _tell_manager(turn, order, venue, views.reopened(venue), "off")
    turn.replace(views.reopened(venue))


async def begin_shut(turn: Turn, arguments: Sequence[str]) -> None:
    order, _ = await _of(turn, _first(arguments))
    if order.state != Standing.ISSUED:
        raise UserError("suspension.over")
    await turn.begin(StayShut, {"suspension": order.id})


async def submit_shut(turn: Turn, filled: StayShut, drafted: Draft) -> Filed:
    order, venue = await _of(turn, str(drafted.context["suspension"]))
    await stay_shut(turn.session, order, venue, turn.account.id, turn.now, turn.zone)
    submission = await turn.file(filled, drafted, person_id=None, unit_id=order.unit_id)
    turn.audit("suspension.stays", f"suspension:{order.id}")
    told = views.stays_told(venue, order, filled.word)
    await _tell_manager(turn, order, venue, told, f"stays:{order.looks}")
    return Filed(submission, (views.stays(venue, order),))


async def _tell_manager(
    turn: Turn, order: Suspension, venue: Venue, message: Outbound, what: str
) -> int | None:
    """The account that was told; None while nobody answers for the venue in chat."""
    manager = await manager_of(turn.session, venue)
    if manager is not None and manager != turn.account.id:
        turn.tell(manager, message, f"suspension:{order.id}:{what}", Priority.ALERT)
    return manager


def _tell_team(
    turn: Turn,
    order: Suspension,
    problems: Iterable[Problem],
    message: Outbound,
    what: str,
) -> None:
    """Whoever found it or proposed it hears what was decided."""
    for account in dict.fromkeys([*(one.found_by for one in problems), order.drafted_by]):
        if account is not None and account != turn.account.id:
            key = f"suspension:{order.id}:{what}:a{account}"
            turn.tell(account, message, key, Priority.NOTICE)


FEATURE = Feature(
    actions={
        "suspension": show,
        "susdraft": begin_draft,
        "sustrading": trading,
        "susissue": issue,
        "susrefuse": begin_refusal,
        "susopen": open_again,
        "susshut": begin_shut,
    },
    forms=(
        FormSpec(ProposeSuspension, submit_draft, final=True),
        FormSpec(RefuseSuspension, submit_refusal, final=True),
        FormSpec(StayShut, submit_shut, final=True),
    ),
)
