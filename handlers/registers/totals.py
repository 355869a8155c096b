"""The keeper of a cold store tells the day's totals: there was nothing, or what is on record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from handlers.registers.lookup import number
from handlers.turn import Turn
from models.messages import Button, Outbound, Style, Text, UserError, Value
from models.obligations import Obligation
from models.venues.coldstores import REGISTER, access_totals, confirm_totals, totals


async def _item(turn: Turn, arguments: Sequence[str]) -> Obligation:
    actor = await turn.actor()
    return await access_totals(turn.session, actor, number(arguments, 0), turn.now)


async def nothing(turn: Turn, arguments: Sequence[str]) -> None:
    """Nothing went in or out: one tap. Where the records say otherwise, they are shown."""
    item = await _item(turn, arguments)
    figures = await totals(turn.session, item, turn.zone)
    if any(figures.values()):
        turn.replace(_shown(item, figures))
        return
    await _confirm(turn, item, figures)


async def show(turn: Turn, arguments: Sequence[str]) -> None:
    item = await _item(turn, arguments)
    turn.replace(_shown(item, await totals(turn.session, item, turn.zone)))


async def confirm(turn: Turn, arguments: Sequence[str]) -> None:
    """What she was shown is right; records that came since are shown first."""
    item = await _item(turn, arguments)
    figures = await totals(turn.session, item, turn.zone)
    if item.is_open() and ":".join(arguments[1:]) != _stamp(figures):
        turn.replace(_shown(item, figures))
        return
    await _confirm(turn, item, figures)


async def _confirm(turn: Turn, item: Obligation, figures: Mapping[str, int]) -> None:
    if not item.is_open():
        figures = item.facts.get("figures", figures)
        if item.outcome_at is None or "figures" not in item.facts:
            raise UserError("claim.over")
    await confirm_totals(turn.session, item, figures, turn.account.id, turn.now)
    turn.audit("stock.confirmed", f"obligation:{item.id}")
    turn.replace(Outbound((Text("stock.done", _told(item, figures)),)))


def _stamp(figures: Mapping[str, int]) -> str:
    return "-".join(str(n) for n in figures.values())


def _told(item: Obligation, figures: Mapping[str, int]) -> dict[str, Value]:
    return {**figures, "venue": str(item.details().get("venue", ""))}


def _shown(item: Obligation, figures: Mapping[str, int]) -> Outbound:
    yes = Button(Text("stock.right"), f"a:stockok:{item.id}:{_stamp(figures)}", style=Style.PRIMARY)
    more = Button(Text("stock.add"), f"a:enter:{REGISTER}")
    return Outbound((Text("stock.shown", _told(item, figures)),), ((yes,), (more,)))
