"""People and doors: how a document, a phone and two spellings of an address meet."""

from __future__ import annotations

from datetime import datetime

import pytest
from cases import document_of, person_of, unit_of
from sqlalchemy.ext.asyncio import AsyncSession

from models.identity import IdDocument, IdKind
from models.people import (
    Household,
    address_index,
    households_at,
    id_index,
    person_by_document,
    phone_index,
)


@pytest.mark.parametrize(
    "spelling",
    [
        "花园小区5栋1单元301",
        "花园小区 5栋 1单元 301",
        "花园小区5栋-1单元-301",
        "花园小区，5栋1单元301。",
    ],
)
def test_spellings_of_one_address_meet(spelling: str) -> None:
    assert address_index(spelling) == address_index("花园小区5栋1单元301")


def test_different_doors_do_not_meet() -> None:
    assert address_index("花园小区5栋1单元301") != address_index("花园小区5栋1单元302")


def test_a_number_of_another_kind_is_another_document() -> None:
    one = IdDocument(kind=IdKind.PASSPORT, number="510107195804122015")
    assert id_index(one) != id_index(document_of("陈建国"))


def test_a_phone_is_no_document_and_the_other_way_round() -> None:
    assert phone_index("13812345678") != address_index("13812345678")


async def test_a_person_is_found_by_her_document_alone(session: AsyncSession) -> None:
    found = await person_by_document(session, document_of("陈建国"))
    assert found is not None
    assert (found.name, found.phone) == ("陈建国", "13812345682")
    assert await person_by_document(session, document_of("王芳")) is None


async def test_a_household_is_found_only_below_the_path(session: AsyncSession) -> None:
    door = "花园小区5栋1单元301"
    village, other = await unit_of(session, "花园社区"), await unit_of(session, "柳林村")
    assert [home.address for home in await households_at(session, door, village.path)] == [door]
    assert await households_at(session, door, other.path) == []


async def test_the_family_lives_behind_one_door_with_its_head(
    session: AsyncSession, now: datetime
) -> None:
    head = await person_of(session, "陈建国")
    home = await session.get_one(Household, head.household_id)
    family = [await person_of(session, name) for name in ("林秀英", "陈小明", "陈奶奶")]
    assert home.head_id == head.id
    assert {person.household_id for person in family} == {home.id}
    assert head.created_at == now
