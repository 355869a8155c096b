"""A period report says what the daily digests of its days say: opened again and compared."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

import papers
import pytest
from cases import account_of, duty, unit_of
from docx import Document
from history import happen, inspect, venue_of
from past import HOUR, lived
from PIL import Image
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from transcripts.papers import lines_of
from transcripts.stage import drawn_here, filled_here

from bot.app import works
from bot.charts import process as charts
from bot.documents import adopting, rendering
from bot.documents.words import GAP, filled, say, word
from bot.jobs import Runner
from models.clock import StoppedClock, local_day
from models.documents.kinds import DocumentKind, Facts, layout, shipped
from models.documents.report import COUNTS, STANDING, report_facts
from models.documents.series import DOCUMENT, issue
from models.files import load_files
from models.jobs import file_job
from models.messages import Outbound, UserError, load_outbound
from models.obligations import Kind
from models.outbox import OutboxRow
from models.reports import chart
from models.reports.chart import Chart
from models.reports.numbers import Numbers, count
from models.reports.periods import days_of_span
from models.session import Database
from models.venues.venue import Venue

ZONE = ZoneInfo("Asia/Shanghai")
REPORT = DocumentKind.REPORT
DAY = timedelta(days=1)
PNG = b"\x89PNG"


def written(facts: Facts, pictures: Mapping[str, bytes] = {}) -> bytes:
    words = filled(layout(REPORT), facts, ZONE)
    return rendering.fill(shipped(REPORT), words, say(GAP), pictures)


async def reported(
    session: AsyncSession, name: str, first: date, last: date, now: datetime
) -> tuple[Facts, Chart, list[Numbers]]:
    """The facts, the chart, and the digest of each of the days."""
    unit, by = await unit_of(session, name), (await account_of(session, "吴刚")).id
    document = await issue(session, REPORT, unit, f"{name}:{first}:{last}", by, now, ZONE)
    days = await days_of_span(session, unit, first, last, now, ZONE)
    facts, made = await report_facts(session, document, unit, (first, last), days)
    return facts, made, [await count(session, unit, day) for day in days]


def rows_of(facts: Facts, name: str) -> list[Any]:
    rows: Any = facts[name]
    return list(rows)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("unit", ["清河区", "花园社区"])
async def test_its_figures_are_the_sums_of_the_daily_digests(
    session: AsyncSession, now: datetime, unit: str, seed: int
) -> None:
    end = max(await lived(session, now, seed), await happen(session, seed, now))
    today = local_day(now, ZONE)
    for first, last in ((today, today + 6 * DAY), (today + 2 * DAY, today + 20 * DAY)):
        facts, made, digests = await reported(session, unit, first, last, end)
        told = [one.figures for one in digests]
        for code, name in COUNTS.items():
            assert facts[code] == sum(one[name] for one in told), name
        for code, name in STANDING.items():
            assert facts[code] == told[-1][name], name
        assert facts["observed_before"] == told[0]["observed.before"]
        assert facts["inspections"] == sum(one["venues.inspections"] for one in told)
        assert word(facts["check"], ZONE) == "相符"
        asked = [one.balances[kind] for one in digests for kind in (Kind.CHECKIN, Kind.TEST)]
        assert made.total.due == sum(one.due for one in asked) > 0
        assert made.total.missing == sum(one.missing for one in asked)
        *parts, total = rows_of(facts, "table")
        for code in ("new", "due", "done", "missing", "alerts", "found", "observed"):
            assert sum(row[code] for row in parts) == total[code]
        daily = rows_of(facts, "daily")
        assert len(daily) == len(digests)
        for code in ("new", "due", "done", "missing", "alerts", "found"):
            assert sum(row[code] for row in daily) == total[code]


@pytest.mark.parametrize("seed", range(2))
async def test_two_spans_that_follow_each_other_are_their_days_together(
    session: AsyncSession, now: datetime, seed: int
) -> None:
    end, today = await lived(session, now, seed), local_day(now, ZONE)
    spans = ((today, today + 2 * DAY), (today + 3 * DAY, today + 7 * DAY), (today, today + 7 * DAY))
    one, two, whole = [(await reported(session, "城关镇", *span, end))[0] for span in spans]
    for code in COUNTS:
        assert one[code] + two[code] == whole[code], code  # type: ignore[operator]
    assert (two["observed_before"], two["observed"]) == (one["observed"], whole["observed"])


async def test_the_document_has_what_the_database_has(session: AsyncSession, now: datetime) -> None:
    end = await lived(session, now, 1)
    today = local_day(now, ZONE)
    facts, made, digests = await reported(session, "清河区", today, today + 9 * DAY, end)
    document = Document(io.BytesIO(written(facts)))
    _, table, daily = document.tables
    for shown, name in ((table, "table"), (daily, "daily")):
        told = [[cell.text for cell in row.cells] for row in shown.rows][1:]
        fields = layout(REPORT).lists[name].fields
        assert told == [[word(row[code], ZONE) for code in fields] for row in rows_of(facts, name)]
    words = "\n".join(lines_of(written(facts)))
    total = made.total
    assert f"打卡和检测应做 {total.due}，完成 {total.done}" in words
    leads = [sum(one[f"leads.{part}"] for one in digests) for part in ("new", "verified")]
    assert f"新增 {leads[0]} 人，转观察 {leads[1]} 人" in words
    assert "四类药品" in words


async def test_what_is_in_no_register_is_to_be_supplied(
    session: AsyncSession, now: datetime
) -> None:
    today = local_day(now, ZONE)
    facts, made, _ = await reported(session, "柳林乡", today - 7 * DAY, today - DAY, now)
    gaps = {code for code, value in facts.items() if value is None}
    assert gaps == {"basis", "meetings", "vaccine", "publicity"}
    assert made.total.due == 0
    words = "\n".join(lines_of(written(facts)))
    assert words.count("待补") == len(gaps)
    for nothing in (
        "没有新增排查，没有人在管，也没有发热等异常，情况平稳。",
        "本期没有从外地来的人报备，也没有线索要核实。",
        "打卡和检测没有缺漏。",
        "值班：本期没有排班。",
    ):
        assert nothing in words
    # No row of noughts, and no table of them.
    assert " 0 " not in words
    assert "附表" not in words


async def test_what_went_wrong_is_named(session: AsyncSession, now: datetime) -> None:
    venue = await venue_of(session, "王记火锅店", "花园社区", now)
    _, (problem, *_) = await inspect(session, venue, now, (2, False), (3, False))
    for n in range(3):
        await duty(session, f"late{n}", now, unit="花园小区一网格")
    today = local_day(now, ZONE)
    facts, _, _ = await reported(session, "花园社区", today, today, now + 4 * HOUR)
    words = "\n".join(lines_of(written(facts)))
    assert f"较多的是：{say(problem.text)} 1" in words
    assert "打卡和检测未做较多的单位：花园小区一网格 3" in words
    assert "打卡未报 3 人次，失联 0 人次" in words
    assert "盯住未销号的 2 个问题（超期 0 个）" in words
    assert (await session.scalars(select(Venue))).one().name not in words  # a bulletin names them


async def test_a_long_span_has_no_row_a_day(session: AsyncSession, now: datetime) -> None:
    await duty(session, "due", now)
    today = local_day(now, ZONE)
    facts, made, _ = await reported(session, "清河区", today - 300 * DAY, today, now + 3 * HOUR)
    assert (rows_of(facts, "daily"), len(made.by_day)) == ([], 301)
    assert "附表二" not in "\n".join(lines_of(written(facts)))


# -- pictures --------------------------------------------------------------------------------------


def media(content: bytes) -> list[bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return [archive.read(name) for name in archive.namelist() if "word/media/" in name]


async def test_a_picture_stands_where_its_name_does(session: AsyncSession, now: datetime) -> None:
    today = local_day(now, ZONE)
    facts, _, _ = await reported(session, "柳林乡", today, today, now)
    grey = adopting.placeholder()
    assert media(written(facts, {"图表": grey})) == [grey]
    assert media(written(facts)) == []
    (shape,) = Document(io.BytesIO(written(facts, {"图表": grey}))).inline_shapes
    assert (round(shape.width.mm), round(shape.height.mm)) == (150, 100)


def look(tag: str) -> rendering.Found:
    known = layout(REPORT)
    columns = {name: sorted(fields) for name, fields in known.columns.items()}
    return rendering.look(papers.with_line(tag, kind=REPORT), sorted(known.names), columns)


def test_a_template_reaches_into_no_picture() -> None:
    assert "图表" in look("{{ 图表 }}").known
    assert list(look("{{ 图表.tpl }}").unknown) == ["图表.tpl"]
    for tag in ("{{ 图表._insert_image }}", "{{ 图表.__str__() }}", "{{ 图表() }}"):
        with pytest.raises(UserError) as refused:
            look(tag)
        assert refused.value.text.key == "document.code"


async def write_report(db: Database, now: datetime) -> tuple[bytes, Outbound]:
    """Asked for in chat, written and sent."""
    async with db.write() as session:
        by, unit = (await account_of(session, "吴刚")).id, await unit_of(session, "清河区")
        first = local_day(now, ZONE)
        document = await issue(session, REPORT, unit, "s", by, now, ZONE)
        days = {"first": first.isoformat(), "last": first.isoformat()}
        await file_job(session, DOCUMENT, by, {"document": document.id, **days}, now)
    made = works(db, {}, StoppedClock(now), ZONE)
    with (
        mock.patch("bot.documents.process._ask", filled_here),
        mock.patch("bot.charts.process._ask", drawn_here),
    ):
        await Runner(db, made, StoppedClock(now), lambda: None).drain()
    async with db.read() as session:
        row = (await session.scalars(select(OutboxRow))).one()
        message = load_outbound(row.payload)
        files = await load_files(session, [message.document])
    return files[message.document].content, message


@pytest.mark.skipif(charts.lacks() != "", reason="no library or font to draw with")
async def test_the_report_has_its_chart(settled: Database, now: datetime) -> None:
    chart.offer(drawn=True)
    async with settled.write() as session:
        await duty(session, "due", now)
    content, message = await write_report(settled, now + 3 * HOUR)
    (picture,) = media(content)
    assert picture.startswith(PNG)
    assert Image.open(io.BytesIO(picture)).width == 1080
    assert [line.key for line in message.lines] == ["document.report", "document.report.gaps"]


async def test_where_nothing_can_be_drawn_it_comes_without(
    settled: Database, now: datetime
) -> None:
    async with settled.write() as session:
        await duty(session, "due", now)
    content, _ = await write_report(settled, now + 3 * HOUR)
    assert media(content) == []
    assert "打卡和检测应做 1" in "\n".join(lines_of(content))
