"""Finds the unit that a cell names: by its code, or by its name and those of the units above."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.imports.sheet import Reading
from models.messages import UserError
from models.people import address_key
from models.units import Unit, ancestor_ids


@dataclass(frozen=True, slots=True)
class Entry:
    """A unit with the names and codes of those above it, the nearest first."""

    id: int
    code: str
    name: str
    above: tuple[tuple[str, str], ...]

    def spellings(self) -> set[str]:
        """The name alone, and behind the names of the units above it."""
        found = {self.name}
        prefix = ""
        for _, name in self.above:
            prefix = name + prefix
            found.add(prefix + self.name)
        return found

    def lies_in(self, place: str) -> bool:
        """Is a unit so named, with or without its last character, above this one?"""
        return any(
            place == code or (len(place) > 1 and (name.startswith(place) or place.startswith(name)))
            for code, name in ((self.code, self.name), *self.above)
        )


class Directory:
    """All units of the database."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._by_code: dict[str, Entry] = {}
        self._by_name: dict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            self._by_code[entry.code] = entry
            for spelling in entry.spellings():
                self._by_name[spelling].append(entry)

    @classmethod
    async def open(cls, session: AsyncSession) -> Directory:
        """Raises UserError when there is no unit yet: nobody could be put anywhere."""
        rows = await session.execute(select(Unit.id, Unit.code, Unit.name, Unit.path))
        units = {row.id: row for row in rows}
        if not units:
            raise UserError("import.no_units")
        keys = {i: (address_key(u.code), address_key(u.name)) for i, u in units.items()}
        return cls(
            Entry(i, *keys[i], tuple(keys[a] for a in reversed(ancestor_ids(u.path)[:-1])))
            for i, u in units.items()
        )

    def find(self, text: str, within: Iterable[str] = ()) -> int:
        """The id of the one unit that is meant; `within` names units above it.

        Raises UserError when there is none, or more than one.
        """
        key = address_key(text)
        if key in self._by_code:
            return self._by_code[key].id
        places = [address_key(place) for place in within if place]
        found = [
            entry
            for entry in self._by_name.get(key, ())
            if all(entry.lies_in(place) for place in places)
        ]
        if not found:
            raise UserError("import.unit_unknown", unit=text)
        if len(found) > 1:
            raise UserError("import.unit_ambiguous", unit=text)
        return found[0].id

    def named_in(self, reading: Reading) -> int | None:
        """The unit of a row: the deepest of its columns for grid, village and township."""
        places = [reading.text(name) for name in ("township", "village", "unit")]
        named = [place for place in places if place]
        if not named:
            return None
        try:
            return self.find(named[-1], named[:-1])
        except UserError as error:
            reading.reasons.append(error.text)
            return None
