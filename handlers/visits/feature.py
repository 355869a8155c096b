"""Door to door (A2): where a worker's walk begins, and what the buttons of it do."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from handlers.feature import Feature, FormSpec, MenuItem
from handlers.turn import Turn
from handlers.visits import arrival, doors, papers, rounds, slip, unwell, walk
from handlers.visits.form import Arrival, CallBack, NewRound, Papers, Unwell
from models.accounts import TEAM
from models.actors import Action
from models.buildings import settle_doors
from models.messages import UserError
from models.people import Household
from models.units import Level, Unit, ancestor_ids
from models.visits import Visit

UNDER_WAY = timedelta(hours=3)  # so long after a door she is still in its building


async def visit(turn: Turn, _argument: str) -> None:
    """Her grid's walk; whoever has more than one grid chooses, the least visited first."""
    paths = (await turn.actor()).paths(Action.REPORT)
    if not paths:
        raise UserError("access.staff_only")
    tops = [await turn.session.get_one(Unit, ancestor_ids(path)[-1]) for path in sorted(paths)]
    if len(tops) > 1:
        await rounds.show(turn, tops, None)
    elif tops[0].level == Level.GRID:
        await _walk(turn, tops[0])
    else:
        await rounds.show_below(turn, tops[0])


async def _walk(turn: Turn, unit: Unit) -> None:
    """On with the building under way, else the list of buildings."""
    await settle_doors(turn.session, unit.id)
    last = (
        await turn.session.execute(
            select(Household.building_id)
            .join(Visit, Visit.household_id == Household.id)
            .where(
                Visit.account_id == turn.account.id,
                Visit.unit_id == unit.id,
                Household.unit_id == unit.id,
                Visit.at >= turn.now - UNDER_WAY,
                Visit.undone_at.is_(None),
            )
            .order_by(Visit.id.desc())
            .limit(1)
        )
    ).first()
    found = await walk.walk_of(turn, unit)
    if last is not None and not found.tallies[last.building_id].is_done:
        await walk.show_doors(turn, unit, last.building_id)
    else:
        await walk.buildings(turn, [f"u{unit.id}"])


FEATURE = Feature(
    commands={"visit": visit},
    actions={
        "walk": walk.buildings,
        "doors": walk.doors,
        "order": walk.order,
        "shift": walk.shift,
        "storeys": walk.storeys,
        "grids": rounds.grids,
        "newround": rounds.begin,
        "endround": rounds.end,
        "arrival": arrival.begin,
        "sick": unwell.begin,
        "door": doors.door,
        "revisit": doors.revisit,
        "seen": doors.seen,
        "other": doors.other,
        "when": doors.when,
        "unvisit": doors.unvisit,
        "papers": papers.begin,
        "slip": slip.leave,
        "scanned": slip.scanned,
        "slipwell": slip.well,
        "slipreport": slip.report,
        "slipcall": slip.call,
    },
    forms=(
        FormSpec(
            Arrival,
            arrival.submit,
            {"divisions": arrival.places},
            withdraw=arrival.withdraw,
            settled=arrival.settled,
        ),
        FormSpec(Papers, papers.submit, final=True),
        FormSpec(CallBack, slip.submit),
        FormSpec(NewRound, rounds.submit),
        FormSpec(Unwell, unwell.submit, {"members": unwell.members}, withdraw=unwell.withdraw),
    ),
    menu=(MenuItem("visit", TEAM),),
)
