"""Imports the base roster: who lives at which door of which grid.

Every row is checked first; then the good ones land in short transactions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import islice
from typing import TypeAlias
from zoneinfo import ZoneInfo

from bot.imports.directory import Directory
from bot.imports.person import document_of, kind_of, name_of, phone_of
from bot.imports.result import Outcome, Result, Results, note, refused
from bot.imports.sheet import Reading, Row
from bot.imports.vocabulary import meaning, with_suffix
from models.clock import local_day
from models.messages import Text
from models.people import address_key
from models.roster import BATCH, Landing, Resident, Roster
from models.session import Database

Residents: TypeAlias = Mapping[int, Resident]  # by row number

_DOOR = ("building", "entrance", "room")


async def land(db: Database, rows: Sequence[Row], now: datetime, zone: ZoneInfo) -> Results:
    """Write the good rows, batch by batch."""
    async with db.read() as session:
        directory = await Directory.open(session)
        roster = await Roster.open(session)
    residents, results = _read(rows, directory, local_day(now, zone))
    for batch in _batches(_share_units(residents)):
        async with db.write() as session:
            landings = await roster.land(session, list(batch.values()), now)
            outcomes = dict(zip(batch, map(_result, landings), strict=True))
            note(session, "people", outcomes.values(), now)
        results |= outcomes
    return results


def _read(
    rows: Sequence[Row], directory: Directory, today: date
) -> tuple[Residents, dict[int, Result]]:
    residents: dict[int, Resident] = {}
    results: dict[int, Result] = {}
    seen: dict[tuple[str, str], int] = {}
    for row in rows:
        reading = Reading(row)
        resident = _resident(reading, directory, today)
        if resident is not None:
            paper = (resident.document.kind, resident.document.number)
            first = seen.setdefault(paper, row.number)
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
    document = reading.take("id_number", document_of(kind, today))
    phone = reading.take_any("phone", phone_of)
    address = _address(reading)
    unit_id = directory.named_in(reading)
    door = reading.text("household")
    relation = reading.text("relation")
    if reading.reasons or not (name and document):
        return None
    # Some sheets name the household's head in each row instead of the relation to her.
    is_head = bool(relation) and (meaning("relation", relation) == "head" or relation == name)
    return Resident(name, document, phone, address, unit_id, door, is_head)


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
        yield "address", address_key(resident.address)


def _only(resident: Resident, units: Mapping[tuple[str, str], set[int]]) -> int | None:
    """The one unit that the sheet knows for her door."""
    for door in _doors(resident):
        found = units.get(door, set())
        if len(found) == 1:
            return next(iter(found))
    return None


def _batches(residents: Residents) -> Iterator[Residents]:
    rows = iter(residents.items())
    while batch := dict(islice(rows, BATCH)):
        yield batch


def _result(landing: Landing) -> Result:
    if landing is Landing.ADRIFT:
        return refused(Text("import.unit_needed"))
    return Result(Outcome(landing.value))
