"""Finds the unit that a cell names: by its code, or by its name and those of the units above."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.imports.sheet import Reading
from models.addresses import compact
from models.messages import UserError
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
    """All units of the database; with a `reach`, rows may name these alone."""

    def __init__(self, entries: Iterable[Entry], reach: Collection[int] | None = None) -> None:
        self._reach = reach
        self._found: dict[tuple[str, ...], int] = {}  # a list names few units, and often
        self._by_code: dict[str, Entry] = {}
        self._by_name: dict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            self._by_code[entry.code] = entry
            for spelling in entry.spellings():
                self._by_name[spelling].append(entry)

    @classmethod
    async def open(cls, session: AsyncSession, reach: Collection[int] | None = None) -> Directory:
        """Raises UserError when there is no unit yet: nobody could be put anywhere."""
        rows = await session.execute(select(Unit.id, Unit.code, Unit.name, Unit.path))
        units = {row.id: row for row in rows}
        if not units:
            raise UserError("import.no_units")
        keys = {i: (compact(u.code), compact(u.name)) for i, u in units.items()}
        entries = (
            Entry(i, *keys[i], tuple(keys[a] for a in reversed(ancestor_ids(u.path)[:-1])))
            for i, u in units.items()
        )
        return cls(entries, reach)

    def find(self, text: str, within: Iterable[str] = ()) -> int:
        """The id of the one unit that is meant; `within` names units above it.

        Raises UserError when there is none, more than one, or it is out of reach.
        """
        found = self._find(text, within)
        own = [unit_id for unit_id in found if self._reach is None or unit_id in self._reach]
        if found and not own:
            raise UserError("import.unit_not_yours", unit=text)
        if not own:
            raise UserError("import.unit_unknown", unit=text)
        if len(own) > 1:
            raise UserError("import.unit_ambiguous", unit=text)
        return own[0]

    def _find(self, text: str, within: Iterable[str]) -> list[int]:
        key = compact(text)
        if key in self._by_code:
            return [self._by_code[key].id]
        places = [compact(place) for place in within if place]
        return [
            entry.id
            for entry in self._by_name.get(key, ())
            if all(entry.lies_in(place) for place in places)
        ]

    def inside(self, address: str) -> int | None:
        """The one unit with the longest name that stands in an address; None when in doubt."""
        key = compact(address)
        named = [name for name in self._by_name if len(name) > 1 and name in key]
        if not named:
            return None
        found = self._by_name[max(named, key=len)]
        own = [e.id for e in found if self._reach is None or e.id in self._reach]
        return own[0] if len(own) == 1 else None

    def named_in(self, reading: Reading) -> int | None:
        """The unit of a row: the deepest of its columns for grid, village and township."""
        places = [reading.text(name) for name in ("township", "village", "unit")]
        named = tuple(place for place in places if place)
        if not named:
            return None
        if named in self._found:
            return self._found[named]
        try:
            self._found[named] = self.find(named[-1], named[:-1])
            return self._found[named]
        except UserError as error:
            reading.reasons.append(error.text)
            return None
