"""Imports the register of venues: each with who answers for it inside, who gets a one-time code.

One transaction: a code must not be lost after its appointment has been written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from bot.imports.berth import Berth
from bot.imports.directory import Directory
from bot.imports.person import name_of, phone_of
from bot.imports.reach import units_of
from bot.imports.result import Outcome, Result, Results, refused
from bot.imports.sheet import Reading, Row
from bot.imports.vocabulary import meaning
from models.actors import Action
from models.messages import Text, UserError
from models.venues.kinds import VenueKind
from models.venues.managing import Charge, Told, add_venues, appoint_managers

LONGEST_NAME = 80
LONGEST_ADDRESS = 200
AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class _Listed:
    """A readable row."""

    told: Told
    manager: str
    phone: str


async def land(session: AsyncSession, rows: Sequence[Row], berth: Berth) -> Results:
    """Write the good rows; a venue that is known is renamed in nothing, only told anew."""
    reach = await units_of(session, berth.actor, Action.INSPECT) if berth.actor else None
    directory = await Directory.open(session, reach)
    by = berth.actor.account_id if berth.actor else None
    results: dict[int, Result] = {}
    wanted: dict[Told, tuple[int, _Listed]] = {}
    for row in rows:
        reading = Reading(row)
        listed = _listed(reading, directory)
        if listed is None:
            results[row.number] = refused(*reading.reasons)
        elif listed.told in wanted:
            before = wanted[listed.told][0]
            results[row.number] = refused(Text("import.duplicate_row", {"row": before}))
        else:
            wanted[listed.told] = (row.number, listed)
    good = list(wanted.values())
    for at in range(0, len(good), AT_ONCE):
        results |= await _put(session, dict(good[at : at + AT_ONCE]), by, berth)
    return results


async def _put(
    session: AsyncSession, listed: Mapping[int, _Listed], by: int | None, berth: Berth
) -> dict[int, Result]:
    """These rows, by their numbers, in as few statements as one row."""
    told = [one.told for one in listed.values()]
    entered = await add_venues(session, told, by, berth.now)
    before = [one.venue.manager_id for one in entered]
    pairs = list(zip(listed, listed.values(), entered, strict=True))
    charges = {n: Charge(e.venue, one.manager, one.phone) for n, one, e in pairs if one.manager}
    codes = await appoint_managers(session, list(charges.values()), berth.now) if charges else []
    code = dict(zip(charges, codes, strict=True))
    results = {}
    for (number, _, made), manager in zip(pairs, before, strict=True):
        outcome = Outcome.NEW
        if made.known:
            unchanged = made.same and manager == made.venue.manager_id
            outcome = Outcome.SAME if unchanged else Outcome.CHANGED
        results[number] = Result(outcome, code=code.get(number, ""))
    return results


def _listed(reading: Reading, directory: Directory) -> _Listed | None:
    """What a row tells; None with the reading's reasons."""
    name = reading.take("name", _within(LONGEST_NAME))
    kind = reading.take("kind", _kind)
    address = reading.take("address", _within(LONGEST_ADDRESS))
    unit_id = directory.named_in(reading)
    manager = reading.take_any("manager", name_of) or ""
    phone = reading.take_any("phone", phone_of) or ""
    if unit_id is None and not any(reading.row.text(n) for n in ("unit", "township")):
        reading.reasons.append(Text("import.empty", {"column": Text("import.field.unit")}))
    if manager and not phone:
        reading.reasons.append(Text("import.empty", {"column": Text("import.field.phone")}))
    if reading.reasons or not (name and kind and address and unit_id):
        return None
    return _Listed(Told(kind, name, address, unit_id), manager, phone)


def _within(longest: int) -> Callable[[str], str]:
    """Reads a text of at most so many characters."""

    def read(text: str) -> str:
        if len(text) > longest:
            raise UserError("import.title_long", max=longest)
        return text

    return read


def _kind(text: str) -> VenueKind:
    found = meaning("venue", text)
    if found is None:
        raise UserError("import.venue_unknown", kind=text)
    return VenueKind(found)
