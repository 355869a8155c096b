"""Imports the tree of units: new codes are added, known ones renamed and moved.

One transaction: half a tree would lead people to the wrong door.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.imports.result import Outcome, Result, Results, refused
from bot.imports.sheet import Reading, Row
from bot.imports.tree import Place, connect, grow
from bot.imports.vocabulary import meaning
from models.messages import Text, UserError
from models.units import ORDER, Level, Unit
from scheduler.upkeep import plan_recurring

LONGEST_CODE = 40
LONGEST_TITLE = 120


async def land(
    session: AsyncSession, rows: Sequence[Row], now: datetime, zone: ZoneInfo
) -> Results:
    """Write the rows that fit; digests of new units are planned."""
    units = {unit.code: unit for unit in await session.scalars(select(Unit).order_by(Unit.id))}
    drafts, results, numbers = _read(rows)
    _adopt_district(units, drafts, results)
    known = _places(units)
    connected, unconnected = connect(drafts, known, numbers)
    placed, unsound = grow(connected, known, numbers)
    results |= {number: refused(why) for number, why in {**unconnected, **unsound}.items()}
    results |= await _write(session, placed, units)
    await plan_recurring(session, now, zone)
    return results


def _read(
    rows: Sequence[Row],
) -> tuple[dict[str, Place], dict[int, Result], dict[str, int]]:
    """The readable rows by code, the refusals, and the row of every code."""
    drafts: dict[str, Place] = {}
    results: dict[int, Result] = {}
    numbers: dict[str, int] = {}
    for row in rows:
        reading = Reading(row)
        code = reading.take("code", _code)
        title = reading.take("title", _title)
        level = reading.take_any("level", _level)
        parent = reading.text("parent")
        if code in drafts:
            reading.reasons.append(Text("import.duplicate_row", {"row": drafts[code].number}))
        if reading.reasons or code is None or title is None:
            results[row.number] = refused(*reading.reasons)
        else:
            drafts[code] = Place(code, title, level, parent, row.number)
        if code is not None:
            numbers.setdefault(code, row.number)
    return drafts, results, numbers


def _code(text: str) -> str:
    if len(text) > LONGEST_CODE:
        raise UserError("import.code_long", max=LONGEST_CODE)
    return text


def _title(text: str) -> str:
    if len(text) > LONGEST_TITLE:
        raise UserError("import.title_long", max=LONGEST_TITLE)
    return text


def _level(text: str) -> Level:
    level = meaning("level", text)
    if level is None:
        raise UserError("import.level_unknown", level=text)
    return Level(level)


def _adopt_district(
    units: dict[str, Unit], drafts: dict[str, Place], results: dict[int, Result]
) -> None:
    """A district that was only set up, with nothing below, takes the sheet's code; otherwise a
    second district is refused, since an installation serves one."""
    top = next((unit for unit in units.values() if unit.parent_id is None), None)
    if top is None:
        top_code, bare = "", False
    else:
        top_code, bare = top.code, len(units) == 1 and top.code not in drafts
    for place in list(drafts.values()):
        if place.parent or place.level not in (None, Level.DISTRICT) or place.code in units:
            continue
        if top is not None and bare:
            units[place.code] = units.pop(top.code)
            top.code, top_code, bare = place.code, place.code, False
        elif top_code:
            del drafts[place.code]
            results[place.number] = refused(Text("import.second_district", {"code": top_code}))
        else:
            top_code = place.code


def _places(units: dict[str, Unit]) -> dict[str, Place]:
    codes = {unit.id: code for code, unit in units.items()}
    return {
        code: Place(code, unit.name, Level(unit.level), codes.get(unit.parent_id or 0, ""))
        for code, unit in units.items()
    }


async def _write(
    session: AsyncSession, placed: dict[str, Place], units: dict[str, Unit]
) -> dict[int, Result]:
    """Level by level, since a unit needs the id of the one above it."""
    results: dict[int, Result] = {}
    for level in ORDER:
        for place in (p for p in placed.values() if p.level is level):
            outcome = _put(session, place, units)
            results[place.number] = Result(outcome)
        await session.flush()
    _mend_paths(units)
    await session.flush()
    return results


def _put(session: AsyncSession, place: Place, units: dict[str, Unit]) -> Outcome:
    assert place.level is not None, "a sound tree has all its levels"
    parent_id = units[place.parent].id if place.parent else None
    unit = units.get(place.code)
    if unit is None:
        unit = Unit(code=place.code, name=place.title, level=place.level, parent_id=parent_id)
        session.add(unit)
        units[place.code] = unit
        return Outcome.NEW
    unit.name, unit.level, unit.parent_id = place.title, place.level, parent_id
    return Outcome.CHANGED if session.is_modified(unit) else Outcome.SAME


def _mend_paths(units: dict[str, Unit]) -> None:
    """Give new units their path, and the subtree of a moved one its new one."""
    paths: dict[int | None, str] = {None: "/"}
    for unit in sorted(units.values(), key=lambda u: ORDER.index(Level(u.level))):
        path = f"{paths[unit.parent_id]}{unit.id}/"
        paths[unit.id] = path
        if unit.path != path:
            unit.path = path
