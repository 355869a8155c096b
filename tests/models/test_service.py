"""Who is asked for a request, and what becomes of it: fit, nearness, hours, minutes to accept."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from cases import ZONE, account_of, duty, episode_of, heads, manned, settle_cast, unit_of
from cast import add_volunteer
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import Account
from models.attendance import sign_in, sign_out
from models.clock import StoppedClock
from models.duty import Post
from models.messages import UserError
from models.names import surname
from models.obligations import Kind, Obligation
from models.points import Holder, balance
from models.reports.figures import count_figures
from models.reports.means import SERVICE
from models.reports.periods import Period
from models.rota import Watch, plan_shifts
from models.served import served_minutes
from models.service import Ended, Task, accept, finish, fitting, offer
from models.session import Database
from models.units import Unit
from models.volunteers import Day, Part, Skill, Volunteer
from scheduler.sweep import tick

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def now(clock: StoppedClock) -> datetime:
    """2022-07-04 08:00 in Shanghai, a Monday."""
    return clock.now()


@pytest.fixture
async def district(db: Database, now: datetime) -> Database:
    async with db.write() as session:
        await settle_cast(session, now)
    return db


async def request(
    session: AsyncSession, now: datetime, need: str = "medicine", **columns: Any
) -> Obligation:
    """Somebody asks; the asker is a neighbour of nobody here."""
    asker = await account_of(session, "陈建国")
    facts = {"need": need, "asker": asker.id, "behalf": False}
    return await duty(session, f"help:{need}", now, kind=Kind.HELP, facts=facts, **columns)


async def asked(session: AsyncSession, item: Obligation, now: datetime) -> list[str | None]:
    unit = await session.get_one(Unit, item.unit_id)
    return [one.name for one in await fitting(session, item, unit, now, ZONE)]


@pytest.mark.parametrize(
    ("need", "skill", "fits"),
    [
        ("shopping", Skill.DELIVERY, True),
        ("shopping", Skill.NURSING, False),
        ("medicine", Skill.NURSING, True),
        ("medicine", Skill.LANGUAGE, False),
        ("doctor", Skill.DRIVING, True),
        ("doctor", Skill.DELIVERY, False),
        ("other", Skill.ORDER, True),
    ],
)
async def test_who_cannot_do_it_is_not_asked(
    district: Database, now: datetime, need: str, skill: Skill, fits: bool
) -> None:
    async with district.write() as session:
        await add_volunteer(session, "王芳", now, skills=[skill])
        item = await request(session, now, need)
        assert bool(await asked(session, item, now)) is fits


@pytest.mark.parametrize(
    ("days", "parts", "fits"),
    [
        ([Day.MON], [Part.MORNING], True),
        ([Day.MON], [Part.AFTERNOON], False),  # due at ten
        ([Day.TUE], [Part.MORNING], False),
        ([Day.SUN, Day.MON], [Part.EVENING, Part.MORNING], True),
    ],
)
async def test_who_has_no_time_before_it_is_due_is_not_asked(
    district: Database, now: datetime, days: list[Day], parts: list[Part], fits: bool
) -> None:
    async with district.write() as session:
        await add_volunteer(session, "王芳", now, days=days, parts=parts)
        item = await request(session, now)
        assert bool(await asked(session, item, now)) is fits


@pytest.mark.parametrize("state", ["paused_at", "ended_at", "confirmed_at"])
async def test_only_who_serves_is_asked(district: Database, now: datetime, state: str) -> None:
    async with district.write() as session:
        value = None if state == "confirmed_at" else now
        await add_volunteer(session, "王芳", now, **{state: value})
        assert await asked(session, await request(session, now), now) == []


async def test_who_is_observed_who_asks_and_who_blocked_us_are_not_asked(
    district: Database, now: datetime
) -> None:
    async with district.write() as session:
        for name in ("王芳", "林志明", "陈建国"):
            await add_volunteer(session, name, now)
        await episode_of(session, "王芳", now)
        (await account_of(session, "林志明")).blocked_at = now
        assert await asked(session, await request(session, now), now) == []


async def test_the_nearest_is_asked_first_and_another_township_never(
    district: Database, now: datetime
) -> None:
    async with district.write() as session:
        ids = {n: (await unit_of(session, n)).id for n in ("花园小区二网格", "花园社区", "柳林村")}
        await add_volunteer(session, "David", now, unit_id=ids["花园社区"])
        await add_volunteer(session, "林志明", now, unit_id=ids["花园小区二网格"])
        await add_volunteer(session, "王芳", now)
        await add_volunteer(session, "周涛", now, unit_id=ids["柳林村"])
        found = await asked(session, await request(session, now), now)
    assert found[0] == "王芳"
    assert set(found[1:]) == {"David", "林志明"}


async def test_nobody_is_asked_twice_for_one_request_and_five_at_once(
    district: Database, now: datetime
) -> None:
    async with district.write() as session:
        for _ in range(7):
            one = await add_volunteer(session, "王芳", now)
            one.account_id = await _account(session, one, now)
        item = await request(session, now)
        worker = (await account_of(session, "李强")).id
        first = await offer(session, item, worker, now, ZONE)
        assert len(first.asked) == 5
        with pytest.raises(UserError, match=r"volunteer\.offered_already"):
            await offer(session, item, worker, now, ZONE)
    await tick(district, now + 30 * MINUTE, ZONE)
    async with district.write() as session:
        held = await session.get_one(Obligation, item.id)
        second = await offer(session, held, worker, now + 31 * MINUTE, ZONE)
        assert len(second.asked) == 2
        assert not {v.id for v in first.asked} & {v.id for v in second.asked}


async def _account(session: AsyncSession, one: Volunteer, now: datetime) -> int:
    account = Account(chat=f"phone:v{one.id}", created_at=now)
    session.add(account)
    await session.flush()
    return account.id


async def test_at_night_volunteers_are_left_alone(district: Database, now: datetime) -> None:
    late = now + 15 * HOUR
    async with district.write() as session:
        await add_volunteer(session, "王芳", now)
        worker = (await account_of(session, "李强")).id
        with pytest.raises(UserError, match=r"volunteer\.night"):
            await offer(session, await request(session, late), worker, late, ZONE)


async def test_who_would_like_to_talk_is_no_volunteers_matter(
    district: Database, now: datetime
) -> None:
    async with district.write() as session:
        await add_volunteer(session, "王芳", now)
        worker = (await account_of(session, "李强")).id
        with pytest.raises(UserError, match=r"volunteer\.not_comfort"):
            await offer(session, await request(session, now, "comfort"), worker, now, ZONE)


@pytest.mark.parametrize(("minute", "ends"), [(29, None), (30, Ended.NOBODY)])
async def test_after_its_minutes_it_is_the_workers_again(
    district: Database, now: datetime, minute: int, ends: Ended | None
) -> None:
    async with district.write() as session:
        await add_volunteer(session, "王芳", now)
        worker = (await account_of(session, "李强")).id
        await offer(session, await request(session, now), worker, now, ZONE)
    await tick(district, now + minute * MINUTE, ZONE)
    async with district.write() as session:
        task = (await session.scalars(select(Task))).one()
        told = await heads(session, "李强")
        assert task.ended == ends
        assert ("volunteer.unanswered" in told) is (ends is not None)
        item = await session.get_one(Obligation, task.obligation_id)
        one = (await session.scalars(select(Volunteer))).one()
        if ends is not None:
            with pytest.raises(UserError, match=r"volunteer\.over"):
                await accept(session, task, item, one, now + minute * MINUTE)


@pytest.mark.parametrize(("took", "counts"), [(5, 30), (40, 40), (119, 119), (121, 120)])
async def test_an_errand_counts_for_what_it_took_within_bounds(
    district: Database, now: datetime, took: int, counts: int
) -> None:
    async with district.write() as session:
        one = await add_volunteer(session, "王芳", now)
        worker = (await account_of(session, "李强")).id
        item = await request(session, now)
        task = (await offer(session, item, worker, now, ZONE)).task
        await accept(session, task, item, one, now)
        points = await finish(session, task, item, one, now + took * MINUTE)
        assert await served_minutes(session, one) == counts
        assert points == counts * 10 // 60
        assert await balance(session, Holder(one.person_id, one.account_id)) == points


async def test_hours_at_a_post_count_as_the_rota_asked_for_them(
    district: Database, now: datetime
) -> None:
    """She came early and left late: the shift's own two hours count."""
    async with district.write() as session:
        one = await add_volunteer(session, "王芳", now)
        first = await manned(session, now + HOUR, now, hours=2)
        post = await session.get_one(Post, first.post_id)
        watch = Watch(post, one, now + HOUR, now + 3 * HOUR)
        (shift,) = await plan_shifts(session, [watch], now, ZONE)
        assert (await plan_shifts(session, [watch], now, ZONE)) == [None]
        assert shift is not None
        assert one.account_id is not None
        early, late = now + 50 * MINUTE, now + 4 * HOUR
        await sign_in(session, shift, post, one.account_id, early, ZONE, None)
        await sign_out(session, shift, one.account_id, late, None)
        assert await served_minutes(session, one) == 120
        village = await unit_of(session, "花园社区")
        for since, figures in ((now, (1, 1, 120)), (late, (0, 0, 0))):
            found = await count_figures(session, village, Period(since, now + DAY), (SERVICE,))
            assert tuple(found[f"service.{n}"] for n in ("people", "times", "minutes")) == figures
        assert await balance(session, Holder(one.person_id, one.account_id)) == 20


@pytest.mark.parametrize(
    ("name", "called"),
    [("王芳", "王"), ("欧阳明", "欧阳"), ("歐陽明", "歐陽"), ("David Smith", "Smith"), ("", "")],
)
def test_somebody_is_called_by_her_surname(name: str, called: str) -> None:
    assert surname(name) == called
