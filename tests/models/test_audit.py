"""The audit's chain of seals: it holds, and it tells where it was broken."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.audit import SETTLED_AFTER, AuditRow, AuditSeal, broken_seal, record, seal


@pytest.fixture
async def sealed(session: AsyncSession, now: datetime) -> list[int]:
    """Three deeds, a seal, two deeds, a seal; the ids of the deeds."""
    for count in (3, 2):
        for n in range(count):
            record(session, now, None, "phone.revealed", f"person:{n}", "复核", asked=n)
        await session.flush()
        await seal(session, now + SETTLED_AFTER)
    await session.flush()
    return list(await session.scalars(select(AuditRow.id).order_by(AuditRow.id)))


async def test_untouched_rows_hold(session: AsyncSession, sealed: list[int]) -> None:
    session.expire_all()
    assert await broken_seal(session) is None


async def test_rows_after_the_last_seal_wait_for_the_next(
    session: AsyncSession, now: datetime, sealed: list[int]
) -> None:
    record(session, now, None, "released", "person:9")
    await session.flush()
    assert await broken_seal(session) is None
    await session.execute(update(AuditRow).where(AuditRow.subject == "person:9").values(reason="?"))
    assert await broken_seal(session) is None


async def test_sealing_without_a_new_deed_adds_nothing(
    session: AsyncSession, now: datetime, sealed: list[int]
) -> None:
    await seal(session, now + SETTLED_AFTER)
    assert len(list(await session.scalars(select(AuditSeal)))) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "person:8"},
        {"action": "phone.hidden"},
        {"reason": ""},
        {"facts": {"asked": 7}},
        {"at": datetime.fromisoformat("2022-07-04T01:00:00+00:00")},
    ],
)
async def test_a_changed_row_breaks_the_seal_over_it(
    session: AsyncSession, sealed: list[int], change: dict[str, object]
) -> None:
    seals = list(await session.scalars(select(AuditSeal.id).order_by(AuditSeal.id)))
    await session.execute(update(AuditRow).where(AuditRow.id == sealed[4]).values(**change))
    session.expire_all()
    assert await broken_seal(session) == seals[1]
    await session.execute(update(AuditRow).where(AuditRow.id == sealed[0]).values(**change))
    session.expire_all()
    assert await broken_seal(session) == seals[0]


async def test_a_lost_row_breaks_the_seal_over_it(session: AsyncSession, sealed: list[int]) -> None:
    await session.execute(delete(AuditRow).where(AuditRow.id == sealed[1]))
    assert await broken_seal(session) == await session.scalar(select(AuditSeal.id).limit(1))


async def test_the_rows_of_a_lost_seal_stand_under_the_next(
    session: AsyncSession, sealed: list[int]
) -> None:
    first, second = await session.scalars(select(AuditSeal).order_by(AuditSeal.id))
    await session.delete(first)
    await session.flush()
    assert await broken_seal(session) is None
    await session.execute(delete(AuditRow).where(AuditRow.id == sealed[0]))
    assert await broken_seal(session) == second.id


async def test_a_deed_that_is_committed_late_breaks_no_seal(
    session: AsyncSession, now: datetime, sealed: list[int]
) -> None:
    """PostgreSQL hands out ids before it commits: a lower one may appear after a higher one."""
    deed = {"at": now, "action": "released", "subject": "person:1", "reason": "", "facts": {}}
    early, late = sealed[-1] + 1, sealed[-1] + 2
    await session.execute(insert(AuditRow), [{"id": late, **deed}])
    await seal(session, now + timedelta(minutes=1))
    await session.execute(insert(AuditRow), [{"id": early, **deed}])
    await seal(session, now + SETTLED_AFTER)
    assert await broken_seal(session) is None
    await session.execute(update(AuditRow).where(AuditRow.id == early).values(reason="?"))
    session.expire_all()
    assert await broken_seal(session) == await session.scalar(select(func.max(AuditSeal.id)))


async def test_an_endless_reason_is_cut(session: AsyncSession, now: datetime) -> None:
    record(session, now + timedelta(hours=1), None, "waived", "obligation:1", "因" * 5000)
    await session.flush()
    assert await session.scalar(select(AuditRow.reason)) == "因" * 200
