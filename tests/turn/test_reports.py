"""Daily reports: asked at the cut-off, signed as shown, chased, corrected when records change."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from counting import counted
from sqlalchemy import select, update
from talk import ZONE, Talk
from test_records import sell

from models.daily import DailyReport
from models.obligations import Kind, Obligation, Outcome
from models.opening import MOST_DAYS
from models.reports.figures import count_below
from models.reports.numbers import count
from models.reports.periods import Period, closed_period
from models.reports.sections import SECTIONS
from models.reports.sheet import is_zero
from models.units import Level, Unit
from scheduler.upkeep import plan_recurring

TEN_HOURS = timedelta(hours=10, minutes=1)  # from 07:00 to just after the cut-off


@pytest.fixture
async def evening(talk: Talk) -> Talk:
    """The day is planned; it is still morning."""
    async with talk.db.write() as session:
        await plan_recurring(session, talk.now, ZONE)
    return talk


async def unit(talk: Talk, name: str) -> Unit:
    async with talk.db.read() as session:
        found = await session.scalar(select(Unit).where(Unit.name == name))
    assert found is not None
    return found


async def owed(talk: Talk) -> list[Any]:
    columns = (Obligation.id, Obligation.unit_id, Obligation.outcome, Obligation.facts)
    return [row for row in await talk.rows(*columns, Obligation.kind) if row.kind == Kind.ZERO]


async def signed(talk: Talk) -> list[Any]:
    columns = (DailyReport.id, DailyReport.unit_id, DailyReport.version, DailyReport.figures)
    return list(await talk.rows(*columns, DailyReport.zero, DailyReport.by_id))


def keys(letters: Any, who: str) -> list[str]:
    return [key for letter in letters if letter.to == who for key in letter.keys]


# -- who is asked ---------------------------------------------------------------------------------


async def test_every_village_is_asked_once_a_day_and_nobody_else(evening: Talk) -> None:
    letters = await evening.pass_time(TEN_HOURS)
    asked = {letter.to for letter in letters if "zero.ask" in letter.keys}
    assert asked == {"孙丽", "何平"}
    await evening.pass_time(timedelta(days=1))
    assert len(await owed(evening)) == 4


async def test_grids_are_asked_where_the_district_wants_it(evening: Talk) -> None:
    async with evening.db.write() as session:
        top = update(Unit).where(Unit.level == Level.DISTRICT)
        await session.execute(top.values(settings={"grids_report": True}))
    letters = await evening.pass_time(TEN_HOURS)
    asked = {letter.to for letter in letters if "zero.ask" in letter.keys}
    assert asked == {"孙丽", "何平", "李强", "赵敏", "刘洋"}


async def test_after_an_outage_of_days_one_report_is_asked_for_and_each_can_be_given(
    evening: Talk,
) -> None:
    """Down over four cut-offs: the last is asked for, the others wait with their own figures."""
    letters = await evening.pass_time(timedelta(days=4))
    asked = [letter.to for letter in letters if "zero.ask" in letter.keys]
    assert sorted(asked) == ["何平", "孙丽"]
    days = [row.facts["on"] for row in await owed(evening)]
    assert Counter(days) == {f"2022-07-0{n}": 2 for n in (4, 5, 6, 7)}
    shown = [letter.keys[0] for letter in await evening.press("孙丽", "action.report_zero")]
    assert shown == ["zero.confirmed_zero", "zero.outage"]
    for _ in range(2):
        await evening.press("孙丽", "action.report_zero")
    last = await evening.press("孙丽", "action.report_zero")
    assert [letter.keys[0] for letter in last] == ["zero.confirmed_zero"]
    assert len(await signed(evening)) == 4


async def test_a_day_of_an_outage_is_not_chased_and_is_not_late_within_a_day(
    evening: Talk,
) -> None:
    await evening.pass_time(timedelta(days=2))
    await evening.press("孙丽", "action.report_zero")
    letters = await evening.pass_time(timedelta(hours=8))
    assert "zero.outage" not in [key for letter in letters for key in letter.keys]
    await evening.press("孙丽", "action.report_zero")
    grid = await unit(evening, "花园社区")
    outcomes = [row.outcome for row in await owed(evening) if row.unit_id == grid.id]
    assert outcomes == [Outcome.DONE, Outcome.DONE]


async def test_an_outage_of_years_opens_a_month(evening: Talk) -> None:
    await evening.pass_time(timedelta(days=800))
    assert len(await owed(evening)) == 2 * (MOST_DAYS + 1)


# -- what is signed -------------------------------------------------------------------------------


async def test_a_zero_is_a_record_and_silence_is_none(evening: Talk) -> None:
    letters = await evening.pass_time(TEN_HOURS)
    assert "zero.nothing" in keys(letters, "何平")
    await evening.press("何平", "action.report_zero")
    (report,) = await signed(evening)
    assert (report.zero, report.version) == (True, 1)
    assert is_zero(report.figures)
    assert report.figures["roster.people"] == 1  # what stands is no news
    outcomes = {row.unit_id: row.outcome for row in await owed(evening)}
    assert sorted(str(o) for o in outcomes.values()) == ["None", "done"]


async def test_what_has_moved_since_it_was_shown_is_shown_before_it_is_signed(
    evening: Talk,
) -> None:
    await evening.pass_time(TEN_HOURS)
    data = await evening.button("孙丽", "action.report_zero")
    await evening.tap("孙丽", f"a:enter:disinfect:{data.split(':')[2]}")
    for line in ("岗亭", "1", "30", "跳过", "提交"):
        await evening.say("孙丽", line)
    assert "zero.moved_on" in keys(await evening.tap("孙丽", data), "孙丽")
    assert await signed(evening) == []
    await evening.press("孙丽", "action.report")
    (report,) = await signed(evening)
    assert report.figures["disinfect.total"] == 1


async def test_a_forged_or_old_stamp_signs_nothing(evening: Talk) -> None:
    await evening.pass_time(TEN_HOURS)
    item = (await owed(evening))[0]
    for data in (f"a:reportok:{item.id}", f"a:reportok:{item.id}:deadbeef"):
        assert "zero.moved_on" in keys(await evening.tap("孙丽", data), "孙丽")
    assert await signed(evening) == []


async def test_a_late_confirmation_is_late_and_a_second_one_is_none(evening: Talk) -> None:
    await evening.pass_time(TEN_HOURS)
    data = await evening.button("孙丽", "action.report_zero")
    await evening.pass_time(timedelta(hours=1))
    assert "zero.late" in keys(await evening.tap("孙丽", data), "孙丽")
    assert "zero.already" in keys(await evening.tap("孙丽", data), "孙丽")
    assert len(await signed(evening)) == 1
    assert Outcome.LATE in {row.outcome for row in await owed(evening)}


# -- what is added and what changes afterwards ----------------------------------------------------


async def add(talk: Talk, item: int, number: str = "2") -> Any:
    await talk.tap("孙丽", f"a:reportadd:{item}")
    await talk.say("孙丽", "1")
    await talk.say("孙丽", number)
    return await talk.say("孙丽", "用纸质表登记")


async def test_what_is_added_counts_in_the_day_that_was_closed(evening: Talk) -> None:
    await evening.pass_time(TEN_HOURS)
    village = await unit(evening, "花园社区")
    item = next(row for row in await owed(evening) if row.unit_id == village.id)
    assert "daily.leads" in keys(await add(evening, item.id), "孙丽")
    await evening.press("孙丽", "action.report")
    (report,) = await signed(evening)
    assert (report.figures["leads.new"], report.figures["added.leads.new"]) == (2, 2)
    async with evening.db.read() as session:
        top = await session.get(Unit, village.parent_id)
        assert top is not None
        period = await closed_period(session, top, evening.now, ZONE)
        assert (await count(session, top, period))["leads.new"] == 2
        sums = (await count_below(session, top, period, SECTIONS))[top.id]
    assert sums["leads.new"] == report.figures["leads.new"]


async def test_a_correction_after_the_signature_makes_a_second_version(evening: Talk) -> None:
    sale = await sell(evening)
    await evening.pass_time(TEN_HOURS)
    await evening.press("孙丽", "action.report")
    await evening.tap("许红", f"a:correct:{sale}")
    letters = []
    for line in ("修改", "体温", "37.6", "是", "提交"):
        letters += await evening.say("许红", line)
    assert {letter.to for letter in letters if "zero.corrected" in letter.keys} == {"孙丽", "钱伟"}
    first, second = await signed(evening)
    assert (first.figures["drugsale.fever"], first.version) == (0, 1)
    assert first.by_id is not None
    assert (second.figures["drugsale.fever"], second.version, second.by_id) == (1, 2, None)
    await evening.tap("许红", f"a:withdraw:{sale + 1}")
    assert [report.version for report in await signed(evening)] == [1, 2, 3]


async def test_an_addition_after_the_signature_is_a_correction_too(evening: Talk) -> None:
    await evening.pass_time(TEN_HOURS)
    village = await unit(evening, "花园社区")
    item = next(row for row in await owed(evening) if row.unit_id == village.id)
    await evening.press("孙丽", "action.report_zero")
    assert "zero.corrected" in keys(await add(evening, item.id), "钱伟")
    assert [(r.version, r.zero) for r in await signed(evening)] == [(1, True), (2, False)]


async def test_what_changes_without_anybody_saying_so_is_found_at_the_next_cut_off(
    evening: Talk,
) -> None:
    await evening.observe("王芳")
    await evening.pass_time(TEN_HOURS)
    await evening.press("孙丽", "action.report")
    async with evening.db.write() as session:
        first = select(Obligation.id).where(Obligation.kind == Kind.CHECKIN)
        item = first.order_by(Obligation.due_at).limit(1)
        await session.execute(
            update(Obligation)
            .where(Obligation.id.in_(item))
            .values(outcome=Outcome.CANCELLED, outcome_at=evening.now - timedelta(hours=5))
        )
    letters = await evening.pass_time(timedelta(days=1))
    assert "zero.corrected" in keys(letters, "孙丽")
    assert [r.version for r in await signed(evening) if not r.zero][:2] == [1, 2]


async def test_what_happens_after_the_cut_off_changes_no_report(evening: Talk) -> None:
    await evening.pass_time(TEN_HOURS)
    await evening.press("孙丽", "action.report_zero")
    await sell(evening)
    letters = await evening.pass_time(timedelta(days=1))
    assert "zero.corrected" not in keys(letters, "孙丽")
    assert [report.version for report in await signed(evening)] == [1]


# -- the unit above -------------------------------------------------------------------------------


async def test_those_due_are_those_reported_and_those_missing_at_every_level(
    evening: Talk,
) -> None:
    await evening.pass_time(TEN_HOURS)
    await evening.press("孙丽", "action.report_zero")
    for who, due, reported in (("吴刚", 2, 1), ("钱伟", 1, 1), ("高峰", 1, 0)):
        letters = await evening.say(who, "/zero")
        (line,) = [t for one in letters for t in one.message.lines if t.key == "zero.standing"]
        assert (line.params["due"], line.params["reported"]) == (due, reported)
        parts = ("reported", "missing", "waived")
        assert line.params["due"] == sum(int(str(line.params[part])) for part in parts)


async def test_the_digest_of_the_next_day_balances_the_reports(evening: Talk) -> None:
    await evening.pass_time(TEN_HOURS)
    await evening.press("孙丽", "action.report_zero")
    await evening.pass_time(timedelta(days=1))
    async with evening.db.read() as session:
        top = await session.get_one(Unit, (await unit(evening, "清河区")).id)
        period = await closed_period(session, top, evening.now, ZONE)
        numbers = await count(session, top, period)
    balance = numbers.balances[Kind.ZERO]
    assert (balance.due, balance.reported, balance.missing) == (2, 1, 1)
    assert numbers.mismatches() == []


async def test_one_tap_reminds_the_missing_and_not_twice_in_an_hour(evening: Talk) -> None:
    await evening.pass_time(TEN_HOURS)
    await evening.press("孙丽", "action.report_zero")
    first = await evening.tap("吴刚", "a:reportnudge")
    assert {letter.to for letter in first if "zero.remind" in letter.keys} == {"何平"}
    again = await evening.tap("吴刚", "a:reportnudge")
    assert not [letter for letter in again if "zero.remind" in letter.keys]


@pytest.mark.parametrize("who", ["李强", "许红", "冯静", "路人"])
async def test_nobody_without_units_below_reminds_anybody(evening: Talk, who: str) -> None:
    await evening.pass_time(TEN_HOURS)
    told = keys(await evening.tap(who, "a:reportnudge"), who)
    assert told == ["access.supervisors_only"]


async def test_more_units_take_no_more_statements(evening: Talk) -> None:
    """A section is one statement, however many units owe a report."""
    top = await unit(evening, "清河区")
    period = Period(evening.now - timedelta(days=1), evening.now)
    sent = []
    for below in (0, 40):
        async with evening.db.write() as session:
            session.add_all(
                Unit(code=f"x{n}", name=f"x{n}", level=Level.GRID, path=f"{top.path}9{n}/")
                for n in range(below)
            )
        with counted(evening.db) as statements:
            async with evening.db.write() as session:
                await count_below(session, top, period, SECTIONS)
        sent.append(len(statements))
    assert sent[0] == sent[1] <= len(SECTIONS) + 4  # and the rules of the district
