"""The jobs that write documents: broken off anywhere they come once, and only to who may have
them; a template that changed between its sample and its adoption is not adopted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

import papers
import pytest
from cases import account_of, unit_of
from cast import CHANNEL
from history import HOUR, inspect, venue_of
from sqlalchemy import func, select, update
from transcripts.papers import lines_of
from transcripts.stage import filled_here

from bot.app import works
from bot.channels.base import Refused
from bot.documents import adopting, work, writing
from bot.jobs import Runner
from models.accounts import Assignment
from models.clock import StoppedClock
from models.documents.kinds import DocumentKind, shipped
from models.documents.series import DOCUMENT, IssuedDocument, issue
from models.documents.templates import TEMPLATE, Template
from models.errands import Errand
from models.files import KeptFile, load_files
from models.jobs import LEASE, Job, JobState, file_job, put_task, task_of, wake
from models.messages import Outbound, load_outbound
from models.outbox import OutboxRow
from models.session import Database

ZONE = ZoneInfo("Asia/Shanghai")


class Killed(BaseException):
    """The process is gone."""


class Desk:
    """Somebody's request, and processes that do it until they are killed."""

    def __init__(self, db: Database, now: datetime, content: bytes = b"") -> None:
        self.db = db
        self.content = content
        self.clock = StoppedClock(now)

    async def fetch_file(self, _file: str) -> bytes:
        if not self.content:
            raise Refused("gone")
        return self.content

    async def notice(self) -> None:
        now = self.clock.now()
        async with self.db.write() as session:
            venue = await venue_of(session, "王记火锅店", "花园社区", now)
            row, _ = await inspect(session, venue, now, (2, False))
            by, unit = (await account_of(session, "郑义")).id, await unit_of(session, "城关镇")
            subject = f"inspection:{row.id}"
            document = await issue(session, DocumentKind.NOTICE, unit, subject, by, now, ZONE)
            await file_job(session, DOCUMENT, by, {"document": document.id}, now)

    async def drop(self, who: str = "吴刚") -> None:
        async with self.db.write() as session:
            by = (await account_of(session, who)).id
            errand = Errand(channel=CHANNEL, file="f", name="模板.docx", key="none")
            await file_job(session, TEMPLATE, by, errand.model_dump(), self.clock.now())

    async def adopt(self, kind: str = "notice") -> None:
        async with self.db.write() as session:
            job = (await session.scalars(select(Job))).one()
            errand = Errand.of(task_of(job))
            errand.stage, errand.kind = "land", kind
            put_task(job, errand.model_dump())
            wake(job)

    async def work(self) -> None:
        made = works(self.db, {CHANNEL: self}, self.clock, ZONE)
        with mock.patch("bot.documents.process._ask", filled_here):
            await Runner(self.db, made, self.clock, lambda: None).drain()

    async def said(self) -> list[tuple[int, Outbound]]:
        async with self.db.read() as session:
            rows = await session.scalars(select(OutboxRow).order_by(OutboxRow.id))
            return [(row.account_id, load_outbound(row.payload)) for row in rows]

    async def keys(self) -> list[str]:
        return [line.key for _, message in await self.said() for line in message.lines]

    async def state(self) -> JobState:
        async with self.db.read() as session:
            return (await session.scalars(select(Job.state))).one()

    async def count(self, table: Any) -> int:
        async with self.db.read() as session:
            return await session.scalar(select(func.count()).select_from(table)) or 0


@contextmanager
def killed(module: Any, name: str, *, after: bool) -> Iterator[None]:
    """The process dies once, before or after it has done this."""
    real, left = getattr(module, name), [1]

    async def dying(*given: Any, **named: Any) -> Any:
        done = await real(*given, **named) if after else None
        if left:
            left.pop()
            raise Killed
        return done if after else await real(*given, **named)

    with mock.patch.object(module, name, dying):
        yield


STEPS = [
    (work, "notice_facts"),
    (work.process, "fill"),
    (work, "end"),
    (writing, "keep_file"),
    (writing, "enqueue"),
]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(("module", "name"), STEPS, ids=[name for _, name in STEPS])
async def test_a_document_comes_once_wherever_the_process_is_killed(
    settled: Database, now: datetime, module: Any, name: str, after: bool
) -> None:
    desk = Desk(settled, now)
    await desk.notice()
    with killed(module, name, after=after):
        with pytest.raises(Killed):
            await desk.work()
        assert await desk.said() == []
        desk.clock.move_to(now + 2 * LEASE)
        await desk.work()
    assert await desk.state() == JobState.ENDED
    (inspector, to_her), (manager, to_manager) = await desk.said()
    assert inspector != manager
    assert to_her.document == to_manager.document
    assert (await desk.count(KeptFile), await desk.count(IssuedDocument)) == (1, 1)
    async with settled.read() as session:
        file = (await load_files(session, [to_her.document]))[to_her.document]
        assert (await session.scalars(select(IssuedDocument.template))).one() == 0
    assert file.name == "城关镇整改〔2022〕1号.docx"
    assert "王记火锅店：" in lines_of(file.content)


async def test_whoever_may_no_longer_have_it_is_told_so_and_gets_nothing(
    settled: Database, now: datetime
) -> None:
    desk = Desk(settled, now)
    await desk.notice()
    async with settled.write() as session:
        await session.execute(
            update(Assignment).where(Assignment.role == "inspector").values(until_at=now)
        )
    desk.clock.move_to(now + HOUR)
    await desk.work()
    assert (await desk.keys(), await desk.state()) == (["access.denied"], JobState.FAILED)
    assert await desk.count(KeptFile) == 0


# -- templates -------------------------------------------------------------------------------------


async def test_a_template_is_shown_then_adopted_and_nothing_is_kept_before(
    settled: Database, now: datetime
) -> None:
    desk = Desk(settled, now, papers.with_line("另：{{ 附注 }}"))
    await desk.drop()
    await desk.work()
    assert (await desk.state(), await desk.count(Template)) == (JobState.ASKING, 0)
    assert (await desk.keys())[-1] == "template.sample"
    await desk.adopt()
    await desk.work()
    assert (await desk.state(), await desk.count(Template)) == (JobState.ENDED, 1)
    async with settled.read() as session:
        row = (await session.scalars(select(Template))).one()
    assert (row.content, row.in_force, row.version) == (desk.content, True, 1)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("name", ["keep_template", "show", "end"])
async def test_a_template_is_adopted_once_wherever_the_process_is_killed(
    settled: Database, now: datetime, name: str, after: bool
) -> None:
    desk = Desk(settled, now, shipped(DocumentKind.NOTICE))
    await desk.drop()
    await desk.work()
    await desk.adopt()
    with killed(adopting, name, after=after):
        with pytest.raises(Killed):
            await desk.work()
        assert await desk.count(Template) == 0
        desk.clock.move_to(now + 2 * LEASE)
        await desk.work()
    assert (await desk.count(Template), (await desk.keys())[-1]) == (1, "template.adopted")


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"", "template.refused"),
        (papers.with_line("{{ 店名 }}"), "template.refused"),
        (papers.with_line("{{ ''.__class__.__mro__ }}"), "template.refused"),
        (papers.linked("https://example.org"), "template.refused"),
    ],
    ids=["gone", "unknown", "code", "link"],
)
async def test_what_is_adopted_is_looked_at_again(
    settled: Database, now: datetime, content: bytes, key: str
) -> None:
    desk = Desk(settled, now, shipped(DocumentKind.NOTICE))
    await desk.drop()
    await desk.work()
    await desk.adopt()
    desk.content = content
    await desk.work()
    assert (await desk.state(), (await desk.keys())[-1]) == (JobState.FAILED, key)
    assert await desk.count(Template) == 0


async def test_only_the_district_adopts(settled: Database, now: datetime) -> None:
    desk = Desk(settled, now, shipped(DocumentKind.NOTICE))
    await desk.drop("孙丽")
    await desk.work()
    await desk.adopt()
    await desk.work()
    assert (await desk.state(), await desk.count(Template)) == (JobState.FAILED, 0)


async def test_a_document_without_names_is_no_template(settled: Database, now: datetime) -> None:
    desk = Desk(settled, now, papers.only("只有字"))
    await desk.drop()
    await desk.work()
    (message,) = [message for _, message in await desk.said()]
    assert message.lines[0].params["why"].key == "template.no_names"  # type: ignore[union-attr]


async def test_documents_are_written_by_the_districts_own(settled: Database, now: datetime) -> None:
    desk = Desk(settled, now, papers.only("{{ 被查单位 }}限期整改"))
    await desk.drop()
    await desk.work()
    await desk.adopt()
    await desk.work()
    await desk.notice()
    await desk.work()
    key = (await desk.said())[-1][1].document
    async with settled.read() as session:
        file = (await load_files(session, [key]))[key]
        assert (await session.scalars(select(IssuedDocument.template))).one() == 1
    assert lines_of(file.content) == ["王记火锅店限期整改"]
