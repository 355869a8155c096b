"""Whom a record tells of: where they come from, and a lead each, at her grid or at the unit of the
record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from handlers.registers.declaration import ELSEWHERE, LISTED, Register
from handlers.registers.keeping import Place
from handlers.turn import Turn
from models.areas import is_listed
from models.bringing import bring
from models.messages import Text
from models.placing import grid_for
from models.registers import Submission
from models.rules import rules_for
from models.sources import Told
from models.units import Unit, district_of


async def count_origin(turn: Turn, filled: Register, unit: Unit) -> dict[str, int]:
    """How many come from another province, and from an area on the district's list."""
    if not filled.origin_field:
        return {}
    place = str(getattr(filled, filled.origin_field))
    province = (await rules_for(turn.session, unit)).province
    elsewhere = bool(province) and not place.startswith(province)
    listed = await is_listed(turn.session, place)
    return {ELSEWHERE: elsewhere * filled.people, LISTED: listed * filled.people}


async def bring_leads(
    turn: Turn, filled: Register, record: Submission, place: Place, *, listed: bool
) -> list[Text]:
    """What its author is told of them. What a correction tells no more is taken back."""
    rule = filled.brings
    if rule is None:
        return []
    wanted = rule.when(filled) or (rule.listed and listed)
    people: Sequence[Told] = filled.told() if wanted else ()
    there = [await _placed(turn, told, place, at_home=rule.at_home) for told in people]
    taken = await bring(turn.session, record, there, turn.now, turn.zone)
    lines: dict[int, Text] = {}
    for one in taken:
        turn.audit("lead.brought", f"person:{one.lead.person_id}", register=record.form)
        at = await turn.session.get_one(Unit, one.lead.unit_id)
        lines[at.id] = Text("records.lead", {"unit": at.name, "due": one.due_at})
    return list(lines.values())


async def _placed(turn: Turn, told: Told, place: Place, *, at_home: bool) -> tuple[Told, Unit]:
    """With the unit whose worker finds out: that of her door, or of the venue where she is."""
    if at_home:
        top = await district_of(turn.session, place.unit)
        return told, await grid_for(turn.session, told.address, None, top) or place.unit
    if place.venue is not None:
        told = replace(told, address=f"{place.venue.address} {place.venue.name}")
    return told, place.unit
