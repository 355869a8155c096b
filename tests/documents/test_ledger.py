"""Ledgers as workbooks, opened again by two other libraries and compared with the database."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from unittest import mock
from zoneinfo import ZoneInfo

import pytest
from cases import account_of, actor, unit_of
from history import FORMULA, HOUR, RULES, happen, inspect, venue_of
from openpyxl import load_workbook
from openpyxl.workbook import Workbook
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.documents import sheet
from bot.documents.sheet import Book, Cover
from bot.documents.words import say
from models.clock import local_day
from models.ledgers.declaration import Entry, Ledger, Scope, portions
from models.ledgers.problems import PROBLEM_LEDGER
from models.ledgers.summary import Summary, summary_of
from models.messages import UserError
from models.reports.figures import count_figures
from models.reports.periods import Period, period_of_days
from models.reports.venues import SITES
from models.venues.answering import prove
from models.venues.closing import close_problem
from models.venues.problem import Problem, ProblemStep, State, Step
from models.venues.problems import NOTHING

ZONE = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)
MARK = "钱&伟 编号 220704-00001"
HEADS = [
    "问题号", "场所", "类型", "属地", "责任人", "应达到的要求", "问题", "级别", "发现", "期限",
    "状态", "轮次", "证明", "复查", "销号时间", "销号人", "反弹",
]  # fmt: skip


async def content_of(
    session: AsyncSession,
    unit: str,
    period: Period,
    now: datetime,
    *,
    ledger: Ledger = PROBLEM_LEDGER,
    whole: bool = False,
    portion: int = 500,
) -> tuple[bytes, Summary]:
    """The workbook as whoever stands above all has it."""
    who = await actor(session, "吴刚", now)
    scope = Scope(who, await unit_of(session, unit), period, now, whole)
    summary = await summary_of(session, scope)
    cover = Cover(say(ledger.title), ["封面", FORMULA], MARK, whole)
    book = Book(cover, ledger.columns, now, ZONE)
    try:
        with mock.patch("models.ledgers.declaration.PORTION", portion):
            for ids in portions(await ledger.ids(session, scope)):
                entries = await ledger.read(session, scope, ids)
                summary.add(entries)
                book.add(entries)
        return book.close(summary).read_bytes(), summary
    finally:
        book.discard()


def opened(content: bytes) -> Workbook:
    return load_workbook(io.BytesIO(content))


async def test_a_row_says_what_became_of_its_problem(session: AsyncSession, now: datetime) -> None:
    venue = await venue_of(session, "王记火锅店", "花园社区", now)
    _, (star, plain) = await inspect(session, venue, now, (0, True), (2, False))
    by = (await account_of(session, "马兰")).id
    await prove(session, plain, venue, NOTHING, by, RULES, now + HOUR)
    inspector = (await account_of(session, "郑义")).id
    await close_problem(session, plain, venue, inspector, RULES, now + 2 * HOUR)
    await inspect(session, venue, now + 3 * HOUR, (2, False), word="又")
    content, _ = await content_of(session, "清河区", Period(now - DAY, now + DAY), now + DAY)
    page = opened(content).worksheets[0]
    heads, first, second = ([cell.value for cell in row] for row in page.iter_rows())

    def at(hours: int) -> datetime:
        return (now + hours * HOUR).astimezone(ZONE).replace(tzinfo=None)

    assert heads == HEADS
    assert first == [
        star.id, "王记火锅店", "餐饮", "花园社区", "马*", say(star.text), "看到的情况0", "★", at(0),
        None, "已销号", 0, None, None, at(0), "郑*", 0,
    ]  # fmt: skip
    assert second == [
        plain.id, "王记火锅店", "餐饮", "花园社区", "马*", say(plain.text), "又2", "一般", at(0),
        at(3 + 24 * RULES.fix_days), "待签收", 2, at(1), at(3), None, None, 1,
    ]  # fmt: skip
    assert page.freeze_panes == "C2"
    assert page.auto_filter.ref == "A1:Q3"


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("unit", ["清河区", "柳林乡"])
async def test_the_ledger_has_what_the_figures_count(
    session: AsyncSession, now: datetime, unit: str, seed: int
) -> None:
    end = await happen(session, seed, now)
    there, today = await unit_of(session, unit), local_day(now, ZONE)
    for first, last in ((today, today + 9 * DAY), (today + DAY, today + 3 * DAY)):
        period = await period_of_days(session, there, first, last, end, ZONE)
        content, summary = await content_of(session, unit, period, end, portion=2)
        cells = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        heads, *rows = cells.to_python()
        assert (heads, len(rows)) == (HEADS, summary.rows)
        figures = await count_figures(session, there, period, SITES)
        listed = {int(row[0]) for row in rows}  # type: ignore[arg-type]
        problems = {p.id: p for p in await session.scalars(select(Problem))}
        steps = [
            step
            for step in await session.scalars(select(ProblemStep))
            if period.since_at < step.at <= period.until_at and step.problem_id in listed
        ]
        # What the figures count, and nothing else, is on the sheet.
        found = [step for step in steps if step.step in (Step.FOUND, Step.SPOT)]
        back = [step for step in steps if step.step == Step.RELAPSED]
        assert len(found) == figures["problems.found"]
        new = [one for one in listed if problems[one].found_at > period.since_at]
        assert sum(summary.days.values()) == len(new)  # one may be found twice
        assert summary.before == len(listed) - len(new)
        assert summary.own + sum(n for _, n in summary.units) == len(listed)
        assert len(back) == figures["problems.relapsed"]
        assert listed >= {step.problem_id for step in steps if step.step == Step.CLOSED}
        touched = {step.problem_id for step in (*found, *back)}
        assert len(listed - touched) <= figures["fixing.before"] <= len(listed)
        if period.until_at == end:
            still = [row for row in rows if row[10] != "已销号"]
            assert len(still) == figures["fixing.open"]
            assert {int(row[0]) for row in still} == {  # type: ignore[arg-type]
                number
                for number, problem in problems.items()
                if problem.state != State.CLOSED and number in listed
            }


@pytest.mark.parametrize(
    "typed", [FORMULA, "+1+1", "-1", "@SUM(A1)", "http://example.org", "\t=1", "a\x00b\x0bc", "'x"]
)
async def test_what_somebody_typed_is_text(
    session: AsyncSession, now: datetime, typed: str
) -> None:
    venue = await venue_of(session, typed.replace("\x00", "").strip(), "花园社区", now)
    await inspect(session, venue, now, (2, False), word=typed)
    content, _ = await content_of(session, "清河区", Period(now - DAY, now + DAY), now)
    book = opened(content)
    for page in book.worksheets:
        kinds = {cell.data_type for row in page.iter_rows() for cell in row}
        assert "f" not in kinds
        assert all(cell.hyperlink is None for row in page.iter_rows() for cell in row)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        xml = [archive.read(n).decode() for n in names if n.startswith("xl/worksheets/sheet")]
    assert len(xml) == 2
    assert not [one for one in xml if "<f>" in one or "<f " in one]
    assert not [name for name in names if "rels" in name and "sheet1" in name]
    column = book.worksheets[0]["G"]
    assert typed.isprintable() is (f"{typed}2" in {str(c.value) for c in column})


async def test_names_are_masked_and_numbers_are_not_there(
    session: AsyncSession, now: datetime
) -> None:
    venue = await venue_of(session, "王记火锅店", "花园社区", now)
    await inspect(session, venue, now, (2, True))
    period = Period(now - DAY, now + DAY)
    everything = all_of((await content_of(session, "清河区", period, now))[0])
    for secret in ("马兰", "郑义", "13900000012", "139****0012"):
        assert secret not in everything
    everything = all_of((await content_of(session, "清河区", period, now, whole=True))[0])
    assert "马兰" in everything
    assert "郑义" in everything


def all_of(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return "".join(archive.read(name).decode("utf-8") for name in archive.namelist())


async def test_an_empty_ledger_has_its_headings(session: AsyncSession, now: datetime) -> None:
    content, summary = await content_of(session, "清河区", Period(now - DAY, now), now)
    assert summary.rows == 0
    assert [cell.value for cell in opened(content).worksheets[0][1]] == HEADS


async def test_one_in_full_bears_its_mark_above_the_headings_and_on_every_sheet_of_paper(
    session: AsyncSession, now: datetime
) -> None:
    venue = await venue_of(session, "王记火锅店", "花园社区", now)
    await inspect(session, venue, now, (2, True))
    period = Period(now - DAY, now + DAY)
    content, _ = await content_of(session, "清河区", period, now, whole=True)
    rows, counts = opened(content).worksheets
    assert rows["A1"].value == MARK
    assert [cell.value for cell in rows[2]] == HEADS
    assert (rows.freeze_panes, rows.auto_filter.ref) == ("C3", "A2:Q3")
    assert rows.print_title_rows == "$1:$2"
    for page in (rows, counts):
        assert page.oddHeader.center.text == MARK.replace("&", "&&")
        assert page.oddFooter.left.text == MARK.replace("&", "&&")
    content, _ = await content_of(session, "清河区", period, now)
    assert opened(content).worksheets[0].oddHeader.center.text == MARK.replace("&", "&&")


async def test_the_page_that_counts_has_charts_of_what_is_beside_them(
    session: AsyncSession, now: datetime
) -> None:
    for name, unit, on in (("甲店", "花园社区", now), ("乙店", "柳林村", now + DAY)):
        venue = await venue_of(session, name, unit, on)
        await inspect(session, venue, on, (2, False), (3, False))
    old = await venue_of(session, "老店", "城关镇", now - 5 * DAY)
    await inspect(session, old, now - 5 * DAY, (2, False))
    there, today = await unit_of(session, "清河区"), local_day(now, ZONE)
    period = await period_of_days(session, there, today, today + DAY, now + 3 * DAY, ZONE)
    content, _ = await content_of(session, "清河区", period, now + 3 * DAY)
    page = opened(content).worksheets[1]
    rows = [(row[0].value, row[1].value) for row in page.iter_rows(max_col=2)]
    midnight = datetime.combine(today, datetime.min.time())
    assert rows[:2] == [("封面", None), (FORMULA, None)]
    assert [row for row in rows[2:] if row != (None, None)] == [
        ("按天", "条数"), ("此前开始", 1), (midnight, 2), (midnight + DAY, 2),
        ("按下级单位", "条数"), ("城关镇", 3), ("柳林乡", 2),
    ]  # fmt: skip
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = sorted(name for name in archive.namelist() if name.startswith("xl/charts/chart"))
        by_day, by_unit = (archive.read(name).decode() for name in names)
    days, units = rows.index((midnight, 2)) + 1, rows.index(("城关镇", 3)) + 1
    assert f"<c:f>汇总!$B${days}:$B${days + 1}</c:f>" in by_day  # without what began before
    assert f"<c:f>汇总!$A${units}:$A${units + 1}</c:f>" in by_unit


def entry(number: int) -> Entry:
    cells = {column.code: f"{number}" for column in PROBLEM_LEDGER.columns}
    return Entry(number, 1, datetime(2022, 7, 4, tzinfo=ZONE), cells)


def small_book(now: datetime) -> Book:
    return Book(Cover("台账/[一]", [], MARK, False), PROBLEM_LEDGER.columns, now, ZONE)


@pytest.mark.parametrize(
    "limit", [lambda m: m.setattr(sheet, "MOST_ROWS", 3), lambda m: m.setattr(sheet, "LARGEST", 9)]
)
async def test_what_is_too_large_to_send_is_refused_and_leaves_nothing(
    session: AsyncSession,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    limit: Callable[[pytest.MonkeyPatch], None],
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    limit(monkeypatch)
    scope = Scope(
        await actor(session, "吴刚", now), await unit_of(session, "清河区"), Period(now, now), now
    )
    book = small_book(now)
    assert list(tmp_path.glob("gridbot-ledger-*"))
    summary = await summary_of(session, scope)

    def write() -> None:
        for number in range(4):
            book.add([entry(number)])
        book.close(summary)

    with pytest.raises(UserError) as refused:
        write()
    assert refused.value.text.key == "ledger.too_large"
    book.discard()
    assert not list(tmp_path.glob("gridbot-ledger-*"))


async def test_what_a_killed_process_left_is_forgotten(
    now: datetime, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for name, age in (("gridbot-ledger-old", 2 * HOUR), ("gridbot-ledger-new", 0 * HOUR)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "rows").write_text("王芳")
        then = (now - age).timestamp()
        os.utime(tmp_path / name, (then, then))
    small_book(now).discard()
    assert [one.name for one in tmp_path.glob("gridbot-ledger-*")] == ["gridbot-ledger-new"]
