"""The list of areas from which whoever comes is found out about at once: staff and those who keep
registers read it, the district keeps it."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.areas.form import NewArea
from handlers.claims import claimed_number
from handlers.engine.draft import Draft
from handlers.feature import Drawer, Feature, Filed, FormSpec, MenuItem
from handlers.places import divisions_named
from handlers.turn import Turn
from models.accounts import TEAM, Role
from models.areas import Area, listed_areas, put_on_list, take_off_list
from models.messages import Button, Outbound, Rows, Style, Text, UserError
from models.units import Level

READS = (*TEAM, Role.INSPECTOR, Role.VENUE, Role.SENTINEL)


async def areas(turn: Turn, _argument: str) -> None:
    """The list; whoever speaks for the district can change it."""
    if not (await turn.actor()).roles & set(READS):
        raise UserError("access.staff_only")
    turn.send(_listed(await listed_areas(turn.session), keeps=await _keeps(turn)))


async def _keeps(turn: Turn) -> bool:
    """Does she speak for the whole district?"""
    grant = (await turn.actor()).top(Role.DISTRICT)
    return grant is not None and grant.level == Level.DISTRICT


def _listed(found: Sequence[Area], *, keeps: bool) -> Outbound:
    lines = [Text("areas.head", {"n": len(found)}) if found else Text("areas.none")]
    lines += [Text("areas.line", {"name": one.name, "since": one.since_at}) for one in found]
    if not keeps:
        return Outbound(tuple(lines))
    rows: Rows = tuple(
        (Button(Text("areas.off", {"name": one.name}), f"a:areaoff:{one.id}"),) for one in found
    )
    add = Button(Text("areas.add"), "a:areaadd", style=Style.PRIMARY)
    return Outbound(tuple(lines), (*rows, (add,)))


async def _only_district(turn: Turn) -> None:
    if not await _keeps(turn):
        raise UserError("areas.district_only")


async def begin(turn: Turn, _arguments: Sequence[str]) -> None:
    await _only_district(turn)
    await turn.begin(NewArea)


async def submit(turn: Turn, filled: NewArea, draft: Draft) -> Filed:
    await _only_district(turn)
    area = await put_on_list(turn.session, filled.name.strip(), turn.account.id, turn.now)
    submission = await turn.file(filled, draft, person_id=None, unit_id=None)
    turn.audit("area.listed", f"area:{area.id}")
    return Filed(submission, (Text("areas.added", {"name": area.name}),))


async def take_off(turn: Turn, arguments: Sequence[str]) -> None:
    await _only_district(turn)
    claimed = claimed_number(arguments[0] if arguments else "")
    area = await take_off_list(turn.session, claimed, turn.account.id, turn.now)
    turn.audit("area.taken_off", f"area:{area.id}")
    turn.replace(_listed(await listed_areas(turn.session), keeps=True))


FEATURE = Feature(
    commands={"areas": areas},
    actions={"areaadd": begin, "areaoff": take_off},
    forms=(FormSpec(NewArea, submit, {"divisions": divisions_named}, final=True),),
    menu=(MenuItem("areas", (Role.DISTRICT, Role.VENUE), drawer=Drawer.VENUES),),
)
