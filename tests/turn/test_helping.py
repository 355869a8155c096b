"""Errands through real taps: whose they are, two who tap at once, what is seen before and after."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from talk import Read, Talk

from models.audit import AuditRow
from models.obligations import Obligation, Outcome

ASKER, FIRST, SECOND = "陈建国", "李强", "赵敏"
OUTSIDERS = ("路人", "刘洋", "何平", "高峰", "冯静", "王芳")
PHONE = "13812345682"


@pytest.fixture
async def errand(talk: Talk) -> Talk:
    """Medicine is asked for; everybody has written before."""
    for name in OUTSIDERS:
        await talk.say(name, "/start")
    for said in ("/need", "2", "降压药一盒"):
        await talk.say(ASKER, said)
    await talk.press(ASKER, "engine.submit")
    return talk


def keys(letters: list[Read], to: str) -> list[str]:
    return [key for letter in letters if letter.to == to for key in letter.keys]


async def item_of(talk: Talk) -> Obligation:
    async with talk.db.read() as session:
        return (await session.execute(select(Obligation))).scalar_one()


@pytest.mark.parametrize("verb", ["helptake", "helpdone", "helpback"])
async def test_an_errand_is_done_by_the_staff_of_the_grid_and_above(
    errand: Talk, verb: str
) -> None:
    for name in (*OUTSIDERS, ASKER):
        assert keys(await errand.tap(name, f"a:{verb}:1"), name) == ["access.denied"], name
    assert (await item_of(errand)).owner_id is None


@pytest.mark.parametrize("verb", ["helpgot", "helpfine", "helplack", "helpmore", "helpoff"])
async def test_only_she_who_asked_has_the_last_word(errand: Talk, verb: str) -> None:
    await errand.tap(FIRST, "a:helptake:1")
    await errand.tap(FIRST, "a:helpdone:1")
    for name in (*OUTSIDERS, FIRST, SECOND, "孙丽"):
        assert keys(await errand.tap(name, f"a:{verb}:1"), name) == ["access.denied"], name
    assert (await item_of(errand)).outcome == Outcome.DONE


async def test_the_first_has_it_and_sees_the_number_that_the_second_does_not(
    errand: Talk,
) -> None:
    card = await errand.tap(SECOND, "a:card:1")
    assert PHONE not in repr(card)
    events = [
        errand.event(name, kind="tap", data="a:helptake:1", message_id="m")
        for name in (FIRST, SECOND)
    ]
    letters = await errand.deliver(*events)
    told = {name: keys(letters, name)[0] for name in (FIRST, SECOND)}
    assert sorted(told.values()) == ["help.taken", "help.taken_by_other"]
    for letter in letters:
        assert (PHONE in repr(letter.message)) is (letter.keys[0] == "help.taken")
    looks = await errand.rows(AuditRow.id, AuditRow.action)
    assert [row.action for row in looks].count("help.opened") == 1


async def test_one_who_does_not_have_it_cannot_end_it(errand: Talk) -> None:
    await errand.tap(FIRST, "a:helptake:1")
    for verb in ("helpdone", "helpback"):
        assert keys(await errand.tap(SECOND, f"a:{verb}:1"), SECOND) == ["help.not_yours"]


async def test_what_was_confirmed_or_called_off_stays_so(errand: Talk) -> None:
    assert keys(await errand.tap(ASKER, "a:helpgot:1"), ASKER) == ["help.not_delivered"]
    await errand.tap(FIRST, "a:helptake:1")
    await errand.tap(FIRST, "a:helpdone:1")
    await errand.tap(ASKER, "a:helpgot:1")
    for verb in ("helpgot", "helplack"):
        told = keys(await errand.tap(ASKER, f"a:{verb}:1"), ASKER)
        assert told == ["help.confirmed_already"]
    assert keys(await errand.tap(ASKER, "a:helpoff:1"), ASKER) == ["help.over"]
    assert keys(await errand.tap(FIRST, "a:helptake:1"), FIRST) == ["help.over"]


async def test_given_back_everybody_near_hears_of_it_again(errand: Talk) -> None:
    await errand.tap(FIRST, "a:helptake:1")
    before = await item_of(errand)
    await errand.tap(FIRST, "a:helpback:1")
    after = await item_of(errand)
    assert (after.owner_id, after.due_at) == (None, before.due_at)
    assert after.rounds == before.rounds + 1
    assert keys(await errand.tap(SECOND, "a:helptake:1"), SECOND)[0] == "help.taken"


async def test_what_is_on_her_mind_is_for_the_one_who_calls(talk: Talk) -> None:
    for said in ("/need", "4", "睡不着"):
        await talk.say(ASKER, said)
    await talk.press(ASKER, "engine.submit")
    assert "睡不着" not in repr(await talk.tap(FIRST, "a:card:1"))
    assert "睡不着" in repr(await talk.tap(FIRST, "a:helptake:1"))
