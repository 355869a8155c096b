"""An import from a chat: broken off anywhere it goes on, and says in the end what is true."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from unittest import mock

import pytest
from cast import CHANNEL, chat_of, settle
from sheets import NOW, resident_id, write_sheet
from sqlalchemy import select
from transcripts.stage import opened_here

import locales
from bot.app import works
from bot.channels.base import Refused, Unavailable
from bot.imports import errand as module
from bot.jobs import Runner, Work
from models.accounts import Account
from models.audit import AuditRow
from models.clock import DEFAULT_ZONE, StoppedClock
from models.errands import IMPORT, Errand
from models.jobs import LEASE, Job, JobState, file_job, put_task, task_of, wake
from models.messages import load_outbound
from models.outbox import OutboxRow
from models.people import Person
from models.session import Database

HEAD = ["姓名", "身份证号", "现住址", "网格"]
GRID = "花园小区一网格"
GOOD = 5


class Killed(BaseException):
    """The process is gone."""


class Desk:
    """Somebody's sheet, and processes that do the work until they are killed."""

    def __init__(self, db: Database, content: bytes) -> None:
        self.db = db
        self.content = content
        self.clock = StoppedClock(NOW)
        self.failing: list[Exception] = []

    async def fetch_file(self, _file: str) -> bytes:
        if self.failing:
            raise self.failing.pop(0)
        return self.content

    async def drop(self, who: str = "孙丽") -> None:
        async with self.db.write() as session:
            await settle(session, NOW)
            account = await session.scalar(select(Account).where(Account.chat == chat_of(who)))
            assert account is not None
            errand = Errand(channel=CHANNEL, file="f", name="名册.xlsx", key="none")
            await file_job(session, IMPORT, account.id, errand.model_dump(), NOW)

    async def confirm(self) -> None:
        async with self.db.write() as session:
            job = (await session.scalars(select(Job))).one()
            errand = Errand.of(task_of(job))
            errand.stage = "land"
            put_task(job, errand.model_dump())
            wake(job)

    async def work(
        self, made: Mapping[str, Callable[[], Work]] | None = None, *, alone: bool = False
    ) -> None:
        """As a process that has just started, or as the one whose `works` were made before. Row
        by row; each in a transaction of its own unless the bot is `alone`."""
        made = made or works(self.db, {CHANNEL: self}, self.clock, DEFAULT_ZONE)
        with (
            mock.patch.object(module, "opened", opened_here),
            mock.patch.object(module.Pace, "size", return_value=1),
            mock.patch.object(module.Pace, "alone", alone),
        ):
            await Runner(self.db, made, self.clock, lambda: None).drain()

    async def state(self) -> JobState:
        async with self.db.read() as session:
            return (await session.scalars(select(Job.state))).one()

    async def said(self) -> list[str]:
        """The last lines that were said."""
        async with self.db.read() as session:
            payloads = await session.scalars(select(OutboxRow.payload).order_by(OutboxRow.id))
            messages = [load_outbound(payload) for payload in payloads]
        return [locales.render("zh_Hans", m.lines[0]) for m in messages]

    async def people(self) -> int:
        async with self.db.read() as session:
            return list(await session.scalars(select(Person.name))).count("王芳")


@pytest.fixture
def desk(db: Database, tmp_path: Any) -> Desk:
    rows = [["王芳", resident_id(n), f"花园小区3栋1单元{n}01", GRID] for n in range(1, GOOD + 1)]
    path = write_sheet(tmp_path / "a.xlsx", [HEAD, *rows, ["周涛", "12", "花园小区1栋", GRID]])
    return Desk(db, path.read_bytes())


DONE = f"新增 {GOOD} 行，更新 0 行，没有变化 0 行，退回 1 行"


@pytest.mark.parametrize("batches", range(GOOD + 1))
async def test_an_import_that_was_killed_goes_on_and_counts_what_it_did(
    desk: Desk, batches: int
) -> None:
    await desk.drop()
    await desk.work()
    await desk.confirm()
    left = [batches]
    keep, land = module.keep, module._Chat.finish

    async def dying(*args: Any) -> None:
        if not left[0]:
            raise Killed
        left[0] -= 1
        await keep(*args)

    async def dying_at_the_end(*args: Any) -> None:
        raise Killed

    with (
        mock.patch.object(module, "keep", dying),
        mock.patch.object(module._Chat, "finish", dying_at_the_end),
        pytest.raises(Killed),
    ):
        await desk.work()
    assert await desk.people() == batches
    assert module._Chat.finish is land
    await desk.work()  # somebody else still seems to be at it
    assert await desk.people() == batches
    desk.clock.move_to(NOW + LEASE)
    await desk.work()
    assert await desk.people() == GOOD
    assert DONE in (await desk.said())[-2]
    assert await desk.state() == JobState.ENDED


@pytest.mark.parametrize(
    ("waiting", "alone", "commits"),
    [(0, True, 1), (1, True, GOOD), (0, False, GOOD)],
)
async def test_a_transaction_takes_more_rows_until_somebody_waits_or_did_lately(
    desk: Desk, waiting: int, alone: bool, commits: int
) -> None:
    await desk.drop()
    await desk.work()
    await desk.confirm()
    kept = mock.AsyncMock(side_effect=module.keep)
    others = mock.PropertyMock(return_value=waiting)
    with (
        mock.patch.object(module, "keep", kept),
        mock.patch.object(module._Chat, "waited_for", others),
    ):
        await desk.work(alone=alone)
    assert kept.await_count == commits
    assert await desk.people() == GOOD
    assert DONE in (await desk.said())[-2]


async def test_a_sheet_is_fetched_and_read_once_where_its_process_goes_on(desk: Desk) -> None:
    made = works(desk.db, {CHANNEL: desk}, desk.clock, DEFAULT_ZONE)
    await desk.drop()
    await desk.work(made)
    await desk.confirm()
    desk.failing = [Refused("file_is_gone")]
    await desk.work(made)
    assert await desk.people() == GOOD
    assert await desk.state() == JobState.ENDED


async def test_what_landed_is_audited_once_under_the_name_of_whoever_brought_it(
    desk: Desk,
) -> None:
    await desk.drop()
    await desk.work()
    await desk.confirm()
    await desk.work()
    async with desk.db.read() as session:
        rows = list(await session.scalars(select(AuditRow).where(AuditRow.action == "import")))
        account = await session.scalar(select(Account).where(Account.chat == chat_of("孙丽")))
    assert account is not None
    assert sum(row.facts["landed"] for row in rows) == GOOD
    assert {(row.account_id, row.subject) for row in rows} == {(account.id, "people")}


async def test_a_platform_that_is_away_is_asked_again_and_one_that_forgot_is_not(
    desk: Desk,
) -> None:
    await desk.drop()
    desk.failing = [Unavailable("http_502")]
    await desk.work()
    assert await desk.state() == JobState.WAITING
    desk.clock.move_to(NOW + LEASE)
    desk.failing = [Refused("file_is_gone")]
    await desk.work()
    assert await desk.state() == JobState.FAILED
    assert "请再发一次" in (await desk.said())[-1]


async def test_a_job_that_kills_every_process_is_given_up_in_words(desk: Desk) -> None:
    await desk.drop()
    for n in range(6):
        desk.clock.move_to(NOW + n * LEASE)
        desk.failing = [Killed()] if n < 5 else []  # type: ignore[list-item]
        if n < 5:
            with pytest.raises(Killed):
                await desk.work()
        else:
            await desk.work()
    assert await desk.state() == JobState.FAILED
    assert "试了几次都没有做成" in (await desk.said())[-1]


async def test_roles_that_are_lost_between_look_and_landing_stop_it(desk: Desk) -> None:
    await desk.drop()
    await desk.work()
    await desk.confirm()
    with mock.patch.object(module, "kinds_for", return_value=()):
        await desk.work()
    assert await desk.people() == 0
    assert "还不能" in (await desk.said())[-1]
