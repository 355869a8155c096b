"""Whose roster it is: the buttons of doors and pairs are claims, checked at every tap."""

from __future__ import annotations

import pytest
from ledger import dump, facts
from sqlalchemy import select, update
from talk import Talk

from models.accounts import Assignment
from models.people import Care, Person, dump_care
from models.twins import Twins

# Another grid of another village, its staff, the administrator, residents, somebody unknown.
OUTSIDERS = ("刘洋", "何平", "高峰", "冯静", "陈建国", "路人")
PAIR = ("same", "keep", "parted", "later", "again")


@pytest.fixture
async def ids(talk: Talk) -> dict[str, int]:
    """Somebody of the garden, the door, and a pair."""
    async with talk.db.write() as session:
        known = next(p for p in await session.scalars(select(Person)) if p.name == "陈小明")
        home = {"household_id": known.household_id, "unit_id": known.unit_id}
        twin = Person(**home, name="陈晓明", listed_at=talk.now, created_at=talk.now)
        session.add(twin)
        await session.flush()
        pair = Twins(first_id=known.id, second_id=twin.id, found_at=talk.now)
        session.add(pair)
        await session.flush()
        assert known.household_id is not None
        return {"pair": pair.id, "person": known.id, "home": known.household_id}


async def refused(talk: Talk, actor: str, data: str) -> bool:
    """Was nothing changed but the audit, and was she told that it is not hers?"""
    async with talk.db.read() as session:
        before = facts(await dump(session))
    letters = await talk.tap(actor, data)
    async with talk.db.read() as session:
        same = facts(await dump(session)) == before
    told = [letter.keys for letter in letters if letter.to == actor]
    return same and told == [["access.denied"]]


@pytest.mark.parametrize("actor", OUTSIDERS)
async def test_nobody_decides_about_people_whom_she_may_not_see(
    talk: Talk, ids: dict[str, int], actor: str
) -> None:
    await talk.say(actor, "/start")
    for verb in PAIR:
        assert await refused(talk, actor, f"a:twins:{verb}:{ids['pair']}:{ids['person']}"), verb


DOORS = ("home", "newcomer", "newhead")
PEOPLE = ("member", "why", "moveout", "newphone", "letting", "caring")


@pytest.mark.parametrize("actor", OUTSIDERS)
async def test_nobody_opens_or_mends_what_is_behind_anothers_door(
    talk: Talk, ids: dict[str, int], actor: str
) -> None:
    await talk.say(actor, "/start")
    for verb in DOORS:
        assert await refused(talk, actor, f"a:{verb}:{ids['home']}"), verb
    for verb in PEOPLE:
        # Whose ward he is may see his record elsewhere, and mends the roster neither.
        assert await refused(talk, actor, f"a:{verb}:{ids['person']}"), verb


@pytest.mark.parametrize("actor", ["钱伟", "吴刚"])
async def test_special_groups_are_seen_by_those_who_look_in(
    talk: Talk, ids: dict[str, int], actor: str
) -> None:
    async with talk.db.write() as session:
        (await session.get_one(Person, ids["person"])).care = dump_care([Care.CHRONIC])
    seen = [await talk.tap(name, f"a:home:{ids['home']}") for name in ("李强", actor)]
    told = [any("care.chronic" in str(letter.message) for letter in one) for one in seen]
    assert told == [True, False]
    assert await refused(talk, actor, f"a:caring:{ids['person']}")


async def test_a_form_begun_in_time_does_nothing_once_the_worker_has_left(
    talk: Talk, ids: dict[str, int]
) -> None:
    await talk.tap("李强", f"a:newphone:{ids['person']}")
    async with talk.db.write() as session:
        await session.execute(update(Assignment).values(until_at=talk.now))
    letters = await talk.say("李强", "13612340000")
    assert next(one.keys for one in letters if one.to == "李强")[0] == "access.denied"
    async with talk.db.read() as session:
        assert (await session.get_one(Person, ids["person"])).phone is None
