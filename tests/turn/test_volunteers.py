"""Volunteers through real taps: whose deed each button is, what is seen before and after, who is
asked, and what becomes of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cast import add_volunteer
from sqlalchemy import select
from talk import Read, Talk

from models.audit import AuditRow
from models.obligations import Kind, Obligation, Outcome
from models.points import PointEntry, Reason
from models.service import Task
from models.volunteers import Volunteer

ASKER, WORKER, COLLEAGUE = "陈建国", "李强", "赵敏"
FIRST, SECOND = "王芳", "林志明"
OUTSIDERS = ("路人", "刘洋", "何平", "高峰", "冯静")
PHONE, DOOR = "13812345682", "5栋1单元301"


@pytest.fixture
async def called(talk: Talk) -> Talk:
    """Medicine is asked for, and two volunteers have been asked for it."""
    for name in OUTSIDERS:
        await talk.say(name, "/start")
    async with talk.db.write() as session:
        for name in (FIRST, SECOND):
            await add_volunteer(session, name, talk.now)
    for said in ("/need", "2", "降压药一盒"):
        await talk.say(ASKER, said)
    await talk.press(ASKER, "engine.submit")
    await talk.tap(WORKER, f"a:helpcall:{(await item_of(talk)).id}")
    return talk


def keys(letters: list[Read], to: str) -> list[str]:
    return [key for letter in letters if letter.to == to for key in letter.keys]


async def item_of(talk: Talk) -> Obligation:
    async with talk.db.read() as session:
        found = await session.scalars(select(Obligation).where(Obligation.kind == Kind.HELP))
        return found.one()


async def task_of(talk: Talk) -> Task:
    async with talk.db.read() as session:
        return (await session.scalars(select(Task))).one()


async def listed(talk: Talk) -> list[Volunteer]:
    async with talk.db.read() as session:
        return list(await session.scalars(select(Volunteer).order_by(Volunteer.id)))


@pytest.mark.parametrize("verb", ["vol", "volok", "volphone", "volend"])
async def test_the_list_is_for_the_staff_of_her_unit(called: Talk, verb: str) -> None:
    for name in (*OUTSIDERS, ASKER, FIRST, SECOND):
        assert keys(await called.tap(name, f"a:{verb}:1:yes"), name) == ["access.denied"], name
    assert [one.ended_at for one in await listed(called)] == [None, None]
    for name in (WORKER, "孙丽", "钱伟"):
        assert keys(await called.tap(name, f"a:{verb}:1"), name) != ["access.denied"], name


async def test_only_staff_turn_the_pages_of_the_list(called: Talk) -> None:
    for name in ("路人", "冯静", ASKER):
        assert keys(await called.tap(name, "a:volpage:0"), name) == ["access.staff_only"], name
    assert keys(await called.tap("刘洋", "a:volpage:0"), "刘洋") == ["volunteer.nobody"]
    assert "volunteer.roll" in keys(await called.tap(WORKER, "a:volpage:7"), WORKER)


@pytest.mark.parametrize("verb", ["volpause", "volresume", "volleave"])
async def test_whoever_is_no_volunteer_has_nothing_to_stop(called: Talk, verb: str) -> None:
    assert keys(await called.tap("路人", f"a:{verb}"), "路人") == ["volunteer.none"]


async def test_a_request_goes_out_from_those_who_may_see_to_it(called: Talk) -> None:
    for name in (*OUTSIDERS, ASKER, FIRST, SECOND):
        assert keys(await called.tap(name, "a:helpcall:1"), name) == ["access.denied"], name
    told = keys(await called.tap(COLLEAGUE, "a:helpcall:1"), COLLEAGUE)
    assert told == ["help.taken_by_other"]


@pytest.mark.parametrize("verb", ["servetake", "serveno", "servedone", "serveback"])
async def test_a_task_is_for_those_who_were_asked(called: Talk, verb: str) -> None:
    for name in (*OUTSIDERS, ASKER, WORKER, "孙丽"):
        assert keys(await called.tap(name, f"a:{verb}:1"), name) == ["access.denied"], name
    assert (await task_of(called)).volunteer_id is None


async def test_before_she_accepts_she_sees_neither_who_nor_where_nor_what(called: Talk) -> None:
    asked = [one for one in await called.letters(0) if "volunteer.wanted" in one.keys]
    assert {one.to for one in asked} == {FIRST, SECOND}
    for secret in (PHONE, DOOR, ASKER, "降压药"):
        assert secret not in repr([one.message for one in asked])


async def test_of_two_who_tap_at_once_one_has_it(called: Talk) -> None:
    events = [
        called.event(name, kind="tap", data="a:servetake:1", message_id="m")
        for name in (FIRST, SECOND)
    ]
    letters = await called.deliver(*events)
    told = {name: keys(letters, name)[0] for name in (FIRST, SECOND)}
    assert sorted(told.values()) == ["volunteer.taken", "volunteer.yours"]
    for letter in (one for one in letters if one.to in told):
        assert (PHONE in repr(letter.message)) is (letter.keys[0] == "volunteer.yours")
    looks = await called.rows(AuditRow.id, AuditRow.action)
    assert [row.action for row in looks].count("help.opened") == 1


async def test_she_who_does_not_have_it_can_neither_end_it_nor_give_it_back(called: Talk) -> None:
    await called.tap(FIRST, "a:servetake:1")
    for verb in ("servedone", "serveback"):
        assert keys(await called.tap(SECOND, f"a:{verb}:1"), SECOND) == ["volunteer.not_yours"]
    assert (await item_of(called)).is_open()


async def test_done_twice_counts_once(called: Talk) -> None:
    await called.tap(FIRST, "a:servetake:1")
    await called.pass_time(timedelta(hours=1))
    assert keys(await called.tap(FIRST, "a:servedone:1"), FIRST)[0] == "volunteer.thanks"
    assert keys(await called.tap(FIRST, "a:servedone:1"), FIRST) == ["volunteer.over"]
    assert (await item_of(called)).outcome == Outcome.DONE
    entries = await called.rows(PointEntry.id, PointEntry.n, PointEntry.reason)
    assert [(row.n, row.reason) for row in entries] == [(10, Reason.SERVICE)]


async def test_the_worker_does_it_herself_and_the_volunteer_need_not_go(called: Talk) -> None:
    await called.tap(FIRST, "a:servetake:1")
    letters = await called.tap(WORKER, "a:helpdone:1")
    assert keys(letters, FIRST) == ["volunteer.not_needed"]
    assert keys(await called.tap(FIRST, "a:servedone:1"), FIRST) == ["volunteer.over"]


async def test_the_worker_goes_herself_and_nobody_is_waited_for(called: Talk) -> None:
    await called.tap(WORKER, "a:helptake:1")
    assert keys(await called.tap(FIRST, "a:servetake:1"), FIRST) == ["volunteer.over"]


async def test_when_the_last_declines_the_worker_hears_it_at_once(called: Talk) -> None:
    assert keys(await called.tap(FIRST, "a:serveno:1"), WORKER) == []
    assert keys(await called.tap(SECOND, "a:serveno:1"), WORKER) == ["volunteer.unanswered"]
    assert keys(await called.tap(FIRST, "a:servetake:1"), FIRST) == ["volunteer.over"]


async def test_taken_off_the_list_her_task_is_the_workers_again(called: Talk) -> None:
    await called.tap(FIRST, "a:servetake:1")
    mine = next(one for one in await listed(called) if one.name == FIRST)
    letters = await called.tap("孙丽", f"a:volend:{mine.id}:yes")
    assert keys(letters, WORKER)[0] == "volunteer.returned"
    assert keys(letters, FIRST) == ["volunteer.taken_off"]
    assert (await item_of(called)).is_open()


async def test_somebody_who_offers_herself_twice_is_listed_once(talk: Talk) -> None:
    for _ in range(2):
        for said in ("/volunteer", "2", "周一", "1"):
            await talk.say(ASKER, said)
        await talk.press(ASKER, "engine.submit")
        await talk.tap(ASKER, "a:voledit")
        for said in ("1", "周二", "3"):
            await talk.say(ASKER, said)
        await talk.press(ASKER, "engine.submit")
    (one,) = await listed(talk)
    assert (one.skills, one.days, one.parts) == (["driving"], ["tue"], ["evening"])
    assert one.confirmed_at is None
