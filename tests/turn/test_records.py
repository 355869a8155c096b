"""Registers: what one module declares is entered, seen, confirmed, followed up and counted."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

import pytest
from pydantic import Field
from talk import Talk

from handlers.engine.form import PersonName
from handlers.registers.declaration import FollowUp, Register
from handlers.registers.feature import feature_of
from handlers.registry import Registry
from models.accounts import Role
from models.audit import AuditRow
from models.leads import Lead, LeadOutcome
from models.obligations import Kind, Obligation, Outcome
from models.records import Verdict
from models.registers import Submission
from models.sources import Source
from models.tallies import Tally


class Banquet(Register):
    """A register that the program does not have: nothing but this declaration."""

    code = "banquet"
    enters = (Role.GRID_WORKER,)
    verifies = Role.TOWNSHIP
    follow_up = FollowUp(48, lambda told: told.tables > 20, ("held", "smaller"))
    counts = {"tables": lambda told: told.tables}

    name: PersonName
    tables: Annotated[int, Field(ge=1, le=200)]


SALE = ("林志明", "13812345681", "花园小区1栋1单元102", "退热药", "36.5", "提交")
ABSENT = ("陈小明", "三年级一班", "发热", "否", "13812345682", "花园小区5栋1单元301", "提交")
FEVER = ("陈建国", "13812345682", "花园小区5栋1单元301", "退热药", "38.2", "是", "提交")


async def sell(talk: Talk, lines: tuple[str, ...] = SALE) -> int:
    """A sale is entered; the id of its record."""
    await talk.tap("许红", "a:enter:drugsale")
    for line in lines:
        await talk.say("许红", line)
    return int((await talk.rows(Submission.id))[-1].id)


async def miss(talk: Talk) -> int:
    """A pupil is absent; the id of the record."""
    await talk.tap("马兰", "a:enter:absence")
    for line in ABSENT:
        await talk.say("马兰", line)
    return int((await talk.rows(Submission.id))[-1].id)


async def keys(talk: Talk, who: str, data: str) -> list[str]:
    """What she is told when she taps."""
    return [k for letter in await talk.tap(who, data) if letter.to == who for k in letter.keys]


async def open_of(talk: Talk, kind: Kind) -> list[Any]:
    columns = (Obligation.id, Obligation.unit_id, Obligation.outcome, Obligation.reason)
    return [
        row for row in await talk.rows(*columns, Obligation.kind, Obligation.opens_at)
        if row.kind == kind
    ]  # fmt: skip


# -- one declaration is enough ---------------------------------------------------------------------


async def test_a_register_needs_nothing_but_its_declaration(talk: Talk) -> None:
    talk.registry = Registry([feature_of((Banquet,))])
    await talk.tap("李强", "a:enter:banquet")
    for line in ("王芳", "25", "提交"):
        await talk.say("李强", line)
    tallied = {row.figure: row.n for row in await talk.rows(Tally.figure, Tally.n)}
    assert tallied == {"total": 1, "tables": 25}
    (follow,) = await open_of(talk, Kind.FOLLOW)
    await talk.tap("赵敏", f"a:followed:{follow.id}:held")
    (ended,) = await open_of(talk, Kind.FOLLOW)
    assert (ended.outcome, ended.reason) == (Outcome.DONE, "held")
    (record,) = await talk.rows(Submission.id)
    await talk.tap("钱伟", f"a:approve:{record.id}")
    assert [row.confirmed for row in await talk.rows(Verdict.confirmed)] == [True]


# -- who may -------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["孙丽", "钱伟", "吴刚"])
async def test_the_unit_and_whoever_stands_above_see_and_confirm_a_record(
    talk: Talk, who: str
) -> None:
    sale = await sell(talk)
    assert "records.one" in await keys(talk, who, f"a:row:{sale}")
    await talk.tap(who, f"a:approve:{sale}")
    assert len(await talk.rows(Verdict.submission_id)) == 1


@pytest.mark.parametrize("who", ["李强", "何平", "高峰", "冯静", "路人"])
@pytest.mark.parametrize("verb", ["row", "approve", "sendback"])
async def test_nobody_else_sees_or_confirms_it(talk: Talk, who: str, verb: str) -> None:
    sale = await sell(talk)
    assert await keys(talk, who, f"a:{verb}:{sale}") == ["access.denied"]
    assert not await talk.rows(Verdict.submission_id)


@pytest.mark.parametrize("who", ["李强", "孙丽", "路人"])
async def test_only_those_named_enter_a_record(talk: Talk, who: str) -> None:
    assert await keys(talk, who, "a:enter:drugsale") == ["records.not_yours"]


async def test_a_list_shows_the_records_of_ones_own_branch_alone(talk: Talk) -> None:
    await sell(talk)
    assert "records.line" in await keys(talk, "孙丽", "a:register:drugsale")
    assert "records.none" in await keys(talk, "何平", "a:register:drugsale")
    assert await keys(talk, "李强", "a:register:drugsale") == ["access.denied"]


async def test_nobody_confirms_what_she_entered_herself(talk: Talk) -> None:
    await talk.tap("孙丽", "a:enter:disinfect")
    for line in ("岗亭", "1", "30", "跳过", "提交"):
        await talk.say("孙丽", line)
    (record,) = await talk.rows(Submission.id)
    assert await keys(talk, "孙丽", f"a:approve:{record.id}") == ["records.judged"]
    assert "records.head" in await keys(talk, "钱伟", f"a:approve:{record.id}")


async def test_a_submission_of_another_form_is_no_record(talk: Talk) -> None:
    await talk.tap("冯静", "a:go:gate")
    await talk.say("冯静", "QH010101")
    (other,) = await talk.rows(Submission.id)
    assert await keys(talk, "吴刚", f"a:row:{other.id}") == ["unknown.button"]


# -- confirming ----------------------------------------------------------------------------------


async def test_one_tap_confirms_what_was_shown_and_nothing_that_came_meanwhile(
    talk: Talk,
) -> None:
    first = await sell(talk)
    await talk.tap("孙丽", "a:register:drugsale")
    second = await sell(talk)
    await talk.press("孙丽", "records.confirm_all")
    assert [row.submission_id for row in await talk.rows(Verdict.submission_id)] == [first]
    assert await keys(talk, "孙丽", f"a:approve:{first}") == ["records.judged"]
    await talk.tap("孙丽", f"a:approve:{second}")
    assert len(await talk.rows(Verdict.submission_id)) == 2


async def test_a_days_records_are_one_thing_to_do_until_none_waits(talk: Talk) -> None:
    first, second = await sell(talk), await sell(talk)
    (item,) = await open_of(talk, Kind.RECORD)
    await talk.tap("孙丽", f"a:approve:{first}")
    assert (await open_of(talk, Kind.RECORD))[0].outcome is None
    await talk.tap("孙丽", f"a:approve:{second}")
    assert (await open_of(talk, Kind.RECORD))[0].outcome == Outcome.DONE
    await sell(talk)
    (again,) = await open_of(talk, Kind.RECORD)
    assert (again.id, again.outcome) == (item.id, None)
    told = [letter.to for letter in await talk.pass_time(timedelta(hours=9))]
    assert told == ["孙丽"]


async def test_a_correction_waits_for_another_verdict(talk: Talk) -> None:
    sale = await sell(talk)
    await talk.tap("孙丽", f"a:approve:{sale}")
    await talk.tap("许红", f"a:correct:{sale}")
    await talk.say("许红", "提交")
    (item,) = await open_of(talk, Kind.RECORD)
    assert item.outcome is None
    newer = (await talk.rows(Submission.id))[-1].id
    await talk.tap("孙丽", f"a:approve:{newer}")
    assert len(await talk.rows(Verdict.submission_id)) == 2


# -- follow-ups and figures ------------------------------------------------------------------------


async def tallied(talk: Talk) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in await talk.rows(Tally.id, Tally.figure, Tally.n):
        found[row.figure] = found.get(row.figure, 0) + row.n
    return found


async def test_a_fever_asks_the_grid_that_the_address_leads_to(talk: Talk) -> None:
    await sell(talk, FEVER)
    told = {letter.to for letter in await talk.pass_time(timedelta())}
    assert told == {"李强", "赵敏"}


async def test_a_correction_moves_the_figures_and_ends_the_follow_up(talk: Talk) -> None:
    record = await miss(talk)
    assert await tallied(talk) == {"total": 1, "fever": 1, "unseen": 1}
    await talk.tap("马兰", f"a:correct:{record}")
    for line in ("修改", "已就诊", "是", "提交"):
        await talk.say("马兰", line)
    assert await tallied(talk) == {"total": 1, "fever": 1, "unseen": 0}
    (follow,) = await open_of(talk, Kind.FOLLOW)
    assert follow.outcome == Outcome.CANCELLED


async def test_what_was_followed_up_stays_so_after_a_correction(talk: Talk) -> None:
    record = await miss(talk)
    (follow,) = await open_of(talk, Kind.FOLLOW)
    await talk.tap("李强", f"a:followed:{follow.id}:clinic")
    assert (await tallied(talk))["followed"] == 1
    await talk.tap("马兰", f"a:correct:{record}")
    await talk.say("马兰", "提交")
    assert (await tallied(talk))["followed"] == 1
    assert len(await open_of(talk, Kind.FOLLOW)) == 1


async def test_a_withdrawal_takes_figures_and_follow_up_back(talk: Talk) -> None:
    record = await miss(talk)
    await talk.tap("马兰", f"a:withdraw:{record}")
    assert await tallied(talk) == {}
    (follow,) = await open_of(talk, Kind.FOLLOW)
    assert follow.outcome == Outcome.CANCELLED


async def test_a_look_at_a_record_leaves_its_proof(talk: Talk) -> None:
    sale = await sell(talk)
    await talk.tap("孙丽", f"a:row:{sale}")
    looks = await talk.rows(AuditRow.id, AuditRow.action, AuditRow.subject)
    assert ("record.read", f"submission:{sale}") in [(r.action, r.subject) for r in looks]


# -- leads -----------------------------------------------------------------------------------------


async def test_a_fever_is_a_lead_within_the_hour_and_nobody_is_asked_twice(talk: Talk) -> None:
    await sell(talk, FEVER)
    (duty,) = await open_of(talk, Kind.VERIFY)
    due = {row.id: row.due_at for row in await talk.rows(Obligation.id, Obligation.due_at)}
    assert due[duty.id] == talk.now + timedelta(hours=1)
    assert not await open_of(talk, Kind.FOLLOW)


async def test_two_pharmacies_that_tell_of_her_are_one_lead_with_two_sources(talk: Talk) -> None:
    await sell(talk, FEVER)
    await sell(talk, FEVER)
    assert len(await talk.rows(Lead.id)) == 1
    assert [row.channel for row in await talk.rows(Source.channel)] == ["sentinel", "sentinel"]


async def test_a_sale_without_a_fever_after_all_takes_its_lead_back(talk: Talk) -> None:
    sale = await sell(talk, FEVER)
    await talk.tap("许红", f"a:correct:{sale}")
    for line in ("修改", "体温", "36.8", "提交"):
        await talk.say("许红", line)
    assert await tallied(talk) == {"total": 1, "fever": 0, "referred": 0}
    assert [row.outcome for row in await talk.rows(Lead.outcome)] == [LeadOutcome.WITHDRAWN]


async def test_a_correction_of_another_answer_leaves_the_lead_alone(talk: Talk) -> None:
    sale = await sell(talk, FEVER)
    await talk.tap("许红", f"a:correct:{sale}")
    for line in ("修改", "体温", "38.9", "提交"):
        await talk.say("许红", line)
    newer = (await talk.rows(Submission.id))[-1].id
    assert [row.outcome for row in await talk.rows(Lead.outcome)] == [None]
    assert [row.submission_id for row in await talk.rows(Source.submission_id)] == [newer]


async def test_a_withdrawn_sale_takes_its_own_source_back_and_no_other(talk: Talk) -> None:
    first, second = await sell(talk, FEVER), await sell(talk, FEVER)
    await talk.tap("许红", f"a:withdraw:{first}")
    assert [row.submission_id for row in await talk.rows(Source.submission_id)] == [second]
    assert [row.outcome for row in await talk.rows(Lead.outcome)] == [None]
    await talk.tap("许红", f"a:withdraw:{second}")
    assert [row.outcome for row in await talk.rows(Lead.outcome)] == [LeadOutcome.WITHDRAWN]


async def test_the_pharmacy_hears_once_that_she_was_seen_to_and_it_counts(talk: Talk) -> None:
    await sell(talk, FEVER)
    (duty,) = await open_of(talk, Kind.VERIFY)
    letters = await talk.tap("李强", f"a:tried:{duty.id}:empty_number")
    assert [k for one in letters if one.to == "许红" for k in one.keys] == ["replied.no_number"]
    assert (await tallied(talk))["followed"] == 1
    finding = (await talk.rows(Submission.id))[-1].id
    await talk.tap("李强", f"a:withdraw:{finding}")
    assert "followed" not in await tallied(talk)


async def test_a_corrected_number_asks_again_for_whom_nobody_could_reach(talk: Talk) -> None:
    sale = await sell(talk, FEVER)
    (duty,) = await open_of(talk, Kind.VERIFY)
    await talk.tap("李强", f"a:tried:{duty.id}:empty_number")
    await talk.tap("许红", f"a:correct:{sale}")
    for line in ("修改", "手机", "13812345600", "提交"):
        await talk.say("许红", line)
    outcomes = [row.outcome for row in await talk.rows(Lead.id, Lead.outcome)]
    assert outcomes == [LeadOutcome.EMPTY_NUMBER, None]
