"""A shift and those around it: found behind a button, shown, and whom one may put there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from sqlalchemy import and_, case, false, or_, select

from handlers.claims import claimed_number
from handlers.duty import views
from handlers.engine.context import Option
from handlers.turn import Turn
from models.access import access_shift, under
from models.accounts import SUPERVISORS, TEAM, Assignment
from models.actors import Action
from models.attendance import Turnout, phone_of, turnout
from models.clock import at_local
from models.duty import Post, Shift, names_of
from models.hands import Standing, hands_around
from models.messages import Text, UserError, verbatim
from models.reports.periods import Period
from models.rota import Hand
from models.units import Unit, ancestor_ids

MOST_SHIFTS = 20
AHEAD = timedelta(days=14)


def number_in(arguments: Sequence[str]) -> int:
    """The number that a button claims; 0, which nothing has, when it is none."""
    claimed = arguments[0] if arguments else ""
    return claimed_number(claimed)


async def shift_behind(turn: Turn, number: int, action: Action) -> tuple[Shift, Post]:
    """The shift, locked, if she may do this to it, and its post."""
    actor = await turn.actor()
    if action == Action.REPORT and await _handed_on(turn, number):
        raise UserError("duty.handed_on")
    shift = await access_shift(turn.session, actor, number, action)
    return shift, await turn.session.get_one(Post, shift.post_id)


async def _handed_on(turn: Turn, number: int) -> bool:
    """Was it hers by the rota, and has somebody else taken it since?"""
    mine = select(Assignment.id).where(Assignment.account_id == turn.account.id)
    found = await turn.session.scalar(
        select(Shift.id).where(
            Shift.id == number, Shift.rota_id.in_(mine), Shift.assignment_id.not_in(mine)
        )
    )
    return found is not None


async def leads(turn: Turn, shift: Shift) -> bool:
    """Does she dispose of this shift?"""
    unit = await turn.session.get_one(Unit, shift.unit_id)
    return (await turn.actor()).may(Action.OVERSEE, unit.path)


# -- what is shown ---------------------------------------------------------------------------------


async def duty(turn: Turn, _argument: str) -> None:
    """Who is on duty today: her own shifts first, then those of her units and of the units above.

    Somebody without a role sees her own.
    """
    actor = await turn.actor()
    start = at_local(turn.today, time(), turn.zone)
    end = start + timedelta(days=1)
    above = {i for grant in actor.grants for i in ancestor_ids(grant.path)}
    near = or_(under(actor.paths(Action.SEE), Shift.unit_id), Shift.unit_id.in_(above))
    mine = Shift.account_id == turn.account.id
    staff = bool(actor.roles & set(TEAM))
    found = await turn.session.execute(
        select(Shift, Post)
        .join(Post, Post.id == Shift.post_id)
        .where(
            Shift.cancelled_at.is_(None),
            Shift.until_at > start,
            or_(
                mine & (Shift.since_at < end + AHEAD),
                and_(near if staff else false(), Shift.since_at < end),
            ),
        )
        .order_by(case((mine, 0), else_=1), Shift.since_at, Shift.id)
        .limit(MOST_SHIFTS)
    )
    rows = [(shift, post) for shift, post in found.all()]
    names = await names_of(turn.session, *(shift for shift, _ in rows))
    figures = await _figures(turn, start)
    turn.send(views.day(rows, names, turn.account.id, figures, turn.now, turn.zone))


async def _figures(turn: Turn, start: datetime) -> Turnout | None:
    """The day's figures of the unit that she answers for; None for who answers for none."""
    grant = (await turn.actor()).top(*SUPERVISORS)
    if grant is None:
        return None
    unit = await turn.session.get_one(Unit, grant.unit_id)
    return await turnout(turn.session, unit, Period(start, turn.now))


async def show(turn: Turn, arguments: Sequence[str]) -> None:
    """One shift, with what she can do about it."""
    shift, post = await shift_behind(turn, number_in(arguments), Action.SEE)
    name = (await names_of(turn.session, shift))[shift.id]
    mine = shift.account_id == turn.account.id
    leading = not mine and await leads(turn, shift)
    turn.send(views.card(shift, post, name, turn.now, turn.zone, mine=mine, leading=leading))


async def instructions(turn: Turn, arguments: Sequence[str]) -> None:
    """What the post's plan says."""
    _, post = await shift_behind(turn, number_in(arguments), Action.SEE)
    turn.send(views.plan(post))


async def call(turn: Turn, arguments: Sequence[str]) -> None:
    """The number of who is on duty, for the staff of these units; audited."""
    shift, post = await _near(turn, number_in(arguments))
    name, phone = await phone_of(turn.session, shift)
    turn.audit("phone.revealed", f"shift:{shift.id}", reason="duty")
    turn.reply("duty.number", protect=True, name=name, phone=phone, post=post.name)


async def _near(turn: Turn, number: int) -> tuple[Shift, Post]:
    """A shift of her units, or of a unit above hers."""
    actor = await turn.actor()
    above = {i for g in actor.grants if g.role in TEAM for i in ancestor_ids(g.path)}
    found = await turn.session.execute(
        select(Shift, Post)
        .join(Post, Post.id == Shift.post_id)
        .where(
            Shift.id == number,
            or_(under(actor.paths(Action.SEE), Shift.unit_id), Shift.unit_id.in_(above)),
        )
    )
    row = found.first()
    if row is None:
        raise UserError("access.denied")
    return row[0], row[1]


# -- whom one may put there ------------------------------------------------------------------------


async def staff_around(turn: Turn, post: Post, but: int | None = None) -> Sequence[Option]:
    """Who can stand there; `but` is the account that needs no offering."""
    return [
        Option(one.value, _named(one))
        for one in await hands_around(turn.session, post, turn.now)
        if but is None or one.hand.account_id != but
    ]


def _named(one: Standing) -> Text:
    name = one.hand.name or "?"
    if one.volunteers:
        return Text("duty.volunteer", {"name": name, "unit": one.unit})
    return verbatim(f"{name} {one.unit}")


async def chosen(turn: Turn, post: Post, value: str) -> Hand:
    """Who stands behind an answer, if she still does."""
    for one in await hands_around(turn.session, post, turn.now):
        if one.value == value:
            return one.hand
    raise UserError("duty.staff_gone")
