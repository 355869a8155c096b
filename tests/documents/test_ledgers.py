"""The ledgers of people and of registers against the database, and the jobs that write them."""

from __future__ import annotations

import io
import itertools
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

import pytest
from cases import account_of, actor, episode_of, person_of, unit_of
from history import FORMULA
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from test_ledger import content_of, opened
from test_work import Desk, Killed, killed

from bot.documents import ledgers, sheet, writing
from bot.documents.words import say, word
from handlers.features import registry
from handlers.registers.drugsale import Drug, DrugSale
from handlers.registers.listed import REGISTERS
from models.accounts import Assignment
from models.audit import AuditRow
from models.clock import local_day
from models.files import KeptFile, load_files
from models.identity import mask_address, mask_name, mask_phone
from models.jobs import LEASE, JobState, file_job
from models.leads import Lead, LeadOutcome, LeadSource
from models.ledgers.declaration import LEDGER, Scope
from models.ledgers.people import LEAD_LEDGER, OBSERVATION_LEDGER, TEST_LEDGER
from models.obligations import Kind
from models.registers import Submission, dump_answers
from models.reports.figures import count_below, count_figures
from models.reports.periods import Period, period_of_days
from models.reports.sections import BALANCES, LEADS, OBSERVED, SAMPLES
from models.session import Database
from models.tallies import tally

ZONE = ZoneInfo("Asia/Shanghai")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NAMES = ("王芳", FORMULA, "+张三", "@李四", "-1", "欧阳 修")


def rows_of(content: bytes) -> list[dict[str, Any]]:
    """As calamine reads them, and the same as openpyxl does."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    heads, *rows = book.get_sheet_by_index(0).to_python()
    page = load_workbook(io.BytesIO(content)).worksheets[0]
    again = [[cell.value for cell in row] for row in page.iter_rows()]
    assert [[_same(cell) for cell in row] for row in again[1:]] == [
        [_same(cell) for cell in row] for row in rows
    ]
    assert not [c for row in page.iter_rows() for c in row if c.data_type == "f"]
    return [dict(zip(map(str, heads), row, strict=True)) for row in rows]


def _same(cell: Any) -> Any:
    """A day is midnight to one of them, and nothing an empty text to the other."""
    if isinstance(cell, date) and not isinstance(cell, datetime):
        return datetime.combine(cell, datetime.min.time())
    return "" if cell is None else cell


async def sell(session: AsyncSession, random: Random, at: datetime, number: int) -> Submission:
    """A record as somebody could have typed it."""
    unit = await unit_of(session, random.choice(["花园社区", "花园小区一网格", "柳林村"]))
    told = DrugSale(
        name=random.choice(NAMES),
        phone=f"1390000{number:04}",
        address=random.choice(["花园小区3栋501", '=CMD("x")', "柳林村2组15号"]),
        drugs=set(random.sample(list(Drug), 2)),
        temperature=random.choice(["36.5", "38.2"]),
        referred=True,
    )
    record = Submission(
        form="drugsale",
        version=1,
        receipt=f"R-{number:05}",
        answers=dump_answers(told.model_dump(mode="json"), {}),
        actor_id=(await account_of(session, "许红")).id,
        unit_id=unit.id,
        context={},
        at=at,
    )
    session.add(record)
    await session.flush()
    await tally(session, record, DrugSale.figures(told), at)
    return record


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("unit", ["清河区", "花园社区", "柳林乡"])
async def test_a_register_has_the_records_that_its_figures_count(
    session: AsyncSession, now: datetime, unit: str, seed: int
) -> None:
    random, end = Random(seed), now + 5 * DAY
    made = [await sell(session, random, now + random.random() * 5 * DAY, n) for n in range(40)]
    there, today = await unit_of(session, unit), local_day(now, ZONE)
    ledger = registry().ledgers["drugsale"]
    for first, last in ((today, today + 9 * DAY), (today + DAY, today + 2 * DAY)):
        period = await period_of_days(session, there, first, last, end, ZONE)
        content, summary = await content_of(session, unit, period, end, ledger=ledger, portion=7)
        whole, _ = await content_of(session, unit, period, end, ledger=ledger, whole=True)
        rows = rows_of(content)
        figures = (await count_below(session, there, period, ()))[there.id]
        assert len(rows) == summary.rows == figures.get("drugsale.total", 0)
        assert sum(summary.days.values()) == len(rows)
        assert sum(n for _, n in summary.units) + summary.own == len(rows)
        hot = [row for row in rows if row["体温"] >= 37.3]
        assert len(hot) == figures.get("drugsale.fever", 0)
        by_receipt = {one.receipt: one.values() for one in made}
        for row in rows:
            told = by_receipt[row["回执号"]]
            assert row["购药人"] == mask_name(told["name"])
            assert row["手机"] == mask_phone(told["phone"])
            assert row["住址"] == mask_address(told["address"])
        page = load_workbook(io.BytesIO(whole)).worksheets[0]
        heads = [cell.value for cell in page[2]]
        for line in page.iter_rows(min_row=3, values_only=True):
            row = dict(zip(heads, line, strict=True))
            told = by_receipt[str(row["回执号"])]
            shown = row["购药人"], row["手机"], row["住址"]
            assert shown == (told["name"], told["phone"], told["address"])


async def test_who_only_enters_has_her_own_records_and_nobody_elses(
    session: AsyncSession, now: datetime
) -> None:
    random, end = Random(7), now + 2 * DAY
    made = [await sell(session, random, now + random.random() * DAY, n) for n in range(20)]
    mine = (await account_of(session, "马兰")).id
    for record in made[::3]:
        record.actor_id = mine
    await session.flush()
    there, ledger = await unit_of(session, "花园社区"), registry().ledgers["drugsale"]
    here = {(await unit_of(session, name)).id for name in ("花园社区", "花园小区一网格")}
    period = Period(now - DAY, end)
    for who, expected in (
        ("马兰", [one.id for one in made[::3] if one.unit_id in here]),
        ("孙丽", [one.id for one in made if one.unit_id in here]),
        ("李强", []),  # she neither reads nor enters it
    ):
        scope = Scope(await actor(session, who, end), there, period, end)
        rows = await ledger.read(session, scope, await ledger.ids(session, scope))
        assert [row.id for row in rows] == expected, who
        assert all("*" in word(row.cells["answer.phone"], ZONE) for row in rows)
        assert bool(await ledger.figures(session, scope)) == (who == "孙丽")


@pytest.mark.parametrize("seed", range(2))
async def test_the_lead_ledger_has_the_leads_that_are_new(
    session: AsyncSession, now: datetime, seed: int
) -> None:
    random, end = Random(seed), now + 4 * DAY
    for n in range(30):
        place = random.choice(["花园小区一网格", "花园小区二网格", "柳林村一网格", "花园社区"])
        unit = await unit_of(session, place)
        person = await person_of(session, "陈建国")
        at = now + random.random() * 4 * DAY
        outcome = random.choice([None, LeadOutcome.NO_RISK, LeadOutcome.MERGED,
                                 LeadOutcome.WITHDRAWN, LeadOutcome.VERIFIED])  # fmt: skip
        session.add(
            Lead(
                person_id=person.id,
                unit_id=unit.id,
                source=random.choice(list(LeadSource)),
                origin=FORMULA if n % 3 else None,
                expected_at=at,
                created_at=at,
                outcome=outcome,
                outcome_at=at + HOUR if outcome else None,
                purge_on=at.date(),
            )
        )
    await session.flush()
    today = local_day(now, ZONE)
    for unit_name in ("清河区", "城关镇", "花园小区一网格"):
        there = await unit_of(session, unit_name)
        for first, last in ((today, today + 9 * DAY), (today + DAY, today + DAY)):
            period = await period_of_days(session, there, first, last, end, ZONE)
            content, summary = await content_of(
                session, unit_name, period, end, ledger=LEAD_LEDGER, portion=4
            )
            rows = rows_of(content)
            figures = await count_figures(session, there, period, [LEADS])
            assert len(rows) == summary.rows == figures["leads.new"]
            assert {row["姓名"] for row in rows} <= {"陈*国"}
            scope = Scope(await actor(session, "吴刚", end), there, period, end)
            said = await LEAD_LEDGER.figures(session, scope)
            assert {name: said.get(name, 0) for name in figures} == figures
            for day, n in summary.days.items():
                one = await period_of_days(session, there, day, day, end, ZONE)
                alone = await count_figures(session, there, one, [LEADS])
                assert alone["leads.new"] == n, day


async def test_observation_and_tests_are_those_of_the_daily_sheet(
    session: AsyncSession, now: datetime
) -> None:
    for name in ("王芳", "周涛"):
        await episode_of(session, name, now)
    end, there = now + 8 * DAY, await unit_of(session, "清河区")
    today = local_day(now, ZONE)
    period = await period_of_days(session, there, today, today + 9 * DAY, end, ZONE)
    sections = [OBSERVED, BALANCES[Kind.TEST], SAMPLES]
    figures = await count_figures(session, there, period, sections)
    content, _ = await content_of(session, "清河区", period, end, ledger=OBSERVATION_LEDGER)
    observed = rows_of(content)
    assert len(observed) == figures["observed.before"] + figures["observed.new"] == 2
    assert {row["现状"] for row in observed} == {"观察中"}
    content, summary = await content_of(session, "清河区", period, end, ledger=TEST_LEDGER)
    tests = rows_of(content)
    assert len(tests) == figures["test.due"] == summary.rows > 0
    missing = [row for row in tests if row["采样情况"] == "未采"]
    assert len(missing) == figures["test.missing"]


async def test_every_register_has_its_ledger_and_every_cell_of_a_row_a_heading() -> None:
    every = registry().ledgers
    assert every.keys() == {one.code for one in REGISTERS} | {
        "leads", "observed", "test", "problems"
    }  # fmt: skip
    for ledger in every.values():
        heads = [say(column.head) for column in ledger.columns]
        assert len(set(heads)) == len(heads), heads
        assert all(heads)


# -- the jobs -------------------------------------------------------------------------------------


class Office(Desk):
    """Somebody who has asked for a ledger."""

    async def ask(self, who: str = "孙丽", unit: str = "花园社区", **more: object) -> None:
        now = self.clock.now()
        async with self.db.write() as session:
            for n in range(3):
                await sell(session, Random(n), now - HOUR, n)
            await episode_of(session, "王芳", now - HOUR)
            by, there = (await account_of(session, who)).id, await unit_of(session, unit)
            today = local_day(now, ZONE).isoformat()
            task: Mapping[str, object] = {
                "ledger": "observed", "unit": there.id, "first": today, "last": today,
                "number": "220704-00009", "reason": "", "whole": False, **more,
            }  # fmt: skip
            await file_job(session, LEDGER, by, task, now)

    async def file(self) -> bytes:
        ((_, message),) = await self.said()
        async with self.db.read() as session:
            return (await load_files(session, [message.document]))[message.document].content

    async def audited(self, action: str) -> list[AuditRow]:
        async with self.db.read() as session:
            found = await session.scalars(select(AuditRow).where(AuditRow.action == action))
            return list(found)


STEPS = [
    (ledgers, "summary_of"),
    (ledgers.asyncio, "to_thread"),
    (ledgers, "end"),
    (writing, "keep_file"),
    (writing, "enqueue"),
]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(("module", "name"), STEPS, ids=[name for _, name in STEPS])
async def test_a_ledger_comes_once_wherever_the_process_is_killed(
    settled: Database, now: datetime, module: Any, name: str, after: bool
) -> None:
    desk = Office(settled, now)
    await desk.ask()
    with killed(module, name, after=after):
        with pytest.raises(Killed):
            await desk.work()
        assert await desk.said() == []
        assert await desk.audited("ledger.given") == []
        desk.clock.move_to(now + 2 * LEASE)
        await desk.work()
    assert await desk.state() == JobState.ENDED
    assert await desk.count(KeptFile) == 1
    assert [row["姓名"] for row in rows_of(await desk.file())] == ["王*"]
    (given,) = await desk.audited("ledger.given")
    assert (given.facts["rows"], given.facts["number"]) == (1, "220704-00009")
    assert await desk.audited("ledger.named") == []


async def test_one_in_full_says_whose_it_is_and_each_who_is_named_can_see_it(
    settled: Database, now: datetime
) -> None:
    desk = Office(settled, now)
    await desk.ask(whole=True, reason="疾控来函核对名单")
    await desk.work()
    rows, counts = opened(await desk.file()).worksheets
    mark = rows["A1"].value
    for part in ("孙丽", "220704-00009", "未遮盖", "2022年7月4日 08:00"):
        assert part in mark
        assert part in rows.oddHeader.center.text
        assert part in counts.oddFooter.left.text
    said = [cell.value for cell in counts["A"]]
    assert "用途：疾控来函核对名单" in said
    assert rows["B3"].value == "王芳"
    (given,) = await desk.audited("ledger.given")
    assert (given.reason, given.facts["whole"]) == ("疾控来函核对名单", True)
    async with settled.read() as session:
        person = await person_of(session, "王芳")
    (named,) = await desk.audited("ledger.named")
    assert (named.subject, named.reason) == (f"person:{person.id}", "220704-00009")


async def end_role(db: Database, who: str, now: datetime) -> None:
    async with db.write() as session:
        account = await account_of(session, who)
        for held in await session.scalars(
            select(Assignment).where(Assignment.account_id == account.id)
        ):
            held.until_at = now


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("while_written", [False, True])
async def test_whoever_lost_her_role_meanwhile_gets_nothing(
    settled: Database, now: datetime, while_written: bool, whole: bool
) -> None:
    desk = Office(settled, now)
    await desk.ask(whole=whole, reason="核对名单" if whole else "")
    if while_written:

        async def then(*given: Any) -> Any:
            done = await to_thread(*given)
            if given[0].__name__ == "close":
                await end_role(settled, "孙丽", now)
            return done

        to_thread = ledgers.asyncio.to_thread
        with mock.patch.object(ledgers.asyncio, "to_thread", then):
            await desk.work()
    else:
        await end_role(settled, "孙丽", now)
        await desk.work()
    assert await desk.keys() == ["access.denied"]
    assert await desk.state() == JobState.FAILED
    assert await desk.count(KeptFile) == 0
    assert await desk.audited("ledger.given") == []
    assert await desk.audited("ledger.named") == []


async def test_a_forged_task_is_refused_where_it_is_done(settled: Database, now: datetime) -> None:
    desk = Office(settled, now)
    await desk.ask(who="李强", unit="花园小区一网格", whole=True)
    await desk.work()
    assert await desk.keys() == ["access.denied"]


async def test_one_that_is_too_large_is_told_and_not_tried_again(
    settled: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet, "LARGEST", 100)
    desk = Office(settled, now)
    await desk.ask()
    await desk.work()
    assert await desk.keys() == ["ledger.too_large"]
    assert (await desk.state(), await desk.count(KeptFile)) == (JobState.FAILED, 0)


async def test_nothing_in_the_days_is_said_without_a_file(settled: Database, now: datetime) -> None:
    desk = Office(settled, now)
    await desk.ask(ledger="guest")
    await desk.work()
    assert await desk.keys() == ["ledger.nothing"]
    assert (await desk.state(), await desk.count(KeptFile)) == (JobState.ENDED, 0)


async def test_a_long_ledger_stays_its_process_own(settled: Database, now: datetime) -> None:
    """Each portion may take so long that somebody else would take the job over."""
    desk = Office(settled, now)
    await desk.ask(ledger="drugsale", unit="花园社区")
    times = itertools.count(step=40.0)
    with (
        mock.patch("bot.documents.ledgers.monotonic", side_effect=times),
        mock.patch("models.ledgers.declaration.PORTION", 1),
        mock.patch("bot.documents.ledgers.keep", wraps=ledgers.keep) as kept,
    ):
        await desk.work()
    ((_, message),) = await desk.said()
    assert message.lines[0].key in ("ledger.ready", "ledger.nothing")
    assert kept.await_count == (await desk.audited("ledger.given"))[0].facts["rows"]
