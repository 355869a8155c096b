"""Imports the base roster: who lives at which door of which grid.

Rows are checked as they are taken; the good ones land in short transactions.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import TypeAlias

from sqlalchemy.ext.asyncio import AsyncSession

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
from bot.imports.reach import units_of
from bot.imports.reading import Answers, address_of, each
from bot.imports.result import Outcome, Result, Results, refused
from bot.imports.sheet import Reading, Row
from bot.imports.vocabulary import meaning
from models.listed import Gist, Landing, Resident
from models.messages import Text
from models.roster import Roster
from models.tenancies import UNTOLD, Landlord

Residents: TypeAlias = Mapping[int, Resident]  # by row number


def read(rows: Sequence[Row], directory: Directory, today: date) -> Answers[Resident]:
    """Who is in the sheet, and which rows are refused."""
    found = each(rows, partial(_resident, directory, today), _identity)
    return _share_units(found)


async def land(berth: Berth, batches: AsyncIterator[Residents]) -> None:
    """Write the good rows."""
    async with berth.db.read() as session:
        reach = await units_of(session, berth.actor) if berth.actor else None
        roster = await Roster.open(session, reach)

    async def put(session: AsyncSession, residents: Residents) -> Results:
        landings = await roster.land(session, list(residents.values()), berth.now, berth.today)
        return dict(zip(residents, map(_RESULTS.__getitem__, landings), strict=True))

    await berth.fill(batches, put)


def _resident(directory: Directory, today: date, reading: Reading) -> Resident | None:
    """Who lives where; None with the reading's reasons."""
    name = reading.take("name", name_of)
    kind = reading.take_any("id_kind", kind_of)
    document = reading.take_any("id_number", document_of(kind, today))
    phone = reading.take_any("phone", phone_of)
    address = address_of(reading)
    unit_id = directory.named_in(reading)
    door = reading.text("household")
    relation = reading.text("relation")
    residence = reading.take_any("residence", residence_of)
    groups = reading.take_any("groups", groups_of) or ()
    landlord = reading.take_any("landlord", name_of), reading.take_any("landlord_phone", phone_of)
    if not document and not address and not reading.reasons:
        reading.reasons.append(Text("import.papers_or_door"))
    if reading.reasons or not name:
        return None
    return Resident(
        name,
        document.kind if document else None,
        document.number if document else "",
        phone,
        address,
        unit_id,
        door,
        # Some sheets name the household's head in each row instead of the relation to her.
        bool(relation) and (meaning("relation", relation) == "head" or relation == name),
        residence,
        groups,
        Landlord(*landlord) if any(landlord) else UNTOLD,
        Gist.of(name, address),
    )


def _identity(resident: Resident) -> tuple[str, ...]:
    """What two rows of one person have in common."""
    if resident.id_kind is not None:
        return resident.id_kind, resident.id_number
    return "door", resident.name, resident.door, _key(resident)


def _share_units(answers: Answers[Resident]) -> Answers[Resident]:
    """Give rows without a unit that of the rows with the same door; clerks fill in one a family.

    It reads ahead to the end once it meets such a row, and nothing before.
    """
    units: dict[tuple[str, str], set[int]] = {}
    held: list[tuple[int, Resident | Result]] = []
    for number, found in answers:
        if isinstance(found, Resident) and found.unit_id is not None:
            for door in _doors(found):
                units.setdefault(door, set()).add(found.unit_id)
        if held or (isinstance(found, Resident) and found.unit_id is None):
            held.append((number, found))
        else:
            yield number, found
    for number, found in held:
        if isinstance(found, Resident) and found.unit_id is None:
            found = found._replace(unit_id=_only(found, units))
        yield number, found


def _doors(resident: Resident) -> Iterator[tuple[str, str]]:
    if resident.door:
        yield "door", resident.door
    if key := _key(resident):
        yield "address", key


def _key(resident: Resident) -> str:
    """That of her address, empty without one."""
    return resident.gist.key if resident.gist else ""


def _only(resident: Resident, units: Mapping[tuple[str, str], set[int]]) -> int | None:
    """The one unit that the sheet knows for her door."""
    for door in _doors(resident):
        found = units.get(door, set())
        if len(found) == 1:
            return next(iter(found))
    return None


_REFUSALS = {
    Landing.ADRIFT: Text("import.unit_needed"),
    Landing.MOVED: Text("import.moved_out"),
    Landing.ELSEWHERE: Text("import.person_elsewhere"),
    Landing.TAKEN: Text("import.door_elsewhere"),
}
_RESULTS = {
    landing: refused(_REFUSALS[landing]) if landing in _REFUSALS else Result(Outcome(landing.value))
    for landing in Landing
}
