"""A list brings likely twins: found once, decided once, however often it comes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sheets import NOW, ImportDesk, resident_id
from sqlalchemy import select

from models.merging import keeper, merge
from models.people import KnownAs, Person
from models.session import Database
from models.twins import Twins, listen

HEAD = ["姓名", "身份证号", "手机号", "地址", "网格"]
ZHANG = ["张伟", resident_id(1), "13800138000", "花园小区3栋2单元501", "51010101"]
DOUBLE = ["章伟", "", "13800138001", "花园小区 3#2-501", "51010102"]


@pytest.fixture(autouse=True)
async def units(desk: ImportDesk) -> None:
    await desk.units()


async def found(desk: ImportDesk) -> list[Twins]:
    async with desk.db.read() as session:
        return list(await session.scalars(select(Twins).order_by(Twins.id)))


async def decide(db: Database) -> None:
    """The newest pair is one person."""
    async with db.write() as session:
        pair = (await session.scalars(select(Twins))).one()
        people = [await session.get_one(Person, i) for i in (pair.first_id, pair.second_id)]
        await merge(session, *keeper(*people), by=0, now=NOW)


async def test_twins_of_one_sheet_and_of_two_are_found_once(desk: ImportDesk) -> None:
    await desk.take("people", [HEAD, ZHANG, DOUBLE])
    assert len(await found(desk)) == 1
    await desk.take("people", [HEAD, ["张玮", "", "13800138000", "别处1号", "51010102"]])
    assert len(await found(desk)) == 3
    await desk.take("people", [HEAD, DOUBLE, ZHANG])
    assert len(await found(desk)) == 3


async def test_in_another_village_the_name_is_somebody_elses(desk: ImportDesk) -> None:
    await desk.take("people", [HEAD, ZHANG, [*DOUBLE[:4], "51010201"]])
    assert await found(desk) == []


async def test_whom_somebody_parted_no_list_asks_about_again(desk: ImportDesk) -> None:
    await desk.take("people", [HEAD, ZHANG, DOUBLE])
    async with desk.db.write() as session:
        (await session.scalars(select(Twins))).one().parted_at = NOW
    changed = [*DOUBLE[:2], "13800138000", *DOUBLE[3:]]
    assert (await desk.take("people", [HEAD, ZHANG, changed])).changed == 1
    assert [pair.parted_at for pair in await found(desk)] == [NOW]


@pytest.mark.parametrize("double", [DOUBLE, ["章伟", "E12345678", *ZHANG[2:]]])
async def test_whom_somebody_merged_no_list_makes_two_again(
    desk: ImportDesk, double: list[str]
) -> None:
    rows = [HEAD, ZHANG, double]
    await desk.take("people", rows)
    await decide(desk.db)
    (person,) = await desk.people()
    assert (person.name, person.id_number) == ("张伟", resident_id(1))
    done = await desk.take("people", rows)
    assert (done.landed, done.changed, done.unchanged) == (0, 0, 2)
    assert (len(await desk.people()), await found(desk)) == (1, [])
    async with desk.db.write() as session:
        person = (await session.scalars(select(Person))).one()
        person.moved_out_at, person.household_id = NOW, None
    assert (await desk.take("people", rows)).refused == 2


async def test_whoever_changes_is_heard_in_the_next_round(desk: ImportDesk) -> None:
    await desk.take("people", [HEAD, ZHANG, [*DOUBLE[:2], "13700000000", "别处1号", DOUBLE[4]]])
    assert await found(desk) == []
    async with desk.db.write() as session:
        assert await listen(session, NOW)
        double = (await session.scalars(select(Person).where(Person.id_index.is_(None)))).one()
        double.phone = "13800138000"
    async with desk.db.write() as session:
        assert await listen(session, NOW + timedelta(hours=1))
    assert [pair.found_at for pair in await found(desk)] == [NOW + timedelta(hours=1)]


async def test_a_mark_goes_with_its_person(desk: ImportDesk) -> None:
    await desk.take("people", [HEAD, ZHANG, DOUBLE])
    await decide(desk.db)
    async with desk.db.read() as session:
        mark = (await session.scalars(select(KnownAs))).one()
    assert mark.person_id == (await desk.people())[0].id
