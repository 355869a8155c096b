"""What a contact ring's head does with a tap; a worker can do the same for one without a phone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import select

from handlers.rings import views
from handlers.rings.known import claimed, door_of, known
from handlers.rings.team import begin
from handlers.rings.views import Known
from handlers.turn import Turn
from models.actors import Action
from models.messages import Outbound, Text, UserError
from models.rings import Ring, Word, tell, without_head


def is_head(turn: Turn, ring: Ring) -> bool:
    return ring.head_id is not None and ring.head_id == turn.account.person_id


async def show(turn: Turn, arguments: Sequence[str]) -> None:
    """a:ring:<ring>: as its head sees it, or as the team does."""
    await show_card(turn, await claimed(turn, arguments, Action.REPORT))


async def show_card(turn: Turn, ring: Ring, *news: Text) -> None:
    found = await known(turn, ring)
    if not is_head(turn, ring):
        turn.replace(views.card(found, *news))
    elif ring.agreed_at is None:
        turn.replace(views.invitation(found, ""))
    else:
        turn.replace(views.head_card(found, *news))


async def headed_by(turn: Turn) -> Ring | None:
    """The ring whose head she is."""
    return await turn.session.scalar(
        select(Ring)
        .where(Ring.head_id == (turn.account.person_id or 0), Ring.ended_at.is_(None))
        .order_by(Ring.id)
        .limit(1)
    )


async def _asked(turn: Turn, arguments: Sequence[str]) -> Ring:
    ring = await claimed(turn, arguments, Action.REPORT)
    if not is_head(turn, ring):
        raise UserError("access.denied")
    return ring


async def agrees(turn: Turn, arguments: Sequence[str]) -> None:
    """a:ring:<ring>:yes"""
    ring = await _asked(turn, arguments)
    fresh = ring.agreed_at is None
    await begin(turn, ring)
    await show_card(turn, ring, Text("ring.thanks"))
    if fresh:
        await _tell_worker(turn, ring, views.has_agreed)


async def declines(turn: Turn, arguments: Sequence[str]) -> None:
    """a:ring:<ring>:no: not now, or not any more; nobody asks why."""
    ring = await _asked(turn, arguments)
    await _tell_worker(turn, ring, views.has_declined)
    await without_head(turn.session, ring, turn.now)
    turn.audit("ring.declined", f"ring:{ring.id}")
    turn.replace(Outbound((Text("ring.declined"),)))


async def _tell_worker(turn: Turn, ring: Ring, said: Callable[[Text, str], Text]) -> None:
    found = await known(turn, ring)
    look = views.ring_tap(Text("ring.look"), found)
    line = said(found.name, found.head.name if found.head else "")
    key = f"ring:{ring.id}:{line.key}:{turn.event.update_id}"
    turn.tell(ring.created_by, Outbound((line,), ((look,),)), key)


async def _working(turn: Turn, arguments: Sequence[str]) -> Ring:
    ring = await claimed(turn, arguments, Action.REPORT)
    if ring.agreed_at is None:
        raise UserError("ring.no_head_yet")
    return ring


async def well(turn: Turn, arguments: Sequence[str]) -> None:
    """a:ring:<ring>:well: one tap for all doors."""
    ring = await _working(turn, arguments)
    doors = await tell(turn.session, ring, Word.WELL, turn.account.id, turn.now)
    turn.audit("ring.well", f"ring:{ring.id}", doors=doors)
    await show_card(turn, ring, Text("ring.well_told", {"n": doors}))


async def passed(turn: Turn, arguments: Sequence[str]) -> None:
    """a:ring:<ring>:passed: the notice has reached every door."""
    ring = await _working(turn, arguments)
    doors = await tell(turn.session, ring, Word.PASSED, turn.account.id, turn.now)
    await show_card(turn, ring, Text("ring.passed_told", {"n": doors}))


async def need(turn: Turn, arguments: Sequence[str]) -> None:
    """a:ring:<ring>:need"""
    found = await known(turn, await _working(turn, arguments))
    turn.replace(views.which_door(found, "help"))


async def _there(turn: Turn, arguments: Sequence[str]) -> tuple[Known, str]:
    found = await known(turn, await _working(turn, arguments))
    return found, door_of(found, arguments, 2).address


async def help_there(turn: Turn, arguments: Sequence[str]) -> None:
    """a:ring:<ring>:help:<door>: a request for help like any other, the place filled in."""
    found, address = await _there(turn, arguments)
    unit = found.unit
    turn.audit("ring.door", f"ring:{found.ring.id}", "help")
    answers = {"address": address, "unit": unit.code}
    labels = {f"helpunits:{unit.code}": unit.name}
    await turn.begin(turn.spec("askhelp").form, {"behalf": True}, answers, labels)
