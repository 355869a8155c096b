"""The ledger of problems, opened again by two other libraries and compared with the database."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from cases import account_of, unit_of
from history import FORMULA, HOUR, RULES, happen, inspect, venue_of
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.documents import sheet
from bot.documents.words import say
from models.clock import local_day
from models.documents.ledger import COLUMNS, ledger_rows
from models.messages import Text
from models.reports.figures import count_figures
from models.reports.periods import Period, period_of_days
from models.reports.venues import SITES
from models.venues.answering import prove
from models.venues.closing import close_problem
from models.venues.problem import Problem, ProblemStep, State, Step
from models.venues.problems import NOTHING

ZONE = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)
HEADS = [
    "问题号", "场所", "类型", "属地", "责任人", "应达到的要求", "问题", "级别", "发现", "期限",
    "状态", "轮次", "证明", "复查", "销号时间", "销号人", "反弹",
]  # fmt: skip


async def content_of(
    session: AsyncSession, unit: str, period: Period, now: datetime
) -> tuple[bytes, int]:
    rows = await ledger_rows(session, await unit_of(session, unit), period, now)
    return sheet.write(say(Text("ledger.title")), COLUMNS, rows, ZONE), len(rows)


async def test_a_row_says_what_became_of_its_problem(session: AsyncSession, now: datetime) -> None:
    venue = await venue_of(session, "王记火锅店", "花园社区", now)
    _, (star, plain) = await inspect(session, venue, now, (0, True), (2, False))
    by = (await account_of(session, "马兰")).id
    await prove(session, plain, venue, NOTHING, by, RULES, now + HOUR)
    inspector = (await account_of(session, "郑义")).id
    await close_problem(session, plain, venue, inspector, RULES, now + 2 * HOUR)
    await inspect(session, venue, now + 3 * HOUR, (2, False), word="又")
    content, _ = await content_of(session, "清河区", Period(now - DAY, now + DAY), now + DAY)
    page = load_workbook(io.BytesIO(content)).active
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
        content, n = await content_of(session, unit, period, end)
        cells = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        heads, *rows = cells.to_python()
        assert (heads, len(rows)) == (HEADS, n)
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
    page = load_workbook(io.BytesIO(content)).active
    kinds = {cell.data_type for row in page.iter_rows(min_row=2) for cell in row}
    assert "f" not in kinds
    assert all(cell.hyperlink is None for row in page.iter_rows() for cell in row)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        xml = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in xml
    assert not [name for name in names if "rels" in name and "sheet1" in name]
    assert typed.isprintable() is (f"{typed}2" in {str(c.value) for c in page["G"]})


async def test_names_are_masked_and_numbers_are_not_there(
    session: AsyncSession, now: datetime
) -> None:
    venue = await venue_of(session, "王记火锅店", "花园社区", now)
    await inspect(session, venue, now, (2, True))
    content, _ = await content_of(session, "清河区", Period(now - DAY, now + DAY), now)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        everything = "".join(archive.read(name).decode("utf-8") for name in archive.namelist())
    for secret in ("马兰", "郑义", "13900000012", "139****0012"):
        assert secret not in everything


async def test_an_empty_ledger_has_its_headings(session: AsyncSession, now: datetime) -> None:
    content, n = await content_of(session, "清河区", Period(now - DAY, now), now)
    assert n == 0
    page = load_workbook(io.BytesIO(content)).active
    assert [cell.value for cell in page[1]] == HEADS
