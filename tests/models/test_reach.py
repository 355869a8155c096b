"""Somebody blocked us: that is work for a person near her."""

from __future__ import annotations

from datetime import datetime, timedelta

from cases import account_of, accounts_for, episode_of, person_of, unit_of
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.episodes import EpisodeEnd
from models.obligations import Kind, Obligation
from models.observation import close_episode
from models.reach import CONTACT_WITHIN, lose


async def contacts(session: AsyncSession) -> list[Obligation]:
    found = await session.scalars(
        select(Obligation).where(Obligation.kind == Kind.CONTACT).order_by(Obligation.id)
    )
    return list(found)


async def test_a_person_under_observation_is_to_be_called(
    session: AsyncSession, now: datetime
) -> None:
    episode = await episode_of(session, "王芳", now)
    await accounts_for(session, ["王芳"], now)
    await lose(session, (await account_of(session, "王芳")).id, now)
    (item,) = await contacts(session)
    assert (item.person_id, item.episode_id) == (episode.person_id, episode.id)
    assert item.unit_id == episode.unit_id
    assert (item.opens_at, item.due_at) == (now, now + CONTACT_WITHIN)
    assert item.facts == {"cause": "blocked"}


async def test_blocking_twice_a_day_is_one_call_and_the_next_day_another(
    session: AsyncSession, now: datetime
) -> None:
    await episode_of(session, "王芳", now)
    await accounts_for(session, ["王芳"], now)
    account = await account_of(session, "王芳")
    for hours in (0, 3, 24):
        await lose(session, account.id, now + timedelta(hours=hours))
    assert len(await contacts(session)) == 2


async def test_a_guardian_who_blocks_us_is_a_call_for_each_ward_under_observation(
    session: AsyncSession, now: datetime
) -> None:
    for name in ("陈奶奶", "陈小明"):
        await episode_of(session, name, now)
    await lose(session, (await account_of(session, "陈建国")).id, now)
    wanted = {(await person_of(session, name)).id for name in ("陈奶奶", "陈小明")}
    assert {item.person_id for item in await contacts(session)} == wanted


async def test_nobody_calls_a_person_who_is_not_under_observation(
    session: AsyncSession, now: datetime
) -> None:
    episode = await episode_of(session, "王芳", now)
    await accounts_for(session, ["王芳"], now)
    await close_episode(session, episode, EpisodeEnd.RELEASED, 1, now)
    await lose(session, (await account_of(session, "王芳")).id, now)
    await lose(session, (await account_of(session, "陈建国")).id, now)
    assert await contacts(session) == []


async def test_the_unit_above_hears_of_a_member_of_the_team(
    session: AsyncSession, now: datetime
) -> None:
    await lose(session, (await account_of(session, "李强")).id, now)
    (item,) = await contacts(session)
    assert item.unit_id == (await unit_of(session, "花园社区")).id
    assert (item.person_id, item.details()) == (None, {"staff": "李强"})


async def test_the_district_hears_of_its_own(session: AsyncSession, now: datetime) -> None:
    await lose(session, (await account_of(session, "吴刚")).id, now)
    (item,) = await contacts(session)
    assert item.unit_id == (await unit_of(session, "清河区")).id


async def test_an_account_that_is_not_there_is_nothing(
    session: AsyncSession, now: datetime
) -> None:
    await lose(session, 10**9, now)
    assert await contacts(session) == []
