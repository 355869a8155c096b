"""From a report to a verified lead: whose grid it is, and what becomes of it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from cases import ZONE, account_of, document_of, duty, lead_of, person_of, report_of, unit_of
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.clock import local_day
from models.leads import Lead, LeadOutcome
from models.leadwork import reopen_lead
from models.obligations import Due, Kind, Obligation, Outcome, by_key, claim_due
from models.people import Household, address_index
from models.placing import grid_for
from models.verification import (
    KEEP_DAYS,
    TIME_TO_ACT,
    claim,
    close_lead,
    open_lead,
    remember_person,
    verify_key,
)

HOUR = timedelta(hours=1)


async def led_to(session: AsyncSession, address: str, gate: str = "") -> str | None:
    top = await unit_of(session, "清河区")
    found = await grid_for(session, address, await unit_of(session, gate) if gate else None, top)
    return found.name if found else None


async def verification(session: AsyncSession, lead: Lead) -> Obligation:
    found = await by_key(session, verify_key(lead.id))
    assert found is not None
    return found


# -- whose grid -----------------------------------------------------------------------------------


async def test_a_known_door_leads_to_its_grid(session: AsyncSession) -> None:
    assert await led_to(session, "花园小区 5栋 1单元 301") == "花园小区一网格"


async def test_a_known_door_wins_over_the_gate(session: AsyncSession) -> None:
    assert await led_to(session, "花园小区5栋1单元301", "花园社区") == "花园小区一网格"


async def test_a_door_outside_the_gates_unit_does_not_count(session: AsyncSession) -> None:
    assert await led_to(session, "花园小区5栋1单元301", "柳林村一网格") == "柳林村一网格"


@pytest.mark.parametrize("gate", ["花园小区二网格", "花园社区"])
async def test_the_gate_of_a_grid_or_village_decides_for_an_unknown_door(
    session: AsyncSession, gate: str
) -> None:
    assert await led_to(session, "某楼1号", gate) == gate


async def test_the_gate_of_a_township_only_narrows_the_search(session: AsyncSession) -> None:
    assert await led_to(session, "柳林村9组99号", "柳林乡") == "柳林村"
    assert await led_to(session, "柳林村9组99号", "城关镇") is None


@pytest.mark.parametrize(
    ("address", "unit"),
    [
        ("柳林村9组99号", "柳林村"),
        ("城关镇花园社区9号", "花园社区"),
        ("花园社区 花园小区二网格 3栋", "花园小区二网格"),
        ("柳林村 一网格 7号", "柳林村一网格"),
        ("城关镇某街1号", None),
        ("", None),
    ],
)
async def test_without_a_gate_the_deepest_unit_named_in_the_address_decides(
    session: AsyncSession, address: str, unit: str | None
) -> None:
    assert await led_to(session, address) == unit


@pytest.mark.parametrize(
    ("written", "gate"),
    [
        ("花园小区 5#-1-301", ""),
        ("城关镇花园社区花园小区五栋一单元三〇一", ""),
        ("清河区 城关镇 花园社区 花园小区5-1-301", "花园社区"),
    ],
)
async def test_another_spelling_leads_to_the_grid_of_the_door(
    session: AsyncSession, written: str, gate: str
) -> None:
    """Before the village that it names, and before the gate's own unit."""
    assert await led_to(session, written, gate or None) == "花园小区一网格"


async def test_a_door_of_two_grids_leads_to_one_of_them(session: AsyncSession) -> None:
    other = await unit_of(session, "柳林村一网格")
    door = "花园小区5栋1单元301"
    session.add(Household(unit_id=other.id, address=door, address_index=address_index(door)))
    await session.flush()
    assert await led_to(session, door, "柳林乡") == "柳林村一网格"


# -- who is meant ---------------------------------------------------------------------------------


async def test_a_new_person_is_remembered_with_the_day_she_is_forgotten(
    session: AsyncSession, now: datetime
) -> None:
    person, new = await remember_person(session, await report_of(session, "王芳", now), now)
    assert new
    assert (person.name, person.phone, person.address) == (
        "王芳",
        "13812345678",
        "花园小区3栋2单元501",
    )
    assert person.purge_on == local_day(now, ZONE) + timedelta(days=KEEP_DAYS)


async def test_what_a_stranger_tells_changes_nothing_about_somebody_known(
    session: AsyncSession, now: datetime
) -> None:
    told = await report_of(
        session, "陈建国", now, name="假名", phone="13900000000", address="别处1号"
    )
    before = (await person_of(session, "陈建国")).purge_on
    person, new = await remember_person(session, told, now)
    assert not new
    assert person is await person_of(session, "陈建国")
    assert (person.name, person.phone) == ("陈建国", "13812345682")
    assert person.purge_on == before


async def test_a_newer_report_keeps_a_person_for_as_long_as_itself(
    session: AsyncSession, now: datetime
) -> None:
    person, _ = await remember_person(session, await report_of(session, "王芳", now), now)
    later = now + timedelta(days=KEEP_DAYS - 1)
    await remember_person(session, await report_of(session, "王芳", later), later)
    assert person.purge_on == local_day(later, ZONE) + timedelta(days=KEEP_DAYS)
    await remember_person(session, await report_of(session, "王芳", now), later)
    assert person.purge_on == local_day(later, ZONE) + timedelta(days=KEEP_DAYS)


async def test_one_document_is_one_person(session: AsyncSession, now: datetime) -> None:
    one, _ = await remember_person(session, await report_of(session, "王芳", now), now)
    two, new = await remember_person(
        session, await report_of(session, "王芳", now, name="王 芳"), now
    )
    assert one is two
    assert not new
    assert (await person_of(session, "王芳")).id_number == document_of("王芳").number


# -- the lead -------------------------------------------------------------------------------------


async def test_a_lead_of_somebody_who_is_here_opens_now_for_two_hours(
    session: AsyncSession, now: datetime
) -> None:
    lead = await lead_of(session, "王芳", now, at=now - 5 * HOUR)
    item = await verification(session, lead)
    assert (item.kind, item.opens_at, item.due_at) == (Kind.VERIFY, now, now + TIME_TO_ACT)
    assert (item.person_id, item.lead_id) == (lead.person_id, lead.id)
    assert await claim_due(session, now, 10) == [item]


async def test_a_planned_arrival_opens_in_the_morning_of_its_day(
    session: AsyncSession, now: datetime
) -> None:
    arrival = now + timedelta(days=3, hours=7)  # Thursday 15:00
    lead = await lead_of(session, "王芳", now, at=arrival)
    item = await verification(session, lead)
    assert item.opens_at == now + timedelta(days=3)  # 08:00
    assert item.due_at == arrival + TIME_TO_ACT
    assert await claim_due(session, now + timedelta(days=3) - timedelta(seconds=1), 10) == []
    assert await claim_due(session, now + timedelta(days=3), 10) == [item]


async def test_an_arrival_later_today_opens_now(session: AsyncSession, now: datetime) -> None:
    item = await verification(session, await lead_of(session, "王芳", now, at=now + 4 * HOUR))
    assert (item.opens_at, item.due_at) == (now, now + 4 * HOUR + TIME_TO_ACT)


@pytest.mark.parametrize("hours", [14, 18, 22.5])
async def test_an_arrival_in_the_night_leaves_the_worker_her_morning(
    session: AsyncSession, now: datetime, hours: float
) -> None:
    """Monday 22:00, Tuesday 02:00 and 06:30: nobody is expected at the door before seven."""
    arrival = now + timedelta(hours=hours)
    item = await verification(session, await lead_of(session, "王芳", now, at=arrival))
    assert item.opens_at < item.due_at
    assert item.due_at == now + timedelta(hours=23) + TIME_TO_ACT


async def test_a_newer_report_is_taken_in_by_the_lead_that_is_open(
    session: AsyncSession, now: datetime
) -> None:
    first = await lead_of(session, "王芳", now)
    item = await verification(session, first)
    second = await lead_of(session, "王芳", now + HOUR, by="赵敏", origin="北京市")
    assert second is first
    assert (first.origin, first.outcome) == ("北京市", None)
    assert (item.opens_at, item.due_at) == (now + HOUR, now + HOUR + TIME_TO_ACT)
    assert await claim_due(session, now + HOUR, 10) == [item]


async def test_a_lead_that_was_claimed_stays_with_its_worker(
    session: AsyncSession, now: datetime
) -> None:
    lead = await lead_of(session, "王芳", now)
    item = await verification(session, lead)
    worker = await account_of(session, "李强")
    await claim(session, item, worker.id, now)
    await lead_of(session, "王芳", now + HOUR, at=now, origin="北京市")
    assert (item.owner_id, lead.claimed_by) == (worker.id, worker.id)
    assert item.due_at == now + TIME_TO_ACT, "only another arrival moves what she has promised"
    await lead_of(session, "王芳", now + HOUR, at=now + 6 * HOUR)
    assert (item.owner_id, item.due_at) == (worker.id, now + 6 * HOUR + TIME_TO_ACT)


async def test_who_reports_to_another_unit_takes_her_own_lead_along_and_nobody_elses(
    session: AsyncSession, now: datetime
) -> None:
    elsewhere = (await unit_of(session, "柳林村一网格")).id
    hers = await lead_of(session, "王芳", now, by="李强")
    strangers = await lead_of(session, "王芳", now, by="刘洋", unit_id=elsewhere)
    assert (hers.outcome, strangers.outcome) == (None, None)
    report = await report_of(session, "王芳", now + HOUR, unit_id=elsewhere)
    person, by = await person_of(session, "王芳"), await account_of(session, "李强")
    moved, before = await open_lead(session, report, person, by.id, None, now + HOUR, ZONE)
    assert moved is strangers
    assert {one.lead_id for one in before} == {hers.id, strangers.id}
    assert (hers.outcome, hers.outcome_at) == (LeadOutcome.MERGED, now + HOUR)
    old = await verification(session, hers)
    assert (old.outcome, old.reason) == (Outcome.CANCELLED, LeadOutcome.MERGED)


async def test_who_reported_herself_stays_the_one_to_be_told(
    session: AsyncSession, now: datetime
) -> None:
    lead = await lead_of(session, "王芳", now, by="李强")
    own, other = await account_of(session, "李强"), await account_of(session, "刘洋")
    await lead_of(session, "王芳", now, by="刘洋")
    assert lead.account_id == other.id, "nobody knew that it was she"
    lead.account_id, own.person_id = own.id, (await person_of(session, "王芳")).id
    await session.flush()
    assert await lead_of(session, "王芳", now, by="刘洋") is lead
    assert lead.account_id == own.id


async def test_a_corrected_paper_keeps_the_lead(session: AsyncSession, now: datetime) -> None:
    lead = await lead_of(session, "王芳", now)
    report = await report_of(session, "林志明", now)
    other, _ = await remember_person(session, report, now)
    by = await account_of(session, "李强")
    found, before = await open_lead(session, report, other, by.id, None, now, ZONE, lead)
    assert (found, found.person_id) == (lead, other.id)
    assert (await verification(session, lead)).person_id == other.id
    assert [(one.lead_id, one.unit_id) for one in before] == [(lead.id, lead.unit_id)]


async def test_a_closed_lead_is_not_merged(session: AsyncSession, now: datetime) -> None:
    first = await lead_of(session, "王芳", now)
    worker = await account_of(session, "李强")
    await close_lead(session, first, LeadOutcome.NO_RISK, worker.id, now)
    await lead_of(session, "王芳", now + HOUR)
    assert first.outcome == LeadOutcome.NO_RISK


@pytest.mark.parametrize(
    ("outcome", "after", "ended"),
    [
        (LeadOutcome.VERIFIED, HOUR, Outcome.DONE),
        (LeadOutcome.NO_RISK, 2 * HOUR, Outcome.DONE),
        (LeadOutcome.EMPTY_NUMBER, 3 * HOUR, Outcome.LATE),
        (LeadOutcome.WITHDRAWN, HOUR, Outcome.CANCELLED),
    ],
)
async def test_a_lead_and_its_verification_end_together(
    session: AsyncSession,
    now: datetime,
    outcome: LeadOutcome,
    after: timedelta,
    ended: Outcome,
) -> None:
    lead = await lead_of(session, "王芳", now)
    worker = await account_of(session, "李强")
    await close_lead(session, lead, outcome, worker.id, now + after)
    item = await verification(session, lead)
    assert (lead.outcome, lead.outcome_by) == (outcome, worker.id)
    assert (item.outcome, item.reason, item.outcome_by) == (ended, outcome, worker.id)
    assert await claim_due(session, now + timedelta(days=9), 10) == []


async def test_a_finding_taken_back_gives_the_lead_back_with_time_to_act(
    session: AsyncSession, now: datetime
) -> None:
    lead = await lead_of(session, "王芳", now)
    worker = await account_of(session, "李强")
    await close_lead(session, lead, LeadOutcome.NO_RISK, worker.id, now + HOUR)
    await reopen_lead(session, lead, now + 5 * HOUR)
    item = await verification(session, lead)
    assert (lead.outcome, lead.outcome_at, lead.outcome_by) == (None, None, None)
    assert (item.outcome, item.reason, item.rounds) == (None, None, 1)
    assert item.due_at == now + 5 * HOUR + TIME_TO_ACT
    look = await session.scalar(select(Due.next_action_at).where(Due.obligation_id == item.id))
    assert look == item.due_at


# -- taking it on ---------------------------------------------------------------------------------


async def test_the_first_to_claim_has_it(session: AsyncSession, now: datetime) -> None:
    lead = await lead_of(session, "王芳", now)
    item = await verification(session, lead)
    one, two = await account_of(session, "李强"), await account_of(session, "赵敏")
    assert await claim(session, item, one.id, now)
    assert not await claim(session, item, two.id, now + HOUR)
    assert await claim(session, item, one.id, now + HOUR)
    assert (item.owner_id, lead.claimed_by, lead.claimed_at) == (one.id, one.id, now)


async def test_an_alert_is_claimed_without_a_lead(session: AsyncSession, now: datetime) -> None:
    item = await duty(session, "alert:fever:ob1", now, kind=Kind.ALERT)
    worker = await account_of(session, "李强")
    assert await claim(session, item, worker.id, now)
    assert item.owner_id == worker.id
