"""What a worker can do about one obligation: claim it, call, excuse it, bring it to its end."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.caseload import views
from handlers.feature import Feature
from handlers.turn import Turn
from models.access import Action
from models.cards import OWN_STEP, briefs, card
from models.leadcards import phones_by_source
from models.messages import Text, UserError
from models.obligations import Kind, Obligation, Outcome, fulfil, settle
from models.people import Person
from models.sources import numbered_sources
from models.verification import claim
from models.wards import answering

EXCUSABLE = (
    *(Kind.CHECKIN, Kind.TEST, Kind.RESULT, Kind.CALL, Kind.TASK, Kind.CONTACT, Kind.PAPERS),
)
CLOSINGS = ("hospital", "home", "false_alarm")
WAIVERS = ("hospital", "away", "other_unit", "not_needed")


async def show_card(turn: Turn, arguments: Sequence[str]) -> None:
    """One obligation opened from a list, as its own person or as the team sees it."""
    item = await turn.obligation(arguments, Action.SEE)
    (brief,) = await briefs(turn.session, [item])
    if not item.is_open():
        await turn.done(views.ended(brief))
        return
    own = brief.person is not None and await turn.speaks_for(brief.person)
    own = own or (item.kind in OWN_STEP and item.owner_id == turn.account.id)
    message = card(brief, "ask" if own else "open", own=own)
    (turn.replace if turn.way else turn.send)(message)


async def take(turn: Turn, arguments: Sequence[str]) -> None:
    """Claim a lead, an alert or a tip: the clock goes on, nobody else goes."""
    item = await turn.obligation(arguments, Action.CLAIM, Kind.VERIFY, Kind.ALERT, Kind.TIP)
    if not item.is_open():
        raise UserError("claim.over")
    if not await claim(turn.session, item, turn.account.id, turn.now):
        raise UserError("claim.taken")
    turn.audit("claimed", f"obligation:{item.id}")
    (brief,) = await briefs(turn.session, [item])
    message = card(brief, "claimed")
    turn.replace(message)


async def call(turn: Turn, arguments: Sequence[str]) -> None:
    """The whole number, for the one reason that the button states; audited."""
    item = await turn.obligation(arguments, Action.REVEAL)
    detail = item.details()
    if item.person_id is None and "phone" in detail:
        turn.audit("phone.revealed", f"obligation:{item.id}", reason=item.kind)
        turn.reply("call.number", protect=True, name=detail.get("name", ""), phone=detail["phone"])
        return
    person = await turn.session.get(Person, item.person_id) if item.person_id else None
    if person is None:
        raise UserError("call.no_phone")
    told = await numbered_sources(turn.session, [item.lead_id]) if item.lead_id else {}
    answers = await answering(turn.session, person)
    message = views.numbers(
        person, answers, phones_by_source(person, told.get(item.lead_id or 0, []))
    )
    turn.audit("phone.revealed", f"person:{(answers or person).id}", reason=item.kind)
    turn.send(message)


async def unreachable(turn: Turn, arguments: Sequence[str]) -> None:
    item = await _excusable(turn, arguments)
    await settle(turn.session, [item], Outcome.UNREACHABLE, turn.account.id, turn.now)
    turn.audit("unreachable", f"person:{item.person_id}", kind=item.kind)
    await turn.done(await _named("excuse.unreachable", turn, item))


async def _excusable(turn: Turn, arguments: Sequence[str]) -> Obligation:
    item = await turn.obligation(arguments, Action.EXCUSE, *EXCUSABLE)
    if not item.is_open():
        raise UserError("claim.over")
    return item


async def _named(key: str, turn: Turn, item: Obligation, **params: Text) -> Text:
    person = await turn.session.get(Person, item.person_id) if item.person_id else None
    name = person.name if person else item.details().get("name", "")
    return Text(key, {"name": name, **params})


async def waive(turn: Turn, arguments: Sequence[str]) -> None:
    """Excused, by whom and why: the reason is the second tap."""
    item = await _excusable(turn, arguments)
    reason = arguments[1] if len(arguments) > 1 else ""
    if not reason:
        turn.replace(views.reasons(item, "waive", WAIVERS))
        return
    if reason not in WAIVERS:
        raise UserError("unknown.button")
    await settle(turn.session, [item], Outcome.WAIVED, turn.account.id, turn.now, reason)
    turn.audit("waived", f"person:{item.person_id}", reason, kind=item.kind)
    await turn.done(await _named("excuse.waived", turn, item, reason=Text(f"waive.{reason}")))


async def reached(turn: Turn, arguments: Sequence[str]) -> None:
    """A call was made, a contact found, a task done."""
    item = await turn.obligation(arguments, Action.EXCUSE, Kind.CALL, Kind.CONTACT, Kind.TASK)
    if not item.is_open():
        raise UserError("claim.over")
    await fulfil(turn.session, item, turn.account.id, turn.now)
    turn.audit("reached", f"person:{item.person_id}", kind=item.kind)
    await turn.done(await _named("reached.done", turn, item))


async def close(turn: Turn, arguments: Sequence[str]) -> None:
    """An alert is closed with what was done about it."""
    item = await turn.obligation(arguments, Action.CLAIM, Kind.ALERT)
    if not item.is_open():
        raise UserError("claim.over")
    how = arguments[1] if len(arguments) > 1 else ""
    if not how:
        (turn.replace if turn.way else turn.send)(views.reasons(item, "close", CLOSINGS))
        return
    if how not in CLOSINGS:
        raise UserError("unknown.button")
    if not await claim(turn.session, item, turn.account.id, turn.now):
        raise UserError("claim.taken")
    await fulfil(turn.session, item, turn.account.id, turn.now)
    item.reason = how
    turn.audit("alert.closed", f"person:{item.person_id}", how)
    await turn.done(await _named("alert.closed", turn, item, how=Text(f"close.{how}")))


FEATURE = Feature(
    actions={
        "card": show_card,
        "claim": take,
        "call": call,
        "unreachable": unreachable,
        "waive": waive,
        "reached": reached,
        "close": close,
    },
)
