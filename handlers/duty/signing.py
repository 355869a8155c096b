"""Signing in and out of a shift, and what one hands over to the next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from handlers.duty import views
from handlers.duty.form import Handover, SignIn
from handlers.duty.shifts import number_in, shift_behind
from handlers.engine.draft import Draft
from handlers.feature import Filed
from handlers.turn import Turn
from models.actors import Action
from models.attendance import check_sign_in, sign_in, sign_out, unread_notes
from models.duty import Post, Shift
from models.messages import Outbound, Text, UserError
from models.rules import rules_for
from models.units import Unit


async def begin_sign_in(turn: Turn, arguments: Sequence[str]) -> None:
    """One tap; a post that asks where she is wants her location as well."""
    shift, post = await shift_behind(turn, number_in(arguments), Action.REPORT)
    if not post.located:
        await _sign_in(turn, shift, post, None)
        notes = await unread_notes(turn.session, shift)
        turn.replace(views.signed_in(shift, post, notes, turn.zone))
        return
    unit = await turn.session.get_one(Unit, shift.unit_id)
    window = timedelta(minutes=(await rules_for(turn.session, unit)).duty_window_minutes)
    check_sign_in(shift, turn.now, window)  # said before she looks for her location
    await turn.begin(SignIn, {"shift": shift.id})


async def _sign_in(turn: Turn, shift: Shift, post: Post, distance: int | None) -> None:
    await sign_in(turn.session, shift, post, turn.account.id, turn.now, turn.zone, distance)
    turn.audit("duty.signed_in", f"shift:{shift.id}", distance=distance)


async def submit_sign_in(turn: Turn, filled: SignIn, draft: Draft) -> Filed:
    """With the distance to the post; being elsewhere is written down, not refused."""
    shift, post = await shift_behind(turn, int(draft.context["shift"]), Action.REPORT)
    place = filled.place
    distance = post.distance_m(place.latitude, place.longitude) if place else None
    await _sign_in(turn, shift, post, distance)
    submission = await turn.file(filled, draft, person_id=None, unit_id=shift.unit_id)
    notes = await unread_notes(turn.session, shift)
    message = views.signed_in(shift, post, notes, turn.zone)
    return Filed(submission, message.lines, message.rows)


async def read_notes(turn: Turn, arguments: Sequence[str]) -> None:
    """She knows now what was handed over."""
    shift, post = await shift_behind(turn, number_in(arguments), Action.REPORT)
    if shift.signed_in_at is None:
        raise UserError("duty.not_signed_in")
    for note in await unread_notes(turn.session, shift):
        note.read_at = turn.now
        turn.audit("duty.note_read", f"shift:{note.id}")
    turn.replace(views.read(shift, post, turn.zone))


async def begin_sign_out(turn: Turn, arguments: Sequence[str]) -> None:
    """One tap when there is nothing to hand over."""
    shift, post = await shift_behind(turn, number_in(arguments), Action.REPORT)
    if not await _has_read(turn, shift):
        return
    await sign_out(turn.session, shift, turn.account.id, turn.now, None)
    turn.audit("duty.signed_out", f"shift:{shift.id}")
    turn.replace(Outbound(views.signed_out(shift, post, turn.zone)))


async def begin_handover(turn: Turn, arguments: Sequence[str]) -> None:
    shift, _ = await shift_behind(turn, number_in(arguments), Action.REPORT)
    if shift.signed_in_at is None:
        raise UserError("duty.not_signed_in")
    if shift.signed_out_at is not None:
        raise UserError("duty.signed_out_already", at=shift.signed_out_at)
    if await _has_read(turn, shift):
        await turn.begin(Handover, {"shift": shift.id})


async def _has_read(turn: Turn, shift: Shift) -> bool:
    """What was handed over to her must be known before she hands over herself."""
    notes = await unread_notes(turn.session, shift) if shift.on_post else []
    if notes:
        turn.send(views.unread(shift, notes))
    return not notes


async def submit_handover(turn: Turn, filled: Handover, draft: Draft) -> Filed:
    """Signs out with a note; corrected, only the note changes, until somebody has read it."""
    shift, post = await shift_behind(turn, int(draft.context["shift"]), Action.REPORT)
    if "corrects" in draft.context:
        if shift.read_at is not None:
            raise UserError("duty.note_read_already")
        shift.note = filled.note
    else:
        await sign_out(turn.session, shift, turn.account.id, turn.now, filled.note)
        turn.audit("duty.signed_out", f"shift:{shift.id}")
    submission = await turn.file(filled, draft, person_id=None, unit_id=shift.unit_id)
    return Filed(submission, (*views.signed_out(shift, post, turn.zone), Text("duty.note_kept")))
