"""The worker's day: what is due from her, most urgent first, and what she can do about it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import case, or_, select

from handlers.caseload import views
from handlers.feature import Feature, MenuItem
from handlers.turn import Turn
from models.access import Action, under
from models.accounts import TEAM
from models.cards import LIST_LENGTH, URGENCY, briefs, card
from models.messages import Outbound, Text, UserError
from models.obligations import Kind, Obligation, Outcome, fulfil, settle
from models.people import Person
from models.verification import claim
from models.wards import answering, unanswered

EXCUSABLE = (Kind.CHECKIN, Kind.TEST, Kind.RESULT, Kind.CALL, Kind.TASK, Kind.CONTACT)
# The person's own to do: the worker's only once they are late, or when nobody can be asked.
OWN_TO_DO = (Kind.CHECKIN, Kind.TEST, Kind.RESULT)
CLOSINGS = ("hospital", "home", "false_alarm")
WAIVERS = ("hospital", "away", "other_unit", "not_needed")


async def today(turn: Turn, argument: str) -> None:
    """A page of what is open now in her grids; what others have claimed is theirs."""
    actor = await turn.actor()
    if not actor.roles & set(TEAM):
        raise UserError("access.staff_only")
    await _show(turn, int(argument) if argument.isdecimal() and len(argument) < 4 else 0)


async def _show(turn: Turn, page: int) -> None:
    actor = await turn.actor()
    rank = case({kind: i for i, kind in enumerate(URGENCY)}, value=Obligation.kind, else_=99)
    late_first = case((Obligation.due_at <= turn.now, 0), else_=1)
    query = (
        select(Obligation)
        .where(
            Obligation.outcome.is_(None),
            Obligation.opens_at <= turn.now,
            Obligation.kind.in_(URGENCY),
            or_(
                under(actor.paths(Action.SEE), Obligation.unit_id),
                Obligation.owner_id == actor.account_id,
            ),
            or_(Obligation.owner_id.is_(None), Obligation.owner_id == actor.account_id),
            or_(Obligation.kind.not_in(OWN_TO_DO), Obligation.due_at <= turn.now, unanswered()),
        )
        .order_by(
            case((Obligation.kind == Kind.ALERT, 0), else_=1),
            late_first,
            rank,
            Obligation.due_at,
            Obligation.id,
        )
        .offset(page * LIST_LENGTH)
        .limit(LIST_LENGTH + 1)
    )
    found = list(await turn.session.scalars(query))
    items = await briefs(turn.session, found[:LIST_LENGTH])
    more = len(found) > LIST_LENGTH
    turn.send(views.day(items, page, more, turn.now, turn.today))


async def page(turn: Turn, arguments: Sequence[str]) -> None:
    await today(turn, arguments[0] if arguments else "")


async def show_card(turn: Turn, arguments: Sequence[str]) -> None:
    """One obligation opened from a list, as its own person or as the team sees it."""
    item = await turn.obligation(arguments, Action.SEE)
    (brief,) = await briefs(turn.session, [item])
    if not item.is_open():
        turn.send(Outbound((views.ended(brief),)))
        return
    own = brief.person is not None and await turn.speaks_for(brief.person)
    turn.send(card(brief, "ask" if own else "open", own=own))


async def take(turn: Turn, arguments: Sequence[str]) -> None:
    """Claim a lead or an alert: the clock goes on, the climbing to others ends."""
    item = await turn.obligation(arguments, Action.CLAIM, Kind.VERIFY, Kind.ALERT)
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
    person = await turn.session.get(Person, item.person_id) if item.person_id else None
    answers = await answering(turn.session, person) if person else None
    if person is None or answers is None:
        raise UserError("call.no_phone")
    turn.audit("phone.revealed", f"person:{answers.id}", reason=item.kind)
    key = "call.number" if answers.id == person.id else "call.guardian"
    turn.reply(key, protect=True, name=person.name, by=answers.name, phone=answers.phone)


async def unreachable(turn: Turn, arguments: Sequence[str]) -> None:
    item = await _excusable(turn, arguments)
    await settle(turn.session, [item], Outcome.UNREACHABLE, turn.account.id, turn.now)
    turn.audit("unreachable", f"person:{item.person_id}", kind=item.kind)
    turn.replace(Outbound((await _named("excuse.unreachable", turn, item),)))


async def _excusable(turn: Turn, arguments: Sequence[str]) -> Obligation:
    item = await turn.obligation(arguments, Action.EXCUSE, *EXCUSABLE)
    if not item.is_open():
        raise UserError("claim.over")
    return item


async def _named(key: str, turn: Turn, item: Obligation, **params: Text) -> Text:
    person = await turn.session.get(Person, item.person_id) if item.person_id else None
    return Text(key, {"name": person.name if person else "", **params})


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
    turn.replace(
        Outbound((await _named("excuse.waived", turn, item, reason=Text(f"waive.{reason}")),))
    )


async def reached(turn: Turn, arguments: Sequence[str]) -> None:
    """A call was made, a contact found, a task done."""
    item = await turn.obligation(arguments, Action.EXCUSE, Kind.CALL, Kind.CONTACT, Kind.TASK)
    if not item.is_open():
        raise UserError("claim.over")
    await fulfil(turn.session, item, turn.account.id, turn.now)
    turn.audit("reached", f"person:{item.person_id}", kind=item.kind)
    turn.replace(Outbound((await _named("reached.done", turn, item),)))


async def close(turn: Turn, arguments: Sequence[str]) -> None:
    """An alert is closed with what was done about it."""
    item = await turn.obligation(arguments, Action.CLAIM, Kind.ALERT)
    if not item.is_open():
        raise UserError("claim.over")
    how = arguments[1] if len(arguments) > 1 else ""
    if not how:
        turn.send(views.reasons(item, "close", CLOSINGS))
        return
    if how not in CLOSINGS:
        raise UserError("unknown.button")
    if not await claim(turn.session, item, turn.account.id, turn.now):
        raise UserError("claim.taken")
    await fulfil(turn.session, item, turn.account.id, turn.now)
    item.reason = how
    turn.audit("alert.closed", f"person:{item.person_id}", how)
    turn.replace(Outbound((await _named("alert.closed", turn, item, how=Text(f"close.{how}")),)))


FEATURE = Feature(
    commands={"today": today},
    actions={
        "page": page,
        "card": show_card,
        "claim": take,
        "call": call,
        "unreachable": unreachable,
        "waive": waive,
        "reached": reached,
        "close": close,
    },
    menu=(MenuItem("today", TEAM),),
)
