"""Tests taken: one row a sample, its result when there is one, and what follows from it."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.alerts import raise_alert, withdraw_alerts
from models.base import Base, Id
from models.crypto import Sealed
from models.obligations import Kind, Obligation, by_key, fulfil, look_again, oblige

RESULT_WITHIN = timedelta(hours=24)


class Result(StrEnum):
    NEGATIVE = "negative"
    POSITIVE = "positive"
    PENDING = "pending"


class Sample(Base):
    """One planned test of an episode (`code` as in the plan: "test:d3") and what came of it."""

    __tablename__ = "samples"
    __table_args__ = (UniqueConstraint("episode_id", "code"),)

    id: Mapped[Id]
    episode_id: Mapped[int] = mapped_column(ForeignKey("episodes.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    code: Mapped[str] = mapped_column(String(20))
    sampled_at: Mapped[datetime]
    result: Mapped[Result] = mapped_column(String(8), default=Result.PENDING)
    resulted_at: Mapped[datetime | None]
    photo: Mapped[str | None] = mapped_column(Sealed("samples.photo"))
    reported_by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))


async def sample_of(session: AsyncSession, obligation: Obligation) -> Sample | None:
    """The sample of a test or result obligation."""
    return await session.scalar(
        select(Sample).where(
            Sample.episode_id == obligation.episode_id, Sample.code == obligation.facts["code"]
        )
    )


async def record_sampled(
    session: AsyncSession, obligation: Obligation, by: int, now: datetime
) -> Sample:
    """The swab was taken: the test is done, its result is awaited."""
    found = await sample_of(session, obligation)
    if found is not None:
        return found
    assert obligation.episode_id is not None, "a test belongs to an episode"
    assert obligation.person_id is not None, "a test belongs to a person"
    sample = Sample(
        episode_id=obligation.episode_id,
        person_id=obligation.person_id,
        code=obligation.facts["code"],
        sampled_at=now,
        result=Result.PENDING,
        reported_by=by,
    )
    session.add(sample)
    await session.flush()
    await fulfil(session, obligation, by, now)
    await _await_result(session, obligation, now)
    return sample


async def _await_result(session: AsyncSession, test: Obligation, now: datetime) -> None:
    row = {
        "key": f"result:{test.key}",
        "kind": Kind.RESULT,
        "unit_id": test.unit_id,
        "person_id": test.person_id,
        "episode_id": test.episode_id,
        "opens_at": now,
        "due_at": now + RESULT_WITHIN,
        "facts": dict(test.facts),
    }
    await oblige(session, [row])


async def record_result(
    session: AsyncSession,
    obligation: Obligation,
    result: Result,
    photo: str | None,
    by: int,
    now: datetime,
) -> Sample:
    """A result came, for a test or for a result that was awaited."""
    sample = await record_sampled(session, obligation, by, now)
    sample.result, sample.photo = result, photo or sample.photo
    sample.reported_by = by
    if result != Result.POSITIVE:
        await withdraw_alerts(session, obligation, by, now)
    if result == Result.PENDING:
        sample.resulted_at = None
        return sample
    sample.resulted_at = now
    code = obligation.facts["code"]
    awaited = await by_key(session, f"result:{code}:ep{obligation.episode_id}")
    if awaited is not None:
        await fulfil(session, awaited, by, now)
    if result == Result.POSITIVE:
        day = obligation.facts["day"]
        await raise_alert(session, "positive", obligation, now, {"code": code, "day": day})
    await _look_at_release(session, sample.episode_id, now)
    return sample


async def _look_at_release(session: AsyncSession, episode_id: int, now: datetime) -> None:
    """A result may have been what release waited for: ask the worker again."""
    found = await by_key(session, f"release:ep{episode_id}")
    if found is not None and found.is_open() and found.opens_at <= now:
        await look_again(session, found, now)
