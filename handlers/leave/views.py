"""What she reads of her own leaves: the one that runs, those to come."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.turn import Turn
from models.handover import I_AM_BACK, load_of, worded
from models.leave import Leave, name_of
from models.messages import Button, Outbound, Rows, Text, Value

ANOTHER: Rows = ((Button(Text("leave.another"), "a:moreleave"),),)


async def shown(turn: Turn, leaves: Sequence[Leave]) -> Outbound:
    """Each with the way out of it, and one to ask for more."""
    lines = [await _state(turn, leave) for leave in leaves]
    rows: list[tuple[Button, ...]] = []
    for leave in leaves:
        rows += rows_of(turn, leave, dated=len(leaves) > 1)
    return Outbound(tuple(lines), (*rows, *ANOTHER))


def rows_of(turn: Turn, leave: Leave, *, dated: bool = False) -> Rows:
    """She comes back early, or does not go at all; with its day where there are several."""
    if not leave.to_come(turn.now):
        return I_AM_BACK
    label = Text("leave.call_off")
    if dated:
        label = Text("leave.call_off_of", {"since": leave.since_at})
    return ((Button(label, f"a:calloff:{leave.id}"),),)


async def _state(turn: Turn, leave: Leave) -> Text:
    to_come = leave.to_come(turn.now)
    holder = leave.receiver_id if to_come else leave.holder_id
    told: dict[str, Value] = {"since": leave.since_at, "until": leave.until_at}
    if holder is None:
        return Text("leave.booked_unheld" if to_come else "leave.on_unheld", told)
    name = await name_of(turn.session, holder)
    return Text("leave.booked" if to_come else "leave.on", {**told, "name": name})


async def said(turn: Turn, leave: Leave) -> Text:
    """What a receipt says: from when, until when, who has the work."""
    to_come = leave.to_come(turn.now)
    told: dict[str, Value] = {"since": leave.since_at, "until": leave.until_at}
    if leave.receiver_id is None:
        return Text("leave.promised_open" if to_come else "leave.taken_open", told)
    name = await name_of(turn.session, leave.receiver_id)
    if to_come:
        return Text("leave.booking", {**told, "name": name})
    load = await load_of(turn.session, turn.account.id, turn.now, leave.holder_id or 0)
    return Text("leave.taken", {**told, "name": name, "load": worded(load)})
