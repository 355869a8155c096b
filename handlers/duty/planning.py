"""The leader's side: posts, shifts put on the rota, a shift called off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from handlers.duty import views
from handlers.duty.form import NewPost, NewShift, Repeat
from handlers.duty.shifts import chosen, number_in, shift_behind, staff_around
from handlers.engine.context import Option
from handlers.engine.draft import Draft
from handlers.feature import Filed
from handlers.turn import Turn
from models.access import under
from models.actors import Action
from models.clock import local_day
from models.duty import ELEMENTS, Post, hours
from models.messages import Outbound, Text, UserError, Value, verbatim
from models.rota import Watch, cancel_shift, mind_night, plan_shifts
from models.rules import rules_for
from models.units import Unit, unit_by_code

MOST = 200
DAILY = 7


async def new_post(turn: Turn, _arguments: Sequence[str]) -> None:
    await _leader(turn)
    await turn.begin(NewPost)


async def _leader(turn: Turn) -> None:
    if not (await turn.actor()).may(Action.OVERSEE):
        raise UserError("access.staff_only")


async def units(turn: Turn, _draft: Draft, _query: str) -> Sequence[Option]:
    """Her units, the highest first."""
    paths = (await turn.actor()).paths(Action.OVERSEE)
    found = await turn.session.scalars(
        select(Unit).where(under(paths, Unit.id)).order_by(Unit.path).limit(MOST)
    )
    return [Option(unit.code, verbatim(unit.name)) for unit in found]


async def submit_post(turn: Turn, filled: NewPost, draft: Draft) -> Filed:
    unit = await unit_by_code(turn.session, filled.unit)
    if unit is None or not (await turn.actor()).may(Action.OVERSEE, unit.path):
        raise UserError("access.denied")
    post = Post(
        unit_id=unit.id,
        name=filled.name,
        located=filled.located,
        nightly=filled.nightly,
        latitude=filled.place.latitude if filled.place else None,
        longitude=filled.place.longitude if filled.place else None,
        brief={part: words for part in ELEMENTS if (words := getattr(filled, part))},
        created_at=turn.now,
    )
    turn.session.add(post)
    await turn.session.flush()
    turn.audit("duty.post", f"post:{post.id}")
    rules = await rules_for(turn.session, unit)
    await mind_night(turn.session, post, turn.today, rules, turn.now, turn.zone)
    submission = await turn.file(filled, draft, person_id=None, unit_id=unit.id)
    line = Text("duty.post_made", {"post": post.name, "unit": unit.name})
    return Filed(submission, (line,), views.man_rows(post.id))


async def new_shift(turn: Turn, arguments: Sequence[str]) -> None:
    """For the post behind the button, or for one that she picks."""
    await _leader(turn)
    known = [post for post in await _posts(turn) if post.id == number_in(arguments)]
    if arguments and not known:
        raise UserError("access.denied")
    answers = {"post": str(known[0].id)} if known else {}
    labels = {f"posts:{post.id}": post.name for post in known}
    await turn.begin(NewShift, answers=answers, labels=labels)


async def _posts(turn: Turn) -> Sequence[Post]:
    paths = (await turn.actor()).paths(Action.OVERSEE)
    found = await turn.session.scalars(
        select(Post)
        .where(under(paths, Post.unit_id), Post.closed_at.is_(None))
        .order_by(Post.unit_id, Post.id)
        .limit(MOST)
    )
    return list(found)


async def posts(turn: Turn, _draft: Draft, _query: str) -> Sequence[Option]:
    found = await _posts(turn)
    if not found:
        raise UserError("duty.no_posts")
    return [Option(str(post.id), verbatim(post.name)) for post in found]


async def _post(turn: Turn, value: str) -> Post:
    for post in await _posts(turn):
        if str(post.id) == value:
            return post
    raise UserError("access.denied")


async def staff(turn: Turn, _draft: Draft, post: str) -> Sequence[Option]:
    found = await staff_around(turn, await _post(turn, post))
    if not found:
        raise UserError("duty.nobody_else")
    return found


async def submit_shift(turn: Turn, filled: NewShift, draft: Draft) -> Filed:
    """Once, for a week's days, or for so many weeks as the district plans ahead."""
    post = await _post(turn, filled.post)
    who = await chosen(turn, post, filled.staff)
    length = timedelta(hours=filled.hours)
    if filled.since_at + length <= turn.now:
        raise UserError("duty.shift_past")
    unit = await turn.session.get_one(Unit, post.unit_id)
    rules = await rules_for(turn.session, unit)
    times, step = {
        Repeat.ONCE: (1, timedelta()),
        Repeat.DAILY: (DAILY, timedelta(days=1)),
        Repeat.WEEKLY: (rules.duty_weeks, timedelta(weeks=1)),
    }[filled.repeat]
    starts = [filled.since_at + step * n for n in range(times)]
    watches = [Watch(post, who, start, start + length) for start in starts]
    made = await plan_shifts(turn.session, watches, turn.now, turn.zone)
    fresh = [shift for shift in made if shift is not None]
    if not fresh:
        raise UserError("duty.shift_there")
    turn.audit("duty.planned", f"post:{post.id}", n=len(fresh))
    submission = await turn.file(filled, draft, person_id=None, unit_id=unit.id)
    params: dict[str, Value] = {
        **hours(fresh[0], post, turn.zone),
        "name": who.name or "",
        "n": len(fresh),
        "last": local_day(fresh[-1].since_at, turn.zone),
    }
    lines = [Text("duty.planned" if len(fresh) == 1 else "duty.planned_many", params)]
    if who.account_id is None:
        lines.append(Text("duty.staff_not_here", {"name": who.name or ""}))
    return Filed(submission, tuple(lines), views.man_rows(post.id))


async def cancel(turn: Turn, arguments: Sequence[str]) -> None:
    """Called off: the second tap means it."""
    shift, post = await shift_behind(turn, number_in(arguments), Action.OVERSEE)
    if shift.cancelled_at is not None:
        raise UserError("duty.cancelled")
    if shift.signed_out_at is not None:
        raise UserError("duty.signed_out_already", at=shift.signed_out_at)
    if arguments[1:] != ["yes"]:
        turn.send(views.sure(shift, post, turn.zone))
        return
    stood = shift.on_post
    await cancel_shift(turn.session, shift, turn.account.id, turn.now, turn.zone)
    turn.audit("duty.cancelled", f"shift:{shift.id}")
    said = {**hours(shift, post, turn.zone), "at": turn.now}
    if shift.account_id not in (None, turn.account.id):
        key = "duty.cancelled_on_post" if stood else "duty.cancelled_before"
        turn.tell(shift.account_id or 0, Outbound((Text(key, said),)), f"cancelled:shift{shift.id}")
    turn.replace(Outbound((Text("duty.cancelled_done", said),)))
