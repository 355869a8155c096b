"""Imports the base roster: who lives at which door of which grid.

Every row is checked first; then the good ones land in short transactions.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TypeAlias

from bot.imports.berth import Berth
from bot.imports.directory import Directory
from bot.imports.person import (
    document_of,
    groups_of,
    kind_of,
    name_of,
    phone_of,
    residence_of,
)
from bot.imports.reach import Reach
from bot.imports.result import Outcome, Result, refused
from bot.imports.sheet import Reading, Row
from bot.imports.vocabulary import meaning, with_suffix
from models.addresses import parse
from models.messages import Text
from models.roster import Landing, Resident, Roster
from models.tenancies import Landlord

Residents: TypeAlias = Mapping[int, Resident]  # by row number

_DOOR = ("building", "entrance", "room")


def read(
    rows: Sequence[Row], directory: Directory, today: date
) -> tuple[Residents, dict[int, Result]]:
    """Who is in the sheet, and which rows are refused."""
    residents, refusals = _read(rows, directory, today)
    return _share_units(residents), refusals


async def land(berth: Berth, batches: AsyncIterator[Residents]) -> None:
    """Write the good rows, batch by batch."""
    async with berth.db.read() as session:
        roster = await Roster.open(session)
        reach = await Reach.open(session, berth.actor) if berth.actor else None
    async for batch in batches:
        async with berth.write() as session:
            residents, results = dict(batch), dict[int, Result]()
            if reach is not None:
                residents, results = await reach.keep_within(session, batch)
            landings = await roster.land(session, list(residents.values()), berth.now, berth.today)
            results |= dict(zip(residents, map(_result, landings), strict=True))
            await berth.landed(session, results)
        await berth.rest()


def _read(
    rows: Sequence[Row], directory: Directory, today: date
) -> tuple[Residents, dict[int, Result]]:
    residents: dict[int, Resident] = {}
    results: dict[int, Result] = {}
    seen: dict[tuple[str, ...], int] = {}
    for row in rows:
        reading = Reading(row)
        resident = _resident(reading, directory, today)
        if resident is not None:
            first = seen.setdefault(_identity(resident), row.number)
            if first != row.number:
                reading.reasons.append(Text("import.duplicate_row", {"row": first}))
        if resident is None or reading.reasons:
            results[row.number] = refused(*reading.reasons)
        else:
            residents[row.number] = resident
    return residents, results


def _resident(reading: Reading, directory: Directory, today: date) -> Resident | None:
    """Who lives where; None with the reading's reasons."""
    name = reading.take("name", name_of)
    kind = reading.take_any("id_kind", kind_of)
    document = reading.take_any("id_number", document_of(kind, today))
    phone = reading.take_any("phone", phone_of)
    address = _address(reading)
    unit_id = directory.named_in(reading)
    door = reading.text("household")
    relation = reading.text("relation")
    residence = reading.take_any("residence", residence_of)
    groups = reading.take_any("groups", groups_of) or ()
    landlord = Landlord(
        reading.take_any("landlord", name_of), reading.take_any("landlord_phone", phone_of)
    )
    if not document and not address and not reading.reasons:
        reading.reasons.append(Text("import.papers_or_door"))
    if reading.reasons or not name:
        return None
    # Some sheets name the household's head in each row instead of the relation to her.
    is_head = bool(relation) and (meaning("relation", relation) == "head" or relation == name)
    return Resident(
        name, document, phone, address, unit_id, door, is_head, residence, groups, landlord
    )


def _identity(resident: Resident) -> tuple[str, ...]:
    """What two rows of one person have in common."""
    if resident.document is not None:
        return resident.document.kind, resident.document.number
    return "door", resident.name, resident.door, parse(resident.address).key


def _address(reading: Reading) -> str:
    """The address, with building, entrance and room where they have columns of their own."""
    parts = [with_suffix(name, text) for name in _DOOR if (text := reading.text(name))]
    return reading.text("address") + "".join(parts)


def _share_units(residents: Residents) -> Residents:
    """Give rows without a unit that of the rows with the same door; clerks fill in one a family."""
    units: dict[tuple[str, str], set[int]] = {}
    for resident in residents.values():
        if resident.unit_id is not None:
            for door in _doors(resident):
                units.setdefault(door, set()).add(resident.unit_id)
    return {
        number: resident if resident.unit_id else replace(resident, unit_id=_only(resident, units))
        for number, resident in residents.items()
    }


def _doors(resident: Resident) -> Iterator[tuple[str, str]]:
    if resident.door:
        yield "door", resident.door
    if resident.address:
        yield "address", parse(resident.address).key


def _only(resident: Resident, units: Mapping[tuple[str, str], set[int]]) -> int | None:
    """The one unit that the sheet knows for her door."""
    for door in _doors(resident):
        found = units.get(door, set())
        if len(found) == 1:
            return next(iter(found))
    return None


def _result(landing: Landing) -> Result:
    if landing is Landing.ADRIFT:
        return refused(Text("import.unit_needed"))
    if landing is Landing.MOVED:
        return refused(Text("import.moved_out"))
    return Result(Outcome(landing.value))
