"""A slip left at a door (二维码卡): the worker hands it over, who lives there answers by it."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.engine.draft import Draft
from handlers.feature import Filed
from handlers.turn import Turn
from handlers.visits import slipviews
from handlers.visits.doors import name_of, own_visit
from handlers.visits.form import CallBack
from handlers.visits.views import named
from models import slips
from models.clock import local_day
from models.messages import Outbound, Text, UserError, Value
from models.slips import Slip, leave_slip, slip_of
from models.units import Unit
from models.visits import UNMET


async def leave(turn: Turn, arguments: Sequence[str]) -> None:
    """a:slip:<visit>: a picture to show, print or send on; the list stays where it is."""
    visit, home = await own_visit(turn, arguments)
    if visit.found not in UNMET:
        raise UserError("unknown.button")
    slip, token = await leave_slip(turn.session, visit, turn.now)
    unit = await turn.session.get_one(Unit, home.unit_id)
    until = local_day(slip.expires_at, turn.zone)
    by = await name_of(turn, visit.account_id)
    turn.send(slipviews.slip(home, unit, by, visit, until, token))


async def _claimed(turn: Turn, token: str) -> Slip:
    found = await slip_of(turn.session, token, turn.now)
    if found is None:
        raise UserError("unknown.button")
    return found


async def scanned(turn: Turn, arguments: Sequence[str]) -> None:
    """a:scanned:<token>: whoever has scanned it says in one tap that all are well, or goes on."""
    token = arguments[0] if arguments else ""
    slip = await _claimed(turn, token)
    home = await slips.home_of(turn.session, slip)
    turn.send(slipviews.scanned(home, token, await slips.answered(turn.session, slip)))


async def well(turn: Turn, arguments: Sequence[str]) -> None:
    """a:slipwell:<token>"""
    slip = await _claimed(turn, arguments[0] if arguments else "")
    home = await slips.home_of(turn.session, slip)
    host = await slips.host_of(turn.session, slip)
    if await slips.answered(turn.session, slip):
        turn.replace(Outbound((Text("slip.answered"),)))
        return
    await slips.answer(turn.session, slip, home, turn.account.id, turn.now)
    turn.audit("slip.answered", f"household:{home.id}", found="well")
    turn.replace(Outbound((Text("slip.thanks"),)))
    told: dict[str, Value] = {"address": home.address}
    turn.tell(host, Outbound((Text("slip.well_told", told),)), f"slip:{slip.id}:well")


async def report(turn: Turn, arguments: Sequence[str]) -> None:
    """a:slipreport:<token>: on to the report, which knows the door by the same token."""
    token = arguments[0] if arguments else ""
    await _claimed(turn, token)
    await turn.registry.commands["report"](turn, token)


async def call(turn: Turn, arguments: Sequence[str]) -> None:
    """a:slipcall:<token>"""
    slip = await _claimed(turn, arguments[0] if arguments else "")
    await turn.begin(CallBack, {"slip": slip.id})


async def submit(turn: Turn, filled: CallBack, draft: Draft) -> Filed:
    """A call for the worker to make, with the others of her day."""
    slip = await turn.session.get_one(Slip, draft.context["slip"])
    home = await slips.home_of(turn.session, slip)
    await slips.ask_call(turn.session, slip, home, named(home.address), filled.phone, turn.now)
    return Filed(None, (Text("slip.call_done"),))
