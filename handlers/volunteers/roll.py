"""The volunteers of a unit, for its staff: who they are, confirming them, taking them off."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import case, func, select

from handlers.claims import claimed_number
from handlers.turn import Turn
from handlers.volunteers import views
from handlers.volunteers.serving import let_go
from models.access import access_volunteer, under
from models.actors import Action
from models.messages import Outbound, Text, UserError
from models.served import served_minutes
from models.units import Unit
from models.volunteers import Volunteer, confirm, end

PAGE = 8


async def roll(turn: Turn, page: int = 0) -> None:
    """A page of them, those to be confirmed first."""
    hers = under((await turn.actor()).paths(Action.SEE), Volunteer.unit_id)
    listed = (hers, Volunteer.ended_at.is_(None))
    n = await turn.session.scalar(select(func.count(Volunteer.id)).where(*listed)) or 0
    page %= max(1, -(-n // PAGE))
    found = await turn.session.execute(
        select(Volunteer, Unit.name)
        .join(Unit, Unit.id == Volunteer.unit_id)
        .where(*listed)
        .order_by(case((Volunteer.confirmed_at.is_(None), 0), else_=1), Unit.path, Volunteer.id)
        .offset(page * PAGE)
        .limit(PAGE)
    )
    rows = [(volunteer, unit) for volunteer, unit in found]
    turn.replace(views.roll(rows, n, page, PAGE))


async def turn_page(turn: Turn, arguments: Sequence[str]) -> None:
    actor = await turn.actor()
    if not actor.paths(Action.SEE):
        raise UserError("access.staff_only")
    await roll(turn, _number(arguments))


def _number(arguments: Sequence[str]) -> int:
    claimed = arguments[0] if arguments else ""
    return claimed_number(claimed)


async def show(turn: Turn, arguments: Sequence[str]) -> None:
    volunteer = await _hers(turn, arguments)
    turn.replace(await _card(turn, volunteer))


async def _hers(turn: Turn, arguments: Sequence[str]) -> Volunteer:
    """A volunteer of her units."""
    actor = await turn.actor()
    return await access_volunteer(turn.session, actor, _number(arguments), Action.CLAIM)


async def _card(turn: Turn, volunteer: Volunteer) -> Outbound:
    unit = await turn.session.get_one(Unit, volunteer.unit_id)
    return views.staff_card(volunteer, unit.name, await served_minutes(turn.session, volunteer))


async def say_yes(turn: Turn, arguments: Sequence[str]) -> None:
    """Confirmed: from now on she is asked."""
    volunteer = await _hers(turn, arguments)
    await confirm(turn.session, volunteer, turn.account.id, turn.now)
    turn.audit("volunteer.confirmed", f"volunteer:{volunteer.id}")
    if volunteer.account_id is not None:
        turn.tell(
            volunteer.account_id,
            Outbound((Text("volunteer.confirmed"),)),
            f"volunteer:ok:v{volunteer.id}:{turn.event.update_id}",
        )
    turn.replace(await _card(turn, volunteer))


async def phone(turn: Turn, arguments: Sequence[str]) -> None:
    """Her number, whole; audited."""
    volunteer = await _hers(turn, arguments)
    if not volunteer.phone:
        raise UserError("duty.no_phone", name=volunteer.name or "")
    turn.audit("phone.revealed", f"volunteer:{volunteer.id}", reason="volunteer")
    turn.reply("volunteer.number", protect=True, name=volunteer.name or "", phone=volunteer.phone)


async def take_off(turn: Turn, arguments: Sequence[str]) -> None:
    """Off the list: the second tap means it. Whatever she had accepted is the worker's again."""
    volunteer = await _hers(turn, arguments)
    if volunteer.ended_at is not None:
        raise UserError("volunteer.ended_already")
    if arguments[1:] != ["yes"]:
        turn.send(views.sure(volunteer))
        return
    await let_go(turn, volunteer)
    await end(turn.session, volunteer, turn.account.id, turn.now)
    turn.audit("volunteer.ended", f"volunteer:{volunteer.id}", by="staff")
    if volunteer.account_id is not None:
        message = Outbound((Text("volunteer.taken_off"),))
        turn.tell(volunteer.account_id, message, f"volunteer:off:v{volunteer.id}")
    turn.replace(Outbound((Text("volunteer.off_done", {"name": volunteer.name or ""}),)))
