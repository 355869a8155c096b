"""A batch as a whole: whoever brought it hears once that it is answered, once that it is not."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from cases import ZONE, account_of, document_of, letters, unit_of
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import Assignment
from models.batches import batch_for, standings
from models.leads import Lead, LeadOutcome, LeadSource
from models.leadwork import confirm, reopen_lead
from models.obligations import Kind, Obligation, Outcome
from models.pushes import Push, take_in
from models.rules import Rules
from models.session import Database
from models.sources import Batch, Source, Told
from models.verification import close_lead
from scheduler.sweep import tick

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def push(
    session: AsyncSession,
    now: datetime,
    *names: str,
    by: str = "孙丽",
    unit: str = "花园社区",
    number: str = "1",
    within: timedelta = 4 * HOUR,
) -> list[Lead]:
    """A list that somebody brings, or the operator; its leads."""
    owner, grid = await unit_of(session, unit), await unit_of(session, "花园小区一网格")
    brought = (await account_of(session, by)).id if by else None
    times = {"pushed_at": now, "due_at": now + within, "created_at": now}
    columns = {"unit_id": owner.id, "account_id": brought, "number": number}
    batch = await batch_for(session, Batch(channel=LeadSource.PUSHED, **columns, **times))
    pushes = [
        Push(
            Told(name, document=document_of(name)),
            grid.id,
            LeadSource.PUSHED,
            now,
            now + within,
            batch,
            account_id=brought,
        )
        for name in names
    ]
    return [taken.lead for taken in await take_in(session, pushes, now, Rules(), ZONE)]


async def end(
    db: Database, lead: Lead, at: datetime, outcome: LeadOutcome = LeadOutcome.LEFT
) -> None:
    async with db.write() as session:
        worker = await account_of(session, "李强")
        await close_lead(session, await session.get_one(Lead, lead.id), outcome, worker.id, at)
    await tick(db, at, ZONE)


async def told(db: Database, name: str) -> list[str]:
    """What somebody was told about batches."""
    async with db.read() as session:
        heads = [letter.lines[0].key for letter in await letters(session, name)]
    return [key for key in heads if key.startswith("batches.")]


async def duty_of(db: Database) -> Obligation:
    async with db.read() as session:
        return (
            await session.execute(select(Obligation).where(Obligation.kind == Kind.BATCH))
        ).scalar_one()


async def test_who_brought_it_hears_once_that_all_is_answered(
    district: Database, now: datetime
) -> None:
    async with district.write() as session:
        first, second = await push(session, now, "王芳", "周涛")
    await end(district, first, now + HOUR)
    assert await told(district, "孙丽") == []
    await end(district, second, now + 2 * HOUR)
    await tick(district, now + DAY, ZONE)
    assert await told(district, "孙丽") == ["batches.answered"]
    assert await told(district, "钱伟") == await told(district, "李强") == []
    assert (await duty_of(district)).outcome == Outcome.DONE


async def test_overdue_is_said_once_for_the_whole_and_not_at_night(
    district: Database, now: datetime
) -> None:
    async with district.write() as session:
        first, _second, third = await push(session, now, "王芳", "周涛", "David", within=15 * HOUR)
    await end(district, first, now + HOUR)
    for hours in (14, 15, 16, 22):  # due at 23:00
        await tick(district, now + hours * HOUR, ZONE)
        assert await told(district, "孙丽") == []
    for hours in (23, 24, 30):
        await tick(district, now + hours * HOUR, ZONE)
    assert await told(district, "孙丽") == ["batches.overdue"]
    await end(district, third, now + 31 * HOUR)
    assert await told(district, "孙丽") == ["batches.overdue"]


async def test_every_row_is_answered_waiting_or_overdue(district: Database, now: datetime) -> None:
    async with district.write() as session:
        first, *_ = await push(session, now, "王芳", "周涛")
        await push(session, now, "David", within=8 * HOUR)
    await end(district, first, now + HOUR)
    async with district.read() as session:
        batches = list(await session.scalars(select(Batch)))
        assert [batch.due_at for batch in batches] == [now + 8 * HOUR], "when the last row is due"
        (one,) = await standings(session, batches, now + 5 * HOUR)
    assert (one.rows, one.answered, one.overdue, one.waiting) == (3, 1, 1, 1)
    assert one.rows == one.answered + one.overdue + one.waiting


@pytest.mark.parametrize("by", ["", "孙丽"])
async def test_the_staff_of_its_unit_hears_when_nobody_has_brought_it_or_she_has_left(
    district: Database, now: datetime, by: str
) -> None:
    async with district.write() as session:
        (lead,) = await push(session, now, "王芳", by=by, unit="城关镇")
        if by:
            left = (await account_of(session, by)).id
            found = select(Assignment).where(Assignment.account_id == left)
            (await session.scalars(found)).one().until_at = now
    await end(district, lead, now + HOUR)
    assert await told(district, "钱伟") == ["batches.answered"]
    assert await told(district, "孙丽") == []


async def test_a_finding_that_changes_is_news_to_who_has_the_answer_only(
    district: Database, now: datetime
) -> None:
    async with district.write() as session:
        (lead,) = await push(session, now, "王芳")

    async def change(at: datetime, *, taken: bool) -> None:
        async with district.write() as session:
            batch = (await session.scalars(select(Batch))).one()
            batch.replied_at = at if taken else None
            await reopen_lead(session, await session.get_one(Lead, lead.id), at)
            assert batch.replied_at is None, "the answer holds no longer"
        await tick(district, at, ZONE)
        await end(district, lead, at + HOUR / 4)

    await end(district, lead, now + HOUR)
    await change(now + 2 * HOUR, taken=False)
    assert await told(district, "孙丽") == ["batches.answered"]
    await change(now + 3 * HOUR, taken=True)
    assert await told(district, "孙丽") == ["batches.answered", "batches.changed"]


async def test_a_finding_that_is_taken_back_and_not_given_again_is_overdue_at_its_hour(
    district: Database, now: datetime
) -> None:
    async with district.write() as session:
        (lead,) = await push(session, now, "王芳")
    await end(district, lead, now + HOUR)
    async with district.write() as session:
        await reopen_lead(session, await session.get_one(Lead, lead.id), now + 2 * HOUR)
    await tick(district, now + 5 * HOUR, ZONE)
    assert await told(district, "孙丽") == ["batches.answered", "batches.overdue"]


async def test_a_finding_of_before_answers_a_later_list(district: Database, now: datetime) -> None:
    async with district.write() as session:
        (earlier,) = await push(session, now, "王芳")
    await end(district, earlier, now + HOUR)
    async with district.write() as session:
        (lead,) = await push(session, now + 2 * HOUR, "王芳", by="钱伟", unit="城关镇", number="2")
        known = await session.get_one(Lead, earlier.id)
        worker = (await account_of(session, "李强")).id
        sources = list(await session.scalars(select(Source.id).where(Source.lead_id == lead.id)))
        await confirm(session, lead, known, sources, worker, now + 3 * HOUR)
    await tick(district, now + 3 * HOUR, ZONE)
    assert await told(district, "钱伟") == ["batches.answered"]


async def test_a_new_row_in_an_answered_batch_waits_for_an_answer_again(
    district: Database, now: datetime
) -> None:
    async with district.write() as session:
        (lead,) = await push(session, now, "王芳")
    await end(district, lead, now + HOUR)
    async with district.write() as session:
        (second,) = await push(session, now + 2 * HOUR, "周涛")
    assert (await duty_of(district)).is_open()
    await end(district, second, now + 3 * HOUR)
    assert await told(district, "孙丽") == ["batches.answered", "batches.answered"]


async def test_two_units_may_have_a_list_of_the_same_number(
    district: Database, now: datetime
) -> None:
    async with district.write() as session:
        (lead,) = await push(session, now, "王芳")
        (other,) = await push(session, now, "周涛", by="何平", unit="柳林村")
        assert len(list(await session.scalars(select(Batch)))) == 2
    await end(district, other, now + HOUR)
    assert (await told(district, "何平"), await told(district, "孙丽")) == (
        ["batches.answered"],
        [],
    )
    await end(district, lead, now + HOUR)
    assert await told(district, "孙丽") == ["batches.answered"]
