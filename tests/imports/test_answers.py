"""The answer to a batch as a file in the chat: who may have it, and who can see that it left."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from cases import account_of, document_of, letters, settle_cast, unit_of
from python_calamine import load_workbook
from sheets import NOW
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.app import works
from bot.jobs import Runner
from models.accounts import Assignment
from models.answers import ANSWER
from models.audit import AuditRow
from models.clock import DEFAULT_ZONE, StoppedClock
from models.files import load_files
from models.jobs import Job, JobState, file_job
from models.leads import LeadSource
from models.messages import Outbound
from models.pushes import Push, take_in
from models.rules import Rules
from models.session import Database
from models.sources import Batch, Told

LETTER = "武侯协查〔2022〕18号"


@pytest.fixture
async def batch(db: Database) -> Batch:
    """A letter that the village has brought; the job that 孙丽 asked for."""
    async with db.write() as session:
        await settle_cast(session, NOW)
        village, grid = await unit_of(session, "花园社区"), await unit_of(session, "花园小区一网格")
        by = (await account_of(session, "孙丽")).id
        times = {"pushed_at": NOW, "due_at": NOW + timedelta(hours=4), "created_at": NOW}
        made = Batch(
            channel=LeadSource.INQUIRY, number=LETTER, unit_id=village.id, account_id=by, **times
        )
        session.add(made)
        await session.flush()
        told = Told("王芳", document=document_of("王芳"), address="=1+1")
        push = Push(told, grid.id, LeadSource.INQUIRY, NOW, batch=made, account_id=by)
        await take_in(session, [push], NOW, Rules(), DEFAULT_ZONE)
        await file_job(session, ANSWER, by, {"batch": made.id}, NOW)
    return made


async def work(db: Database) -> None:
    clock = StoppedClock(NOW)
    await Runner(db, works(db, {}, clock, DEFAULT_ZONE), clock, lambda: None).drain()


async def last(session: AsyncSession, name: str) -> Outbound:
    return (await letters(session, name))[-1]


async def test_the_file_names_whom_a_letter_named_and_everybody_in_it_can_see_that_it_left(
    db: Database, batch: Batch
) -> None:
    await work(db)
    async with db.read() as session:
        sent = await last(session, "孙丽")
        (file,) = (await load_files(session, [sent.document])).values()
        looks = {
            (row.action, row.subject)
            for row in await session.scalars(select(AuditRow))
            if row.action in ("batch.exported", "answer.sent")
        }
    assert file.name == f"复函-{LETTER}.xlsx"
    head, row = load_workbook(io.BytesIO(file.content)).get_sheet_by_index(0).to_python()
    assert head[:4] == ["姓名", "身份证号", "手机号", "住址"]
    assert row[:4] == ["王芳", document_of("王芳").number, "", "=1+1"], "as text"
    assert row[-1] == LETTER
    assert {action for action, _ in looks} == {"batch.exported", "answer.sent"}


async def test_nobody_gets_it_whose_role_has_ended_since_she_asked(
    db: Database, batch: Batch
) -> None:
    async with db.write() as session:
        left = (await account_of(session, "孙丽")).id
        role = select(Assignment).where(Assignment.account_id == left)
        (await session.scalars(role)).one().until_at = NOW
    await work(db)
    async with db.read() as session:
        said = await last(session, "孙丽")
        assert (said.document, said.lines[0].key) == ("", "access.denied")
        job = (await session.scalars(select(Job))).one()
        assert job.state == JobState.FAILED


async def test_an_answer_that_is_not_whole_is_no_reply(db: Database, batch: Batch) -> None:
    await work(db)
    async with db.read() as session:
        assert (await session.get_one(Batch, batch.id)).replied_at is None
        said = [line.key for line in (await last(session, "孙丽")).lines]
    assert said == ["batches.letter", "batches.person", "batches.not_whole"]
