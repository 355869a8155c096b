"""Whom an account answers for, and what is open for them now."""

from __future__ import annotations

from datetime import datetime, timedelta

from cases import account_of, accounts_for, duty, episode_of, person_of
from cast import add_resident
from sqlalchemy.ext.asyncio import AsyncSession

from models.obligations import Kind, fulfil
from models.wards import ANSWERABLE, next_opening, open_duties, people_of

HOUR = timedelta(hours=1)


async def names(session: AsyncSession, who: str) -> list[str]:
    return [person.name for person in await people_of(session, await account_of(session, who))]


async def open_keys(session: AsyncSession, who: str, at: datetime, *kinds: Kind) -> list[str]:
    account = await account_of(session, who)
    return [item.key for item in await open_duties(session, account, at, *kinds)]


async def test_a_guardian_stands_before_her_wards(session: AsyncSession) -> None:
    assert await names(session, "陈建国") == ["陈建国", "林秀英", "陈小明", "陈奶奶"]


async def test_somebody_without_wards_answers_for_herself_and_staff_for_nobody(
    session: AsyncSession, now: datetime
) -> None:
    await add_resident(session, "王芳", now)
    assert await names(session, "王芳") == ["王芳"]
    assert await names(session, "李强") == []


async def test_of_several_open_checkins_of_one_person_the_newest_is_asked_for(
    session: AsyncSession, now: datetime
) -> None:
    await episode_of(session, "陈建国", now)
    mother = await person_of(session, "陈奶奶")
    await duty(session, "mother:am", now, person_id=mother.id)
    evening = now + 10 * HOUR
    found = await open_keys(session, "陈建国", evening, Kind.CHECKIN)
    assert [key.partition(":ep")[0] for key in found] == ["checkin:2022-07-04:pm", "mother:am"]


async def test_a_checkin_of_yesterday_is_not_made_good_by_todays_temperature(
    session: AsyncSession, now: datetime
) -> None:
    mother = await person_of(session, "陈奶奶")
    item = await duty(session, "mother", now, person_id=mother.id)
    last = item.due_at + ANSWERABLE
    assert await open_keys(session, "陈建国", last - HOUR, Kind.CHECKIN) == ["mother"]
    assert await open_keys(session, "陈建国", last, Kind.CHECKIN) == []


async def test_tests_stay_open_however_old_and_each_by_itself(
    session: AsyncSession, now: datetime
) -> None:
    mother = await person_of(session, "陈奶奶")
    for n in range(3):
        await duty(session, f"t{n}", now + n * HOUR, kind=Kind.TEST, person_id=mother.id)
    later = now + timedelta(days=30)
    assert await open_keys(session, "陈建国", later, Kind.TEST) == ["t0", "t1", "t2"]
    assert await open_keys(session, "陈建国", later, Kind.CHECKIN) == []


async def test_what_is_done_or_not_open_yet_is_not_asked_for(
    session: AsyncSession, now: datetime
) -> None:
    mother = await person_of(session, "陈奶奶")
    done = await duty(session, "done", now, kind=Kind.TEST, person_id=mother.id)
    await fulfil(session, done, None, now)
    await duty(session, "later", now + HOUR, kind=Kind.TEST, person_id=mother.id)
    assert await open_keys(session, "陈建国", now, Kind.TEST) == []
    assert await open_keys(session, "陈建国", now + HOUR, Kind.TEST) == ["later"]


async def test_the_next_opening_is_the_earliest_ahead(session: AsyncSession, now: datetime) -> None:
    await episode_of(session, "王芳", now)
    await accounts_for(session, ["王芳"], now)
    account = await account_of(session, "王芳")
    assert await next_opening(session, account, now, Kind.CHECKIN) == now + 10 * HOUR
    assert await next_opening(session, account, now + timedelta(days=9), Kind.CHECKIN) is None


async def test_duties_of_other_peoples_wards_are_not_hers(
    session: AsyncSession, now: datetime
) -> None:
    await episode_of(session, "王芳", now)
    assert await open_keys(session, "陈建国", now, Kind.CHECKIN, Kind.TEST) == []
