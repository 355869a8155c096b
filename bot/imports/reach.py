"""A worker's sheet lands in her own units alone, whatever it says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.imports.result import Result, refused
from models.access import Action, Actor
from models.messages import Text
from models.people import Household, Person, address_index, id_index
from models.roster import Resident
from models.units import ORDER, Level, Unit, ancestor_ids


def branches(actor: Actor) -> tuple[str, ...]:
    """The branches of the tree that she keeps the lists of."""
    return tuple({*actor.paths(Action.SEE), *actor.paths(Action.ADMINISTER)})


@dataclass(frozen=True, slots=True)
class Reach:
    """The units that somebody may write to; `villages` is every unit's village, or higher unit."""

    units: frozenset[int]
    villages: Mapping[int, int]

    @classmethod
    async def open(cls, session: AsyncSession, actor: Actor) -> Reach:
        rows = list(await session.execute(select(Unit.id, Unit.level, Unit.path)))
        levels = {row.id: ORDER.index(Level(row.level)) for row in rows}
        village = ORDER.index(Level.VILLAGE)
        local = {
            row.id: [i for i in ancestor_ids(row.path) if levels[i] <= village] for row in rows
        }
        mine = branches(actor)
        return cls(
            frozenset(row.id for row in rows if row.path.startswith(mine)),
            {unit_id: line[-1] if line else unit_id for unit_id, line in local.items()},
        )

    async def keep_within(
        self, session: AsyncSession, batch: Mapping[int, Resident]
    ) -> tuple[dict[int, Resident], dict[int, Result]]:
        """Those of a batch that may land, by row number, and the refusals.

        Whoever is registered in another branch stays there, and so does a door: a list must not
        take people away, nor show them to whoever knows their number.
        """
        elsewhere = await self._registered_elsewhere(session, batch.values())
        homes = await _homes(session, batch.values())
        kept: dict[int, Resident] = {}
        refusals: dict[int, Result] = {}
        for number, resident in batch.items():
            at = homes.get(address_index(resident.address), set()) if resident.address else set()
            placed = self._placed(resident, at)
            if resident.document and id_index(resident.document) in elsewhere:
                refusals[number] = refused(Text("import.person_elsewhere"))
            elif at - self.units and placed.unit_id is None:
                refusals[number] = refused(Text("import.unit_needed"))
            elif placed.unit_id and self._taken(placed.unit_id, at):
                refusals[number] = refused(Text("import.door_elsewhere"))
            else:
                kept[number] = placed
        return kept, refusals

    def _placed(self, resident: Resident, at: set[int]) -> Resident:
        """Without a unit she lives where the only door of that address does, if it is ours."""
        if resident.unit_id is None and len(ours := at & self.units) == 1:
            return replace(resident, unit_id=next(iter(ours)))
        return resident

    def _taken(self, unit_id: int, at: set[int]) -> bool:
        """Is the door one of another unit of the same village?"""
        village = self.villages[unit_id]
        return any(self.villages[other] == village for other in at - self.units)

    async def _registered_elsewhere(
        self, session: AsyncSession, residents: Iterable[Resident]
    ) -> set[str]:
        papers = [id_index(r.document) for r in residents if r.document]
        found = await session.execute(
            select(Person.id_index, Person.unit_id).where(Person.id_index.in_(papers))
        )
        return {paper for paper, unit_id in found if paper and unit_id not in self.units}


async def _homes(session: AsyncSession, residents: Iterable[Resident]) -> dict[str, set[int]]:
    """The units that have a door at each address (its index) of the list."""
    wanted = {address_index(r.address) for r in residents if r.address}
    found = await session.execute(
        select(Household.address_index, Household.unit_id).where(
            Household.address_index.in_(wanted)
        )
    )
    homes: dict[str, set[int]] = {}
    for at, unit_id in found:
        homes.setdefault(at, set()).add(unit_id)
    return homes
