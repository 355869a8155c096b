"""What becomes due because of a record: a worker goes to a door, an inspector to a venue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from handlers.registers.declaration import FollowUp, Register
from handlers.registers.form import SendBack
from handlers.registers.keeping import VENUE, Place
from handlers.registers.lookup import register_of
from handlers.registers.views import title
from handlers.turn import Turn
from models.actors import Action
from models.cards import briefs, facts, words_of
from models.clock import at_local
from models.messages import Outbound, Text, UserError, Value
from models.obligations import Kind, Obligation
from models.outbox import Priority
from models.placing import grid_for
from models.records import end_follow_up, follow_up, give_verdict, record_finding
from models.registers import Submission
from models.units import district_of
from models.venues.kinds import Trading
from models.venues.managing import set_trading
from models.venues.venue import Venue

SATURDAY, EVENING = 5, time(20)


async def look_after(turn: Turn, filled: Register, record: Submission, place: Place) -> list[Text]:
    """Who is asked, and until when; nobody where it tells nothing that asks for it."""
    rule = filled.follow_up
    if rule is None or not rule.when(filled):
        await end_follow_up(turn.session, record.supersedes_id, turn.now)
        return []
    told = {name: _told(getattr(filled, name)) for name in rule.about if hasattr(filled, name)}
    there, follows = place.unit, rule.kind == Kind.FOLLOW
    checks = rule.kind == Kind.CHECK
    guides = rule.kind == Kind.GUIDE
    key = "records.check_up" if checks else "records.guide" if guides else "records.follow_up"
    if place.venue is not None:
        told["venue"] = place.venue.name
    if follows:
        top = await district_of(turn.session, place.unit)
        address = str(told.get("address", ""))
        there = await grid_for(turn.session, address, None, top) or place.unit
    due_at = _due_at(turn, rule, filled)
    what = (rule.words, rule.findings, told)
    further: dict[str, Any] = {"kind": rule.kind, "again": rule.returns}
    await follow_up(turn.session, record, there, due_at, *what, turn.now, **further)
    return [Text(key, {"unit": there.name, "due": due_at})]


def _told(value: Any) -> Any:
    """As a card keeps it: what was ticked by its codes, everything else as a word."""
    return sorted(value) if isinstance(value, set | frozenset) else str(value)


def _due_at(turn: Turn, rule: FollowUp, filled: Register) -> datetime:
    """The hours, the evening of a day, or so many days on which offices work."""
    if rule.on:
        return max(at_local(getattr(filled, rule.on), EVENING, turn.zone), turn.now)
    due_at, left = turn.now + timedelta(hours=0 if rule.workdays else rule.hours), rule.workdays
    while left:
        due_at += timedelta(days=1)
        left -= due_at.astimezone(turn.zone).weekday() < SATURDAY
    return due_at


async def followed(turn: Turn, arguments: Sequence[str]) -> None:
    """Somebody has looked after it: the second argument says what she found."""
    item, finding = await _claimed(turn, arguments)
    rule = register_of(turn, [item.facts["register"]]).follow_up
    assert rule is not None, "it was asked for by its register"
    if finding == rule.returns:
        context = {"record": item.facts["record"], "duty": item.id}
        await turn.begin(SendBack, context)
        return
    await record_finding(turn.session, item, finding, turn.account.id, turn.now)
    turn.audit("followed", f"obligation:{item.id}", finding)
    if item.kind == Kind.CHECK:
        await _checked(turn, item, rule, finding)
    found = Text(f"{item.facts['register']}.found.{finding}")
    (brief,) = await briefs(turn.session, [item])
    turn.replace(
        Outbound((Text(f"{words_of(item)}.done", {**facts(brief), "found": found}),), protect=True)
    )


async def _claimed(turn: Turn, arguments: Sequence[str]) -> tuple[Obligation, str]:
    """What she may look after: as a worker, or as an inspector where one is asked."""
    actor = await turn.actor()
    action = Action.VERIFY if actor.may(Action.VERIFY) else Action.INSPECT
    item = await turn.obligation(arguments, action, Kind.FOLLOW, Kind.CHECK)
    if item.kind == Kind.FOLLOW and action != Action.VERIFY:
        raise UserError("access.denied")
    if not item.is_open():
        raise UserError("claim.over")
    finding = arguments[1] if len(arguments) > 1 else ""
    if finding not in item.facts["findings"]:
        raise UserError("unknown.button")
    return item, finding


async def _checked(turn: Turn, item: Obligation, rule: FollowUp, finding: str) -> None:
    """Its author hears what was found; a venue that may, opens."""
    record = await turn.session.get_one(Submission, item.facts["record"])
    if rule.opens == finding:
        await give_verdict(turn.session, [record], turn.account.id, turn.now)
        venue = await turn.session.get(Venue, record.context.get(VENUE, 0))
        if venue is not None and venue.trading == Trading.RESTING:
            await set_trading(turn.session, venue, Trading.OPEN, turn.account.id, turn.now)
            turn.audit("venue.trading", f"venue:{venue.id}", Trading.OPEN)
    told: dict[str, Value] = {
        "title": title(register_of(turn, [item.facts["register"]])),
        "number": record.receipt,
        "found": Text(f"{item.facts['register']}.found.{finding}"),
    }
    message = Outbound((Text(f"{record.form}.told.{finding}", told),))
    turn.tell(record.actor_id, message, f"checked:{item.id}:{finding}", Priority.NOTICE)


async def refuse(turn: Turn, duty_id: int) -> tuple[type[Register], Submission]:
    """It goes back with a word: that ends the looking until it is mended."""
    item = await turn.session.get_one(Obligation, duty_id)
    register = register_of(turn, [item.facts["register"]])
    assert register.follow_up is not None, "it was asked for by its register"
    item, finding = await _claimed(turn, [str(duty_id), register.follow_up.returns])
    await record_finding(turn.session, item, finding, turn.account.id, turn.now)
    turn.audit("followed", f"obligation:{item.id}", finding)
    return register, await turn.session.get_one(Submission, item.facts["record"])
