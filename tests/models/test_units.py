"""The tree of units: paths tell who stands above and below."""

from __future__ import annotations

import pytest
from cases import unit_of
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from models.units import Level, Unit, add_unit, ancestor_ids, chain, district_of, root, unit_by_code


async def test_a_path_runs_from_the_district_to_the_unit_itself(session: AsyncSession) -> None:
    grid = await unit_of(session, "花园小区一网格")
    above = ["清河区", "城关镇", "花园社区", "花园小区一网格"]
    assert ancestor_ids(grid.path) == [(await unit_of(session, name)).id for name in above]
    assert grid.path == "/" + "/".join(map(str, ancestor_ids(grid.path))) + "/"


async def test_a_chain_names_each_level_once(session: AsyncSession) -> None:
    line = await chain(session, await unit_of(session, "花园小区一网格"))
    assert {level: unit.name for level, unit in line.items()} == {
        Level.DISTRICT: "清河区",
        Level.TOWNSHIP: "城关镇",
        Level.VILLAGE: "花园社区",
        Level.GRID: "花园小区一网格",
    }


async def test_paths_keep_neighbours_apart_when_ids_begin_alike(session: AsyncSession) -> None:
    """Unit 1 is not above unit 12: a path ends with a slash."""
    village = await unit_of(session, "花园社区")
    grids = [await add_unit(session, f"X{n}", f"格{n}", Level.GRID, village) for n in range(12)]
    for grid in grids:
        below = await session.scalars(select(Unit.id).where(Unit.path.startswith(grid.path)))
        assert list(below) == [grid.id]


async def test_every_unit_finds_its_district(session: AsyncSession) -> None:
    for name in ("清河区", "柳林乡", "柳林村一网格"):
        assert (await district_of(session, await unit_of(session, name))).name == "清河区"
    top = await root(session)
    assert top is not None
    assert top.name == "清河区"


async def test_a_code_belongs_to_one_unit(session: AsyncSession) -> None:
    assert await unit_by_code(session, "NONE") is None
    with pytest.raises(IntegrityError):
        async with session.begin_nested():
            await add_unit(session, "QH01", "又一镇", Level.TOWNSHIP)


def test_an_empty_path_has_nobody_above() -> None:
    assert ancestor_ids("") == []
