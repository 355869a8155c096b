"""The staff of her units: who has which role, how busy they are, and the end of a role."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.claims import claimed_number
from handlers.feature import Drawer, Feature, MenuItem
from handlers.staff import views
from handlers.turn import Turn
from models.accounts import SUPERVISORS, Assignment, Role
from models.actors import Actor
from models.appointments import reinvite
from models.cards import LIST_LENGTH
from models.leave import Candidate, candidates
from models.messages import Outbound, Text, UserError
from models.staffing import UNDO_WITHIN, access_role, end_role, members, overseen, unstaffed
from models.units import Unit

NOBODY = "0"  # her work is anybody's of the unit


async def _overseer(turn: Turn) -> Actor:
    actor = await turn.actor()
    if not overseen(actor):
        raise UserError("access.supervisors_only")
    return actor


async def staff(turn: Turn, _argument: str) -> None:
    turn.send(await _page(turn, 0))


async def page(turn: Turn, arguments: Sequence[str]) -> None:
    number = arguments[0] if arguments else ""
    known = number.isdecimal() and len(number) < 5
    turn.replace(await _page(turn, int(number) if known else 0))


async def _page(turn: Turn, number: int) -> Outbound:
    actor = await _overseer(turn)
    found = await members(turn.session, actor, turn.now, number * LIST_LENGTH, LIST_LENGTH + 1)
    empty = await unstaffed(turn.session, overseen(actor), turn.now) if not number else None
    turn.audit("staff.read", f"account:{turn.account.id}")
    return views.listed(found[:LIST_LENGTH], number, len(found) > LIST_LENGTH, empty)


async def _role(turn: Turn, arguments: Sequence[str]) -> tuple[Assignment, Unit]:
    actor = await _overseer(turn)
    claimed = arguments[0] if arguments else ""
    number = claimed_number(claimed)
    return await access_role(turn.session, actor, number, turn.now)


def _named(row: Assignment, unit: Unit) -> str:
    return row.name or unit.name


async def post(turn: Turn, arguments: Sequence[str]) -> None:
    """One role, and what can be done about it."""
    row, unit = await _role(turn, arguments)
    if row.until_at is not None:
        turn.replace(views.ended(row, _named(row, unit), unit, row.until_at + UNDO_WITHIN))
    else:
        turn.replace(views.post(row, _named(row, unit), unit))


async def leaves(turn: Turn, arguments: Sequence[str]) -> None:
    """She leaves the team: first who gets her work, then it is done."""
    row, unit = await _role(turn, arguments)
    if row.until_at is not None:
        raise UserError("staff.gone")
    able: list[Candidate] = []
    if row.account_id is not None:
        able = await candidates(turn.session, row.account_id, turn.now)
    chosen = arguments[1] if len(arguments) > 1 else ""
    if not chosen:
        turn.replace(views.receivers(row, _named(row, unit), able, NOBODY))
        return
    receiver = next((one for one in able if str(one.account_id) == chosen), None)
    if receiver is None and chosen != NOBODY:
        raise UserError("leave.receiver_gone")
    to = receiver.account_id if receiver else None
    turn.audit("staff.ended", f"assignment:{row.id}", role=row.role, receiver=to)
    turn.letters += await end_role(turn.session, row, unit, to, turn.now)
    if row.account_id is not None:
        told = Outbound((Text("staff.you_left", views.about(row, unit)),))
        turn.tell(row.account_id, told, f"left:{row.id}:{turn.now.isoformat()}")
    if receiver is not None:
        given = Text("staff.given", {"name": _named(row, unit), "unit": unit.name})
        turn.tell(receiver.account_id, Outbound((given,)), f"given:{row.id}:{turn.now.isoformat()}")
    turn.replace(views.ended(row, _named(row, unit), unit, turn.now + UNDO_WITHIN))


async def stays(turn: Turn, arguments: Sequence[str]) -> None:
    """Ended in error: within the window the role is hers again, the work stays where it went."""
    row, unit = await _role(turn, arguments)
    if row.until_at is None:
        raise UserError("staff.still_there")
    row.until_at = None
    turn.audit("staff.restored", f"assignment:{row.id}", role=row.role)
    if row.account_id is not None:
        told = Outbound((Text("staff.you_stay", views.about(row, unit)),))
        turn.tell(row.account_id, told, f"stays:{row.id}:{turn.now.isoformat()}")
    turn.replace(views.post(row, _named(row, unit), unit))


async def code(turn: Turn, arguments: Sequence[str]) -> None:
    """A new one-time code for somebody who has not signed in yet."""
    row, unit = await _role(turn, arguments)
    if row.account_id is not None or row.until_at is not None:
        raise UserError("staff.signed_in")
    (made,) = await reinvite(turn.session, [row], turn.now)
    turn.audit("invite.made", f"unit:{unit.id}", role=row.role)
    words = Text("staff.code", {"name": _named(row, unit)})
    turn.send(Outbound((words, Text("start.command", {"code": made})), protect=True))


FEATURE = Feature(
    commands={"staff": staff},
    actions={"staff": page, "post": post, "leaves": leaves, "stays": stays, "newcode": code},
    menu=(MenuItem("staff", (*SUPERVISORS, Role.ADMIN), drawer=Drawer.TEAM),),
)
