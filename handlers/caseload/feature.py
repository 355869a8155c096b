"""What a worker can do about one obligation: claim it, call, excuse it, bring it to its end."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.caseload import views
from handlers.feature import Feature
from handlers.turn import Turn
from models.actors import Action
from models.calls import give_back as back
from models.calls import keep_true
from models.cards import OWN_STEP, Brief, briefs, card
from models.cards.calls import clock
from models.leadcards import phones_by_source
from models.leave import name_of
from models.messages import Outbound, Text, UserError
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
    if item.kind == Kind.ALERT and not own:
        message = await _alert(turn, brief)
    (turn.replace if turn.way else turn.send)(message)


async def take(turn: Turn, arguments: Sequence[str]) -> None:
    """Claim a lead, an alert or a tip: the clock goes on, nobody else goes."""
    item = await turn.obligation(arguments, Action.CLAIM, Kind.VERIFY, Kind.ALERT, Kind.TIP)
    if not item.is_open():
        raise UserError("claim.over")
    await _hold(turn, item)
    turn.audit("claimed", f"obligation:{item.id}")
    (brief,) = await briefs(turn.session, [item])
    if item.kind != Kind.ALERT:
        turn.replace(card(brief, "claimed"))
        return
    turn.replace(views.mine(brief, turn.now))
    turn.letters += await keep_true(turn.session, item, turn.account.id, turn.now)


async def _alert(turn: Turn, brief: Brief) -> Outbound:
    """An alert opened from a list: hers, a colleague's, or nobody's yet."""
    item = brief.obligation
    if item.owner_id == turn.account.id:
        return views.mine(brief, turn.now)
    by = await name_of(turn.session, item.owner_id) if item.owner_id else ""
    return views.opened(brief, by, turn.now)


async def _hold(turn: Turn, item: Obligation) -> None:
    """She has it in hand from now on. A colleague's alert that is past its time she may take over,
    and the colleague hears of it."""
    before, me = item.owner_id, turn.account.id
    await _free(turn, item)
    if before not in (None, me):
        item.owner_id = item.held_for_id = None
    await claim(turn.session, item, me, turn.now)
    if before is not None and before != me:
        (brief,) = await briefs(turn.session, [item])
        message = views.taken_over(brief, await name_of(turn.session, me))
        turn.tell(before, message, f"{item.key}:over:a{before}:{turn.now:%m%d%H%M%S%f}")


async def _free(turn: Turn, item: Obligation) -> None:
    """UserError when a colleague has it, unless it is an alert that is past its time."""
    if item.owner_id in (None, turn.account.id):
        return
    if item.kind != Kind.ALERT or turn.now <= item.due_at:
        raise UserError("claim.taken_by", by=await name_of(turn.session, item.owner_id))


async def give_back(turn: Turn, arguments: Sequence[str]) -> None:
    """She cannot see to it after all: it is anybody's again, and somebody hears so at once."""
    item = await turn.obligation(arguments, Action.CLAIM, Kind.ALERT)
    if not item.is_open():
        raise UserError("claim.over")
    if item.owner_id != turn.account.id:
        raise UserError("claim.not_yours")
    turn.audit("given.back", f"obligation:{item.id}")
    letters, heard = await back(turn.session, item, turn.account.id, turn.now, turn.zone)
    turn.letters += letters
    key = "alert.given_back" if heard else "alert.given_back_unheard"
    await turn.done(await _named(key, turn, item))


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
    await _free(turn, item)
    how = arguments[1] if len(arguments) > 1 else ""
    if not how:
        (turn.replace if turn.way else turn.send)(views.reasons(item, "close", CLOSINGS))
        return
    if how not in CLOSINGS:
        raise UserError("unknown.button")
    await _hold(turn, item)
    await fulfil(turn.session, item, turn.account.id, turn.now)
    item.reason = how
    turn.audit("alert.closed", f"person:{item.person_id}", how)
    closed = await _named("alert.closed", turn, item, how=Text(f"close.{how}"))
    await turn.done(closed, clock(item, turn.now))
    turn.letters += await keep_true(turn.session, item, turn.account.id, turn.now)


FEATURE = Feature(
    actions={
        "card": show_card,
        "claim": take,
        "call": call,
        "unreachable": unreachable,
        "waive": waive,
        "reached": reached,
        "close": close,
        "giveback": give_back,
    },
)
