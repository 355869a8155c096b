"""Whoever opens a door of the roster is written down, special group or not."""

from __future__ import annotations

import pytest
from counting import counted
from sqlalchemy import select
from talk import Talk

from models.audit import AuditRow
from models.people import Care, Household, Person, dump_care


@pytest.fixture
async def homes(talk: Talk) -> dict[int, list[int]]:
    """Two doors of a garden with who lives there; in the first of them one has a care mark."""
    async with talk.db.write() as session:
        known = next(p for p in await session.scalars(select(Person)) if p.name == "陈小明")
        listed = {"unit_id": known.unit_id, "listed_at": talk.now, "created_at": talk.now}
        old = Person(
            **listed, household_id=known.household_id, name="周大山", care=dump_care([Care.ALONE])
        )
        beside = Household(
            unit_id=known.unit_id, address="花园小区8栋1单元101", address_index="beside"
        )
        session.add_all([old, beside])
        await session.flush()
        other = Person(**listed, household_id=beside.id, name="周涛")
        session.add(other)
        await session.flush()
        lives_there = select(Person.id).where(Person.household_id == known.household_id)
        first = list(await session.scalars(lives_there.order_by(Person.id)))
        assert known.household_id is not None
        return {known.household_id: first, beside.id: [other.id]}


async def looks(talk: Talk, action: str) -> list[str]:
    async with talk.db.read() as session:
        rows = select(AuditRow).where(AuditRow.action == action).order_by(AuditRow.id)
        return [row.subject for row in await session.scalars(rows)]


async def test_everybody_behind_an_opened_door_can_see_who_looked(
    talk: Talk, homes: dict[int, list[int]]
) -> None:
    door, people = next(iter(homes.items()))
    assert len(people) > 1
    await talk.tap("李强", f"a:home:{door}")
    assert sorted(await looks(talk, "roster.shown")) == sorted(f"person:{i}" for i in people)
    assert await looks(talk, "care.shown") == [f"person:{people[-1]}"]


async def test_opening_one_of_them_is_a_look_at_her_alone(
    talk: Talk, homes: dict[int, list[int]]
) -> None:
    _, people = next(iter(homes.items()))
    await talk.tap("李强", f"a:member:{people[0]}")
    assert await looks(talk, "roster.shown") == [f"person:{people[0]}"]
    assert await looks(talk, "care.shown") == []


async def test_a_list_of_doors_with_names_is_a_look_at_those_named(
    talk: Talk, homes: dict[int, list[int]]
) -> None:
    await talk.say("李强", "/roster 周")
    everybody = sorted(f"person:{i}" for people in homes.values() for i in people)
    assert sorted(await looks(talk, "roster.shown")) == everybody


async def test_writing_it_down_takes_a_statement_whoever_lives_there(
    talk: Talk, homes: dict[int, list[int]]
) -> None:
    sent_for = []
    for door in homes:
        with counted(talk.db) as sent:
            await talk.tap("李强", f"a:home:{door}")
        sent_for.append(sum("INSERT INTO audit" in statement for statement in sent))
    # Of five people and of one; the first of them with a special group among them.
    assert sent_for == [2, 1]
