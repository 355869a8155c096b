"""Long work that a turn has asked for and that some process does: claimed, kept, ended.

A claim is a lease with a number. Whoever lost it notices in the transaction in which it would have
written, so that a job which was taken over is never done by two. Knows no kind of job.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    Select,
    String,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id
from models.crypto import Sealed
from models.statements import table_of

LEASE = timedelta(seconds=60)
MOST_TRIES = 5  # a job that killed so many processes would kill the next
KEPT = timedelta(days=3)


class JobState(StrEnum):
    WAITING = "waiting"  # for a process, or in the hands of one
    ASKING = "asking"  # for a person
    ENDED = "ended"
    FAILED = "failed"


_WAITING: ColumnElement[bool] = literal_column("state = 'waiting'")


class Job(Base):
    """`task` is JSON, all that whoever does the job needs to know; gone after KEPT. `claim` counts
    how often the job was claimed, `tries` how often since it was filed or woken."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_waiting", "id", sqlite_where=_WAITING, postgresql_where=_WAITING),
    )

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(20))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    state: Mapped[JobState] = mapped_column(String(8), default=JobState.WAITING)
    task: Mapped[str | None] = mapped_column(Sealed("jobs.task"))
    claim: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    claimed_until_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(index=True)


class LostError(Exception):
    """Another process has taken the job over, or somebody has called it off."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job that this process may do now."""

    id: int
    kind: str
    account_id: int
    claim: int
    tries: int
    task: Mapping[str, Any]

    @property
    def worn(self) -> bool:
        """Was it begun so often that it should not be begun again?"""
        return self.tries > MOST_TRIES


async def file_job(
    session: AsyncSession, kind: str, account_id: int, task: Mapping[str, Any], now: datetime
) -> Job:
    """Ask for a piece of work; the row with its id."""
    job = Job(kind=kind, account_id=account_id, task=_dump(task), created_at=now)
    session.add(job)
    await session.flush()
    return job


async def asking_job(session: AsyncSession, job_id: int, account_id: int) -> Job | None:
    """The job of this account, locked, if it waits for her answer."""
    query = select(Job).where(
        Job.id == job_id,
        Job.account_id == account_id,
        Job.state == JobState.ASKING,
        Job.task.is_not(None),
    )
    return await session.scalar(query.with_for_update())


async def newest_asking(session: AsyncSession, kind: str, account_id: int) -> Job | None:
    """Her newest job of this kind that waits for her answer, locked."""
    query = (
        select(Job)
        .where(
            Job.kind == kind,
            Job.account_id == account_id,
            Job.state == JobState.ASKING,
            Job.task.is_not(None),
        )
        .order_by(Job.id.desc())
        .limit(1)
    )
    return await session.scalar(query.with_for_update())


def task_of(job: Job) -> dict[str, Any]:
    task: dict[str, Any] = json.loads(job.task or "{}")
    return task


def put_task(job: Job, task: Mapping[str, Any]) -> None:
    job.task = _dump(task)


def wake(job: Job) -> None:
    """Whoever was asked has answered: the work goes on."""
    job.state, job.tries, job.claimed_until_at = JobState.WAITING, 0, None


def drop(job: Job) -> None:
    """Nobody wants it any more."""
    job.state = JobState.ENDED


async def waits(session: AsyncSession, now: datetime, kinds: Collection[str]) -> bool:
    """Is there a job of these kinds that could be claimed?"""
    return await session.scalar(_free(now, kinds).with_only_columns(Job.id)) is not None


def _free(now: datetime, kinds: Collection[str]) -> Select[Any]:
    free = or_(Job.claimed_until_at.is_(None), Job.claimed_until_at <= now)
    return select(Job).where(_WAITING, free, Job.kind.in_(kinds)).order_by(Job.id).limit(1)


async def claim(session: AsyncSession, now: datetime, kinds: Collection[str]) -> Claimed | None:
    """Take the oldest job of these kinds that nobody is at; None when there is none."""
    job = await session.scalar(_free(now, kinds).with_for_update(skip_locked=True))
    if job is None:
        return None
    job.claim += 1
    job.tries += 1
    job.claimed_until_at = now + LEASE
    return Claimed(job.id, job.kind, job.account_id, job.claim, job.tries, task_of(job))


async def leave_all(session: AsyncSession) -> None:
    """In a copy of the database nobody is at any job: what was being done can be taken up."""
    await session.execute(update(Job).values(claimed_until_at=None))


async def keep(
    session: AsyncSession, claimed: Claimed, now: datetime, task: Mapping[str, Any] | None = None
) -> None:
    """Stay with the job for another LEASE, with what is known by now. Raises LostError."""
    await _write(session, claimed, JobState.WAITING, now + LEASE, task)


async def put_off(session: AsyncSession, claimed: Claimed, until: datetime) -> None:
    """It cannot go on now; somebody tries again then. Raises LostError."""
    await _write(session, claimed, JobState.WAITING, until, None)


async def ask(session: AsyncSession, claimed: Claimed, task: Mapping[str, Any]) -> None:
    """A person has to say how it goes on. Raises LostError."""
    await _write(session, claimed, JobState.ASKING, None, task)


async def end(session: AsyncSession, claimed: Claimed, *, well: bool = True) -> None:
    """It is done, or cannot be; what it was about is forgotten. Raises LostError."""
    await _write(session, claimed, JobState.ENDED if well else JobState.FAILED, None, {})


async def _write(
    session: AsyncSession,
    claimed: Claimed,
    state: JobState,
    until: datetime | None,
    task: Mapping[str, Any] | None,
) -> None:
    values: dict[str, Any] = {"state": state, "claimed_until_at": until}
    if task is not None:
        values["task"] = _dump(task) if task else None
    mine = await session.execute(
        update(table_of(Job))
        .where(Job.id == claimed.id, Job.claim == claimed.claim, _WAITING)
        .values(**values)
        .returning(Job.id)
    )
    if mine.scalar_one_or_none() is None:
        raise LostError


def _dump(task: Mapping[str, Any]) -> str:
    return json.dumps(task, ensure_ascii=False, separators=(",", ":"))
