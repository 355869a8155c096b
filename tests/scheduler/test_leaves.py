"""A promised leave begins and ends by itself, whenever the sweep gets to it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from cases import ZONE, account_of, lead_of
from sqlalchemy import select

from models.handover import begin
from models.leave import Leave
from models.obligations import Kind, Obligation, by_key
from models.outbox import OutboxRow
from models.session import Database
from models.verification import claim, verify_key
from scheduler.sweep import tick

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def _promise(db: Database, now: datetime) -> None:
    async with db.write() as session:
        mine, other = await account_of(session, "李强"), await account_of(session, "刘洋")
        lead = await lead_of(session, "王芳", now)
        item = await by_key(session, verify_key(lead.id))
        assert item is not None
        await claim(session, item, mine.id, now)
        await begin(session, mine.id, other.id, now + 2 * DAY, now, now + DAY)


async def _owner(db: Database) -> str:
    async with db.read() as session:
        item = await session.scalar(select(Obligation).where(Obligation.kind == Kind.VERIFY))
        names = {(await account_of(session, n)).id: n for n in ("李强", "刘洋")}
        assert item is not None
        return names[item.owner_id or 0]


async def _told(db: Database) -> list[str]:
    async with db.read() as session:
        keys = await session.scalars(select(OutboxRow.dedupe_key).order_by(OutboxRow.id))
        return [key.split(":")[3] for key in keys if key.startswith("leave:")]


@pytest.mark.parametrize(
    ("late", "owner", "told"),
    [
        (-HOUR, "李强", []),
        (timedelta(), "刘洋", ["held", "begun"]),
        (6 * HOUR, "刘洋", ["held", "begun"]),
        (DAY, "李强", ["back"]),
        (5 * DAY, "李强", ["back"]),
    ],
)
async def test_a_leave_begins_at_the_first_sweep_after_its_hour_unless_it_is_over(
    district: Database, now: datetime, late: timedelta, owner: str, told: list[str]
) -> None:
    await _promise(district, now)
    await tick(district, now + DAY + late, ZONE)
    assert await _owner(district) == owner
    assert await _told(district) == told


async def test_a_swept_leave_ends_too(district: Database, now: datetime) -> None:
    await _promise(district, now)
    await tick(district, now + DAY, ZONE)
    await tick(district, now + 2 * DAY, ZONE)
    assert await _owner(district) == "李强"
    assert await _told(district) == ["held", "begun", "back", "returned"]
    async with district.read() as session:
        leave = await session.scalar(select(Leave))
        assert leave is not None
        assert leave.ended_at == now + 2 * DAY
