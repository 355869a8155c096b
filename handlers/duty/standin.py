"""A stand-in (替班): a colleague is asked and agrees, or the leader names her in place."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.duty import views
from handlers.duty.form import StandIn
from handlers.duty.shifts import (
    chosen,
    leads,
    number_in,
    shift_behind,
    staff_around,
)
from handlers.engine.context import Option
from handlers.engine.draft import Draft
from handlers.feature import Filed
from handlers.turn import Turn
from models.accounts import leaders_of
from models.actors import Action
from models.duty import Post, Shift, hours, names_of
from models.hands import hands_around
from models.messages import Outbound, Text, UserError
from models.rota import Hand, hand_over


async def begin(turn: Turn, arguments: Sequence[str]) -> None:
    shift, _ = await _open_shift(turn, number_in(arguments))
    await turn.begin(StandIn, {"shift": shift.id})


async def _open_shift(turn: Turn, number: int) -> tuple[Shift, Post]:
    """A shift that can still be given to somebody, by its holder or by its leader."""
    shift, post = await shift_behind(turn, number, Action.SEE)
    if shift.account_id != turn.account.id and not await leads(turn, shift):
        raise UserError("access.denied")
    if shift.cancelled_at is not None:
        raise UserError("duty.cancelled")
    if shift.signed_in_at is not None:
        raise UserError("duty.signed_in_already", at=shift.signed_in_at)
    if shift.until_at <= turn.now:
        raise UserError("duty.over", at=shift.until_at)
    return shift, post


async def offered(turn: Turn, draft: Draft, _query: str) -> Sequence[Option]:
    shift, post = await _open_shift(turn, int(draft.context["shift"]))
    found = await staff_around(turn, post, shift.account_id)
    if not found:
        raise UserError("duty.nobody_else")
    return found


async def submit(turn: Turn, filled: StandIn, draft: Draft) -> Filed:
    """Her own shift: the colleague is asked. The leader's word: it is the colleague's from now."""
    shift, post = await _open_shift(turn, int(draft.context["shift"]))
    staff = await chosen(turn, post, filled.staff)
    if staff.account_id is None:
        raise UserError("duty.staff_not_here", name=staff.name or "")
    if staff.account_id == shift.account_id:
        raise UserError("duty.staff_same", name=staff.name or "")
    submission = await turn.file(filled, draft, person_id=None, unit_id=shift.unit_id)
    if await leads(turn, shift):
        return Filed(submission, await _name(turn, shift, post, staff))
    return Filed(submission, await _ask(turn, shift, post, staff))


async def _name(turn: Turn, shift: Shift, post: Post, staff: Hand) -> tuple[Text, ...]:
    before = shift.account_id
    await hand_over(turn.session, shift, staff, turn.now)
    turn.audit("duty.stand_in", f"shift:{shift.id}", by="leader")
    given = {**hours(shift, post, turn.zone), "name": staff.name or ""}
    if staff.account_id is not None:
        turn.tell(
            staff.account_id,
            Outbound((Text("duty.named", given),), views.before_rows(shift)),
            f"standin:s{shift.id}:a{staff.account_id}:{turn.event.update_id}",
        )
    if before is not None and before != turn.account.id:
        message = Outbound((Text("duty.taken_over", given),))
        turn.tell(before, message, f"takenover:s{shift.id}:a{before}:{turn.event.update_id}")
    return (Text("duty.named_done", given),)


async def _ask(turn: Turn, shift: Shift, post: Post, staff: Hand) -> tuple[Text, ...]:
    assert staff.account_id is not None, "the caller looked"
    shift.asked_id = staff.account_id
    name = (await names_of(turn.session, shift))[shift.id]
    turn.tell(
        staff.account_id,
        views.asked(shift, post, name, turn.zone),
        f"asked:s{shift.id}:a{staff.account_id}:{turn.event.update_id}",
    )
    return (Text("duty.asked_done", {"name": staff.name or ""}),)


async def agree(turn: Turn, arguments: Sequence[str]) -> None:
    """One tap and the shift is hers; the leader is told."""
    shift, post = await _asked_of_me(turn, arguments)
    staff = await _mine(turn, post)
    if staff is None:
        raise UserError("duty.staff_gone")
    before = shift.account_id
    name = (await names_of(turn.session, shift))[shift.id]
    await hand_over(turn.session, shift, staff, turn.now)
    turn.audit("duty.stand_in", f"shift:{shift.id}", by="herself")
    said = {**hours(shift, post, turn.zone), "name": staff.name or "", "instead": name}
    stamp = turn.event.update_id
    if before is not None:
        turn.tell(before, Outbound((Text("duty.agreed", said),)), f"agreed:s{shift.id}:{stamp}")
    for leader in await leaders_of(turn.session, shift.unit_id, turn.now):
        if leader not in (before, turn.account.id):
            message = Outbound((Text("duty.swapped", said),))
            turn.tell(leader, message, f"swapped:s{shift.id}:a{leader}:{stamp}")
    turn.replace(Outbound((Text("duty.yours", said),), views.before_rows(shift)))


async def _mine(turn: Turn, post: Post) -> Hand | None:
    """Her own place among those around a post."""
    around = await hands_around(turn.session, post, turn.now)
    mine = (one.hand for one in around if one.hand.account_id == turn.account.id)
    return next(mine, None)


async def decline(turn: Turn, arguments: Sequence[str]) -> None:
    """She cannot; whoever asked is told at once, so that she can ask another one."""
    shift, post = await _asked_of_me(turn, arguments)
    shift.asked_id = None
    if shift.account_id is not None:
        said = {**hours(shift, post, turn.zone), "name": turn.account.name or ""}
        message = Outbound((Text("duty.declined", said),), views.before_rows(shift))
        turn.tell(shift.account_id, message, f"declined:s{shift.id}:{turn.event.update_id}")
    turn.replace(Outbound((Text("duty.declined_done"),)))


async def _asked_of_me(turn: Turn, arguments: Sequence[str]) -> tuple[Shift, Post]:
    shift, post = await shift_behind(turn, number_in(arguments), Action.SEE)
    if shift.asked_id != turn.account.id:
        raise UserError("duty.not_asked")
    if shift.signed_in_at is not None or shift.until_at <= turn.now:
        raise UserError("duty.not_asked")
    return shift, post
