"""Through a grid: its buildings in walking order, the doors of one, and the order changed."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from handlers.claims import claimed_number
from handlers.turn import Turn
from handlers.visits import views
from handlers.visits.views import PAGE, Walk
from models.access import access_unit
from models.actors import Action
from models.buildings import Building, buildings_of, move, settle_doors, turn_round
from models.coverage import Tally, by_building, doors_of
from models.messages import Rows, Text, UserError
from models.rounds import window_of
from models.units import Level, Unit

STEPS = {"up": -1, "down": 1}


def claimed(arguments: Sequence[str], kind: str, at: int = 0) -> int:
    """The id that a button claims, behind the letter of its kind ("u7" is a unit, "b" a building,
    "h" a household, "v" a visit); 0, which nothing has, where there is none."""
    text = arguments[at] if len(arguments) > at else ""
    return _number(text[1:]) if text.startswith(kind) else 0


def page(arguments: Sequence[str], at: int = 1) -> int:
    """The page of a list that a button asks for."""
    return _number(arguments[at]) if len(arguments) > at else 0


def _number(text: str) -> int:
    return claimed_number(text)


async def walk_of(turn: Turn, unit: Unit) -> Walk:
    """A grid in its round of today."""
    window = await window_of(turn.session, unit, turn.now, turn.zone)
    return Walk(unit, window, await by_building(turn.session, unit.id, window.since_at))


async def _grid(turn: Turn, arguments: Sequence[str]) -> Unit:
    unit = await access_unit(
        turn.session, await turn.actor(), claimed(arguments, "u"), Action.REPORT
    )
    if unit.level != Level.GRID:
        raise UserError("unknown.button")
    await settle_doors(turn.session, unit.id)
    return unit


async def buildings(turn: Turn, arguments: Sequence[str]) -> None:
    """a:walk:<grid>:<page>"""
    unit = await _grid(turn, arguments)
    walk = await walk_of(turn, unit)
    blocks = await buildings_of(turn.session, unit.id)
    turn.replace(views.buildings(walk, blocks, page(arguments)))


async def doors(turn: Turn, arguments: Sequence[str]) -> None:
    """a:doors:<grid>:<building, 0 for those without one>:<page>"""
    unit = await _grid(turn, arguments)
    await show_doors(turn, unit, claimed(arguments, "b", 1) or None, page(arguments, 2))


async def show_doors(
    turn: Turn,
    unit: Unit,
    building_id: int | None,
    number: int = 0,
    notice: Sequence[Text] = (),
    acts: Rows = (),
) -> None:
    """The doors of a building of a grid that she may walk, in place of the tapped message."""
    walk = await walk_of(turn, unit)
    building = await turn.session.get(Building, building_id) if building_id else None
    if building_id is not None and (building is None or building.unit_id != unit.id):
        raise UserError("access.denied")
    since = walk.window.since_at
    found = await doors_of(turn.session, unit.id, building_id, since, number * PAGE, PAGE + 1)
    onward = await _onward(turn, walk) if walk.tallies.get(building_id, Tally()).is_done else None
    turn.replace(views.doors(walk, building, found, number, notice, acts, onward))


async def _onward(turn: Turn, walk: Walk) -> Building | None:
    """The first building with doors to visit."""
    blocks = await buildings_of(turn.session, walk.unit.id)
    return next((b for b in blocks if not walk.tallies.get(b.id, Tally()).is_done), None)


async def order(turn: Turn, arguments: Sequence[str]) -> None:
    """a:order:<grid>:<page>"""
    unit = await _grid(turn, arguments)
    await _show_order(turn, unit, page(arguments))


async def _show_order(turn: Turn, unit: Unit, number: int) -> None:
    turn.replace(views.order(unit, await buildings_of(turn.session, unit.id), number))


async def shift(turn: Turn, arguments: Sequence[str]) -> None:
    """a:shift:<building>:<up or down>: the page follows the building."""
    found = await turn.session.scalar(
        select(Building).where(Building.id == claimed(arguments, "b")).with_for_update()
    )
    if found is None:
        raise UserError("access.denied")
    unit = await _grid(turn, [f"u{found.unit_id}"])
    step = STEPS.get(arguments[1]) if len(arguments) > 1 else None
    if step is None:
        raise UserError("unknown.button")
    await move(turn.session, found, step)
    await _show_order(turn, unit, (found.position - 1) // PAGE)


async def storeys(turn: Turn, arguments: Sequence[str]) -> None:
    """a:storeys:<grid>: from the top down, or from the bottom up."""
    unit = await _grid(turn, arguments)
    await turn_round(turn.session, unit.id)
    await _show_order(turn, unit, 0)
