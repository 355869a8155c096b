"""Ledgers: who may have which of what, masked or not, through real taps."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from cases import account_of
from sqlalchemy import select
from talk import Read, Talk

from models.audit import AuditRow
from models.documents.templates import TEMPLATE, Template
from models.errands import IMPORT, Errand, NewHeadings
from models.jobs import Job, JobState, file_job, task_of
from models.ledgers.headings import load
from models.units import unit_by_code

GRID, VILLAGE, ABOVE, BESIDE, INSPECTOR = "李强", "孙丽", "钱伟", "高峰", "郑义"
DISTRICT = "吴刚"
PEOPLE = ("leads", "observed", "test")


def refused(letters: Sequence[Read]) -> bool:
    return any(key.startswith("access.") for one in letters for key in one.keys)


async def asked(talk: Talk) -> list[dict[str, object]]:
    async with talk.db.read() as session:
        return [task_of(job) for job in await session.scalars(select(Job).order_by(Job.id))]


async def id_of(talk: Talk, code: str) -> int:
    async with talk.db.read() as session:
        unit = await unit_by_code(session, code)
    assert unit is not None
    return unit.id


@pytest.mark.parametrize("person", ["路人", "冯静"])
async def test_residents_and_administrators_have_none(talk: Talk, person: str) -> None:
    await talk.say(person, "/help")
    for code in ("leads", "problems", "drugsale", "guestout"):
        for rest in ("", ":today", ":days", ":unit", "::0:w", ":today:0:w"):
            assert refused(await talk.tap(person, f"a:ledger:{code}{rest}")), (code, rest)
    assert refused(await talk.say(person, "/export"))
    assert await asked(talk) == []


@pytest.mark.parametrize("person", ["马兰", "许红"])
async def test_who_only_enters_has_what_she_entered_masked(talk: Talk, person: str) -> None:
    await talk.say(person, "/help")
    assert not refused(letters := await talk.say(person, "/export"))
    assert letters[0].keys[0] == "ledger.none_entered"
    above = await id_of(talk, "QH01")
    for code in (*PEOPLE, "problems"):
        assert refused(await talk.tap(person, f"a:ledger:{code}:today"))
    for rest in (":today:0:w", "::0:w", ":days:0:w", f":today:{above}", f":unit:{above}"):
        assert refused(await talk.tap(person, f"a:ledger:drugsale{rest}")), rest
    assert await asked(talk) == []
    assert not refused(await talk.tap(person, "a:ledger:drugsale:today"))
    (task,) = await asked(talk)
    assert (task["ledger"], task["whole"]) == ("drugsale", False)


async def test_a_grid_worker_has_her_own_people_masked_and_nothing_else(talk: Talk) -> None:
    await talk.say(GRID, "/help")
    above = await id_of(talk, "QH0101")
    for code in PEOPLE:
        assert not refused(await talk.tap(GRID, f"a:ledger:{code}:today"))
        for rest in (":today:0:w", "::0:w", ":days:0:w", f":today:{above}", f":unit:{above}"):
            assert refused(await talk.tap(GRID, f"a:ledger:{code}{rest}")), rest
    for rest in (":today:0:w", f":today:{above}"):  # what she enters herself
        assert refused(await talk.tap(GRID, f"a:ledger:disinfect{rest}"))
    for code in ("problems", "drugsale", "guest", "guestout", "supplies"):
        assert refused(await talk.tap(GRID, f"a:ledger:{code}:today"))
    assert {(one["ledger"], one["whole"]) for one in await asked(talk)} == {
        (code, False) for code in PEOPLE
    }


async def test_a_supervisor_has_her_branch_and_no_other(talk: Talk) -> None:
    below, beside = await id_of(talk, "QH010102"), await id_of(talk, "QH0201")
    for person, own, other in ((ABOVE, below, beside), (BESIDE, beside, below)):
        await talk.say(person, "/help")
        for code in (*PEOPLE, "problems", "drugsale", "guestout"):
            assert not refused(await talk.tap(person, f"a:ledger:{code}:today:{own}"))
            for how in ("", "w"):
                assert refused(await talk.tap(person, f"a:ledger:{code}:today:{other}:{how}"))
    assert {one["unit"] for one in await asked(talk)} == {below, beside}


async def test_an_inspector_has_the_registers_that_she_reads_masked(talk: Talk) -> None:
    await talk.say(INSPECTOR, "/help")
    for code in ("problems", "drugsale", "guest"):
        assert not refused(await talk.tap(INSPECTOR, f"a:ledger:{code}:today"))
        assert refused(await talk.tap(INSPECTOR, f"a:ledger:{code}:today:0:w"))
    for code in (*PEOPLE, "absence"):
        assert refused(await talk.tap(INSPECTOR, f"a:ledger:{code}:today"))


async def test_in_full_only_after_a_reason_which_is_written_down(talk: Talk) -> None:
    await talk.say(VILLAGE, "/help")
    await talk.tap(VILLAGE, "a:ledger:leads:today:0:w")
    assert await asked(talk) == []
    await talk.say(VILLAGE, "疾控来函核对名单")
    (task,) = await asked(talk)
    assert (task["whole"], task["reason"]) == (True, "疾控来函核对名单")
    async with talk.db.read() as session:
        rows = await session.scalars(select(AuditRow).where(AuditRow.action == "ledger.asked"))
        (row,) = rows.all()
    assert row.reason == "疾控来函核对名单"
    assert row.facts["number"] == task["number"]
    assert (row.facts["ledger"], row.facts["whole"]) == ("leads", True)


@pytest.mark.parametrize(
    "tap", ["ledger", "ledger:x", "ledger:leads:x", "ledger:leads:year", "ledger:leads:0"]
)
async def test_other_claims_are_no_buttons(talk: Talk, tap: str) -> None:
    await talk.say(ABOVE, "/help")
    letters = await talk.tap(ABOVE, f"a:{tap}")
    assert [key for one in letters for key in one.keys] == ["unknown.button"]
    assert await asked(talk) == []


async def test_the_columns_are_the_districts_to_decide_on(talk: Talk) -> None:
    taps = ("headings", "headings:leads", "headings:leads:get", "headings:leads:use:0")
    async with talk.db.write() as session:
        columns = [("phone", "电话"), ("name", "姓名")]
        told = NewHeadings(ledger="leads", columns=columns)
        errand = Errand(channel="console", file="f", name="f.xlsx", key="k", headings=told)
        for kind in (IMPORT, TEMPLATE):
            by = (await account_of(session, DISTRICT)).id
            job = await file_job(session, kind, by, errand.model_dump(), talk.now)
            job.state = JobState.ASKING
    for person in ("路人", "马兰", "冯静", GRID, VILLAGE, ABOVE, INSPECTOR):
        await talk.say(person, "/help")
        for tap in (*taps, "newheadings:1:adopt", "newheadings:1:rows", "newheadings:1:drop"):
            assert refused(await talk.tap(person, f"a:{tap}")), (person, tap)
    await talk.say(DISTRICT, "/help")
    for tap in taps:
        assert not refused(await talk.tap(DISTRICT, f"a:{tap}"))
    for tap, key in (
        ("sheet:1:go", "sheet.over"),
        ("sheet:1:show", "sheet.over"),
        ("newheadings:2:adopt", "headings.over"),  # a document's
        ("newheadings:1:x", "unknown.button"),
        ("newheadings:1:adopt", "headings.adopted"),
        ("newheadings:1:adopt", "headings.over"),
    ):
        (letter,) = await talk.tap(DISTRICT, f"a:{tap}")
        assert letter.keys[0] == key, tap
    async with talk.db.read() as session:
        (kept,) = await session.scalars(select(Template))
    assert (kept.kind, kept.version, kept.in_force) == ("ledger.leads", 1, True)
    assert [(one.code, one.words) for one in load(kept.content)] == columns
