"""Long work: claimed by one, taken over by another, never done by two."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from cases import account_of
from sqlalchemy.ext.asyncio import AsyncSession

from models.jobs import (
    LEASE,
    MOST_TRIES,
    Claimed,
    Job,
    JobState,
    LostError,
    ask,
    asking_job,
    claim,
    drop,
    end,
    file_job,
    keep,
    put_off,
    task_of,
    waits,
    wake,
)

SECOND = timedelta(seconds=1)
KINDS = ("import",)


async def filed(session: AsyncSession, now: datetime, **task: object) -> Job:
    worker = await account_of(session, "李强")
    return await file_job(session, "import", worker.id, task, now)


async def claimed(session: AsyncSession, now: datetime) -> Claimed:
    job = await claim(session, now, KINDS)
    assert job is not None
    await session.flush()
    return job


async def test_the_oldest_is_claimed_once_with_what_it_is_about(
    session: AsyncSession, now: datetime
) -> None:
    first, second = await filed(session, now, file="a"), await filed(session, now, file="b")
    got = [await claimed(session, now), await claimed(session, now)]
    expected = [(first.id, {"file": "a"}), (second.id, {"file": "b"})]
    assert [(job.id, job.task) for job in got] == expected
    assert await claim(session, now, KINDS) is None
    assert not await waits(session, now, KINDS)


async def test_a_kind_that_nobody_here_can_do_is_left_alone(
    session: AsyncSession, now: datetime
) -> None:
    await filed(session, now)
    assert await claim(session, now, ("other",)) is None


async def test_a_job_whose_process_died_is_taken_over_and_the_dead_writes_nothing(
    session: AsyncSession, now: datetime
) -> None:
    await filed(session, now)
    dead = await claimed(session, now)
    assert await claim(session, now + LEASE - SECOND, KINDS) is None
    heir = await claimed(session, now + LEASE)
    assert (heir.claim, heir.tries) == (2, 2)
    for write in (keep(session, dead, now), ask(session, dead, {}), end(session, dead)):
        with pytest.raises(LostError):
            await write
    await keep(session, heir, now + LEASE, {"rows": 5})
    assert await claim(session, now + 2 * LEASE - SECOND, KINDS) is None


async def test_whoever_slept_through_a_question_is_lost_after_it(
    session: AsyncSession, now: datetime
) -> None:
    job = await filed(session, now)
    sleeper = await claimed(session, now)
    await ask(session, await claimed(session, now + LEASE), {"kind": "people"})
    await session.refresh(job)
    wake(job)
    await session.flush()
    await claimed(session, now + LEASE)
    with pytest.raises(LostError):
        await keep(session, sleeper, now)


async def test_only_the_one_who_was_asked_finds_the_question(
    session: AsyncSession, now: datetime
) -> None:
    job = await filed(session, now)
    await ask(session, await claimed(session, now), {"kind": "people"})
    await session.refresh(job)
    other = await account_of(session, "赵敏")
    assert await asking_job(session, job.id, other.id) is None
    mine = await asking_job(session, job.id, job.account_id)
    assert mine is not None
    assert task_of(mine) == {"kind": "people"}
    drop(mine)
    await session.flush()
    assert await asking_job(session, job.id, job.account_id) is None


async def test_tries_are_counted_anew_after_an_answer(session: AsyncSession, now: datetime) -> None:
    job = await filed(session, now)
    for n in range(MOST_TRIES):
        got = await claimed(session, now + n * LEASE)
        assert not got.worn
    worn = await claimed(session, now + MOST_TRIES * LEASE)
    assert worn.worn
    await ask(session, worn, {"a": 1})
    await session.refresh(job)
    wake(job)
    await session.flush()
    assert not (await claimed(session, now)).worn


async def test_what_was_put_off_waits_until_then_and_what_ended_is_over(
    session: AsyncSession, now: datetime
) -> None:
    job = await filed(session, now, file="a")
    await put_off(session, await claimed(session, now), now + SECOND)
    await session.refresh(job)
    assert not await waits(session, now, KINDS)
    again = await claimed(session, now + SECOND)
    await end(session, again)
    await session.refresh(job)
    assert (job.state, job.task) == (JobState.ENDED, None)
    assert await claim(session, now + 2 * LEASE, KINDS) is None
