"""Documents say what the registers say: opened again with another library and compared."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from cases import account_of, unit_of
from docx import Document
from history import HOUR, RULES, happen, inspect, venue_of
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from transcripts.papers import lines_of

from bot.documents import rendering
from bot.documents.words import GAP, filled, say, word
from models.clock import at_local, local_day
from models.documents.bulletin import COLUMNS, bulletin_facts
from models.documents.kinds import DocumentKind, Facts, layout, shipped
from models.documents.notice import notice_facts
from models.documents.series import IssuedDocument, issue
from models.documents.templates import go_back, in_force, keep_template, versions
from models.messages import UserError
from models.obligations import Kind, Obligation
from models.reports.figures import count_below, count_figures
from models.reports.periods import Period, period_of_days
from models.reports.sections import SECTIONS
from models.reports.venues import DIGESTED
from models.rules import rules_for
from models.units import Unit
from models.venues.answering import prove
from models.venues.closing import close_problem, send_back
from models.venues.inspection import Inspection, Visit
from models.venues.problem import ProblemStep
from models.venues.problems import NOTHING, Proof
from models.venues.venue import Venue

ZONE = ZoneInfo("Asia/Shanghai")
NOTICE, BULLETIN = DocumentKind.NOTICE, DocumentKind.BULLETIN
DAY = timedelta(days=1)


def written(kind: DocumentKind, facts: Facts) -> bytes:
    return rendering.fill(shipped(kind), filled(layout(kind), facts, ZONE), say(GAP))


async def numbered(
    session: AsyncSession, kind: DocumentKind, unit: str, subject: str, now: datetime
) -> IssuedDocument:
    by = (await account_of(session, "郑义")).id
    return await issue(session, kind, await unit_of(session, unit), subject, by, now, ZONE)


async def noticed(session: AsyncSession, row: Inspection, now: datetime) -> bytes:
    document = await numbered(session, NOTICE, "城关镇", f"inspection:{row.id}", now)
    return written(NOTICE, await notice_facts(session, document, row, ZONE))


# -- numbers ---------------------------------------------------------------------------------------


async def test_numbers_follow_for_each_unit_kind_and_year_without_a_gap(
    session: AsyncSession, now: datetime
) -> None:
    chance, taken = Random(1), dict[tuple[str, str, int], list[int]]()
    for n in range(80):
        kind, unit = chance.choice(list(DocumentKind)), chance.choice(["城关镇", "柳林乡"])
        at = now + chance.choice([timedelta(), 200 * DAY])
        row = await numbered(session, kind, unit, f"s:{n}", at)
        taken.setdefault((kind, unit, local_day(at, ZONE).year), []).append(row.number)
        assert row.year == local_day(at, ZONE).year
    assert len(taken) == 12
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in taken.values())


async def test_asked_for_again_it_is_the_same_number(session: AsyncSession, now: datetime) -> None:
    one = await numbered(session, NOTICE, "城关镇", "inspection:1", now)
    again = await numbered(session, NOTICE, "柳林乡", "inspection:1", now + 200 * DAY)
    other = await numbered(session, NOTICE, "城关镇", "inspection:2", now)
    assert (again.id, again.number, other.number) == (one.id, 1, 2)


async def test_the_year_is_that_of_the_place(session: AsyncSession) -> None:
    midnight = at_local(date(2023, 1, 1), datetime.min.time(), ZONE)  # still 2022 in UTC
    assert (await numbered(session, NOTICE, "城关镇", "s", midnight)).year == 2023


# -- the notice ------------------------------------------------------------------------------------


async def test_a_notice_says_what_the_inspection_found(
    session: AsyncSession, now: datetime
) -> None:
    venue = await venue_of(session, "王记火锅店", "花园社区", now)
    row, problems = await inspect(session, venue, now, (0, False), (2, True), (3, False))
    content = await noticed(session, row, now)
    first, signing, second, _ = Document(io.BytesIO(content)).tables
    for copy in (first, second):
        told = [[cell.text for cell in line.cells] for line in copy.rows][1:]
        assert [line[1] for line in told] == [str(problem.id) for problem in problems]
        assert [line[2] for line in told] == [say(problem.text) for problem in problems]
        assert [line[3] for line in told] == [problem.word for problem in problems]
        assert [line[4] for line in told] == ["★", "一般", "一般"]
        assert [line[6] for line in told] == [
            word(now + timedelta(hours=RULES.fix_star_hours), ZONE),
            "当场已改",
            word(now + timedelta(days=RULES.fix_days), ZONE),
        ]
    assert [cell.text for cell in signing.rows[0].cells][1] == "负责人（签字）："
    words = "\n".join(lines_of(content))
    assert "13900000012" not in words
    for told in (
        "城关镇整改〔2022〕1号",
        "马兰",
        "139****0012",
        "郑义",
        "花园小区",
        "2022年7月8日",
    ):
        assert (told in words) == (told != "花园小区"), told


async def test_a_notice_written_later_keeps_the_deadlines_of_its_day_and_has_the_signature(
    session: AsyncSession, now: datetime
) -> None:
    venue = await venue_of(session, "王记火锅店", "花园社区", now)
    row, (problem,) = await inspect(session, venue, now, (2, False))
    by = (await account_of(session, "马兰")).id
    later = now + 50 * HOUR
    await prove(session, problem, venue, NOTHING, by, RULES, later)
    again = Proof("还是不行")
    await send_back(session, problem, venue, again, by, RULES, later + HOUR)
    row.signed_at, row.signed_by = later, by
    content = await noticed(session, row, later)
    table, signing, *_ = Document(io.BytesIO(content)).tables
    assert problem.due_at > now + timedelta(days=RULES.fix_days)
    assert table.rows[1].cells[6].text == word(now + timedelta(days=RULES.fix_days), ZONE)
    assert table.rows[1].cells[3].text == "看到的情况2"
    assert signing.rows[0].cells[1].text == "负责人（签字）：马兰，7月6日 10:00（电子签）"


async def test_what_was_open_already_is_on_the_next_notice_with_its_own_deadline(
    session: AsyncSession, now: datetime
) -> None:
    venue = await venue_of(session, "王记火锅店", "花园社区", now)
    await inspect(session, venue, now, (2, False))
    row, _ = await inspect(session, venue, now + 24 * HOUR, (2, False), (4, False), word="又")
    table = Document(io.BytesIO(await noticed(session, row, now))).tables[0]
    assert [line.cells[3].text for line in table.rows][1:] == ["又2", "又4"]
    assert table.rows[1].cells[6].text == word(now + timedelta(days=RULES.fix_days), ZONE)


async def test_blank_facts_are_to_be_supplied(session: AsyncSession, now: datetime) -> None:
    venue = await venue_of(session, "王记火锅店", "花园社区", now, manager=False)
    row, _ = await inspect(session, venue, now, (2, False))
    for step in await session.scalars(select(ProblemStep)):
        step.word = None  # as the purge leaves it
    words = "\n".join(lines_of(await noticed(session, row, now)))
    assert "被查单位负责人：待补　　电话：待补" in words
    assert "| 待补 | 一般" in words


# -- the bulletin ----------------------------------------------------------------------------------


async def bulletin(
    session: AsyncSession, unit: str, first: date, last: date, now: datetime
) -> tuple[Facts, Period]:
    there = await unit_of(session, unit)
    period = await period_of_days(session, there, first, last, now, ZONE)
    document = await numbered(session, BULLETIN, unit, f"{unit}:{first}:{last}", now)
    return await bulletin_facts(session, document, there, (first, last), period), period


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("unit", ["清河区", "城关镇", "柳林村"])
async def test_a_bulletin_has_the_figures_of_the_daily_sheet(
    session: AsyncSession, now: datetime, unit: str, seed: int
) -> None:
    end = await happen(session, seed, now)
    there, today = await unit_of(session, unit), local_day(now, ZONE)
    for first, last in ((today, today + 2 * DAY), (today + DAY, today + 4 * DAY)):
        facts, period = await bulletin(session, unit, first, last, end)
        sheet = (await count_below(session, there, period, SECTIONS))[there.id]
        for code, name in COLUMNS.items():
            assert facts[code] == sheet.get(name, 0), name
        assert facts["ordered"] == sheet.get("problems.ordered", 0)
        assert word(facts["check"], ZONE) == "相符"
        assert len(rows_of(facts, "problems")) == sheet.get("problems.found", 0) + sheet.get(
            "problems.relapsed", 0
        )
        assert len(rows_of(facts, "waiting")) == sheet.get("fixing.open", 0)
        await _agrees_with_the_rows(session, there, period, facts)


def rows_of(facts: Facts, name: str) -> list[Any]:
    rows: Any = facts[name]
    return list(rows)


async def _agrees_with_the_rows(
    session: AsyncSession, unit: Unit, period: Period, facts: Facts
) -> None:
    """Counted here from the inspections themselves, in Python."""
    walks = [
        (row, venue)
        for row, venue, path in await session.execute(
            select(Inspection, Venue, Unit.path)
            .join(Venue, Venue.id == Inspection.venue_id)
            .join(Unit, Unit.id == Inspection.unit_id)
        )
        if path.startswith(unit.path) and period.since_at < row.at <= period.until_at
    ]
    assert facts["inspections"] == len(walks)
    assert facts["supervision"] == sum(row.visit == Visit.SUPERVISION for row, _ in walks)
    venues = {venue.name for _, venue in walks}
    faulty = {venue.name for row, venue in walks if row.failed}
    assert facts["sites"] == len(venues)
    assert {row["venue"] for row in rows_of(facts, "good")} == venues - faulty
    *parts, total = rows_of(facts, "table")
    for code in COLUMNS:
        assert sum(row[code] for row in parts) == total[code] == facts[code]


@pytest.mark.parametrize("seed", range(2))
async def test_days_follow_each_other(session: AsyncSession, now: datetime, seed: int) -> None:
    """What one bulletin leaves open is what the next begins with; days add up to their span."""
    end = await happen(session, seed, now)
    today, there = local_day(now, ZONE), await unit_of(session, "清河区")
    whole = await period_of_days(session, there, today, today + 3 * DAY, end, ZONE)
    sums, before = dict.fromkeys(("found", "relapsed", "closed"), 0), 0
    for n in range(4):
        day = today + n * DAY
        facts, _ = await bulletin(session, "清河区", day, day, end)
        assert facts["before"] == before
        before = facts["open"]  # type: ignore[assignment]
        sums = {name: sums[name] + facts[name] for name in sums}  # type: ignore[operator]
    counted = await count_figures(session, there, whole, DIGESTED)
    assert sums == {name: counted[f"problems.{name}"] for name in sums}


async def test_what_does_not_add_up_is_said(session: AsyncSession, now: datetime) -> None:
    venue = await venue_of(session, "王记火锅店", "花园社区", now)
    await inspect(session, venue, now + HOUR, (2, False), (3, False))
    duty = await session.scalar(select(Obligation).where(Obligation.kind == Kind.PROBLEM).limit(1))
    assert duty is not None
    duty.opens_at = now - 100 * DAY  # as if somebody had moved it
    await session.flush()
    today = local_day(now, ZONE)
    facts, _ = await bulletin(session, "清河区", today, today, now + 2 * HOUR)
    words = "\n".join(lines_of(written(BULLETIN, facts)))
    assert "勾稽：未销号 2，按分项（期初未销号 1、新发现问题 2、" in words


async def test_a_bulletin_names_what_is_back_and_what_waits(
    session: AsyncSession, now: datetime
) -> None:
    venue = await venue_of(session, "王记火锅店", "花园社区", now)
    by = (await account_of(session, "郑义")).id
    _, (problem,) = await inspect(session, venue, now, (2, False))
    await close_problem(session, problem, venue, by, RULES, now + HOUR)
    await inspect(session, venue, now + 2 * HOUR, (2, False), word="又来了")
    await venue_of(session, "康民药房", "柳林村", now)
    today = local_day(now, ZONE)
    facts, _ = await bulletin(session, "清河区", today, today, now + 3 * HOUR)
    content = written(BULLETIN, facts)
    words = "\n".join(lines_of(content))
    item = say(problem.text)
    assert f"1. 花园社区—王记火锅店：{item}（反弹，重新整改，累计反弹 1 次）：又来了2" in words
    assert f"2. 花园社区—王记火锅店（餐饮）—又来了2—{item}—一般（反弹，重新整改）" in words
    assert f"1. 花园社区—王记火锅店：{item}（一般），2022年7月7日 10:00 前，整改中" in words
    assert "期初未销号 0 ＋ 新发现 1 ＋ 反弹 1 － 销号 1 ＝ 期末未销号 1" in words
    table = Document(io.BytesIO(content)).tables[-1]
    assert [cell.text for cell in table.rows[-1].cells] == [
        "合计", "2", "1", "1", "1", "1", "1", "1", "0",
    ]  # fmt: skip


async def test_the_days_are_those_between_the_districts_cut_offs(
    session: AsyncSession, now: datetime
) -> None:
    there = await unit_of(session, "城关镇")
    hour = (await rules_for(session, there)).cut_off
    first = local_day(now, ZONE)
    period = await period_of_days(session, there, first, first + DAY, now + 9 * DAY, ZONE)
    assert period.since_at == at_local(first - DAY, hour, ZONE)
    assert period.until_at == at_local(first + DAY, hour, ZONE)
    running = await period_of_days(session, there, first, first + DAY, now, ZONE)
    assert running.until_at == now


# -- templates of a district -----------------------------------------------------------------------


async def test_every_version_is_kept_and_one_is_in_force(
    session: AsyncSession, now: datetime
) -> None:
    district, village = await unit_of(session, "清河区"), await unit_of(session, "花园社区")
    by = (await account_of(session, "吴刚")).id
    assert await in_force(session, village, NOTICE) == (shipped(NOTICE), 0)
    for n in (1, 2):
        row = await keep_template(session, district, NOTICE, b"%d" % n, by, now)
        assert (row.version, await in_force(session, village, NOTICE)) == (n, (b"%d" % n, n))
    assert await in_force(session, village, BULLETIN) == (shipped(BULLETIN), 0)
    await go_back(session, district, NOTICE, 1)
    assert await in_force(session, village, NOTICE) == (b"1", 1)
    await go_back(session, district, NOTICE, 0)
    assert (await in_force(session, village, NOTICE))[1] == 0
    with pytest.raises(UserError):
        await go_back(session, district, NOTICE, 9)
    assert [row.version for row in await versions(session, district, NOTICE)] == [2, 1]
