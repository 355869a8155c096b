"""Residents away: the rhythm of contacts, the lead of a return, how it ends, what we knew when."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from cases import ZONE, account_of, lead_of, person_of, staff_of, unit_of
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from models.away import (
    Absence,
    AbsenceContact,
    AwayEnd,
    Intention,
    Promise,
    Told,
    contact_key,
    missed_in_a_row,
)
from models.handover import begin, end
from models.homecoming import expected_by
from models.leads import Lead, LeadOutcome, LeadSource
from models.leadwork import reopen_lead
from models.merging import merge
from models.obligations import Kind, Obligation, Outcome, by_key
from models.people import Person
from models.reports.arrivals import arrivals
from models.reports.periods import Period
from models.returns import expect, note_missed, record_contact
from models.rules import Rules
from models.sources import Source
from models.staffing import end_role
from models.verification import close_lead, verify_key

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def absence_of(
    session: AsyncSession, now: datetime, told: Told, name: str = "陈建国"
) -> Absence:
    """Somebody of the roster goes away; 李强 has just talked to her."""
    person, worker = await person_of(session, name), await account_of(session, "李强")
    found = Absence(
        person_id=person.id,
        unit_id=person.unit_id,
        owner_id=worker.id,
        place="深圳",
        intention=told.intention,
        promise=told.promise,
        created_at=now,
        created_by=worker.id,
        rounds=0,
    )
    session.add(found)
    await session.flush()
    await talk(session, found, told, now)
    return found


async def talk(
    session: AsyncSession, absence: Absence, told: Told, now: datetime, *, put_right: bool = False
) -> None:
    person = await person_of(session, "陈建国")
    await record_contact(session, absence, person, told, 1, Rules(), now, ZONE, put_right=put_right)


def planned(at: datetime) -> Told:
    return Told(Intention.PLANNED, Promise.WORD, at)


STAYING = Told(Intention.STAYING, Promise.WRITTEN)


async def contact_due(session: AsyncSession, absence: Absence) -> Obligation | None:
    found = await by_key(session, contact_key(absence))
    return found if found is not None and found.is_open() else None


async def lead_of_return(session: AsyncSession, absence: Absence) -> Lead:
    found = await expected_by(session, absence.person_id)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("promise", "on"),
    [(Promise.WRITTEN, 11), (Promise.NONE, 11), (Promise.WORD, 7)],
)
async def test_one_who_gave_only_her_word_is_called_sooner(
    session: AsyncSession, now: datetime, promise: Promise, on: int
) -> None:
    absence = await absence_of(session, now, Told(Intention.STAYING, promise))
    due = await contact_due(session, absence)
    assert due is not None
    assert due.due_at.astimezone(ZONE).date() == absence.next_on == date(2022, 7, on)


async def test_a_contact_is_done_and_the_next_has_its_day(
    session: AsyncSession, now: datetime
) -> None:
    absence = await absence_of(session, now, STAYING)
    first = await contact_due(session, absence)
    await talk(session, absence, STAYING, now + 7 * DAY)
    assert first is not None
    assert first.outcome == Outcome.DONE
    assert absence.next_on == date(2022, 7, 18)


async def test_a_second_tap_of_the_same_thumb_is_the_same_contact(
    session: AsyncSession, now: datetime
) -> None:
    absence = await absence_of(session, now, STAYING)
    await talk(session, absence, Told(Intention.UNDECIDED, Promise.WRITTEN), now + HOUR / 60)
    contacts = list(await session.scalars(select(AbsenceContact)))
    assert [one.intention for one in contacts] == [Intention.UNDECIDED]
    duties = select(func.count()).where(Obligation.kind == Kind.AWAY, Obligation.outcome.is_(None))
    assert await session.scalar(duties) == 1


async def test_attempts_in_vain_leave_the_contact_due(session: AsyncSession, now: datetime) -> None:
    absence = await absence_of(session, now, STAYING)
    for hours in (3, 5):
        await note_missed(session, absence, 1, now + hours * HOUR)
    assert await missed_in_a_row(session, absence) == 2
    assert await contact_due(session, absence) is not None


async def test_a_person_is_away_once(session: AsyncSession, now: datetime) -> None:
    await absence_of(session, now, STAYING)
    with pytest.raises(IntegrityError):
        await absence_of(session, now, STAYING)


# -- returns --------------------------------------------------------------------------------------


async def test_a_planned_return_becomes_a_lead_on_its_day(
    session: AsyncSession, now: datetime
) -> None:
    absence = await absence_of(session, now, planned(now + 2 * DAY))
    lead = await lead_of_return(session, absence)
    duty = await by_key(session, verify_key(lead.id))
    assert duty is not None
    assert duty.opens_at.astimezone(ZONE).date() == date(2022, 7, 6)
    assert await contact_due(session, absence) is None


async def test_a_far_return_is_called_until_then(session: AsyncSession, now: datetime) -> None:
    absence = await absence_of(session, now, planned(now + 20 * DAY))
    assert await contact_due(session, absence) is not None


async def test_whoever_stays_after_all_is_not_expected_any_more(
    session: AsyncSession, now: datetime
) -> None:
    absence = await absence_of(session, now, planned(now + 2 * DAY))
    lead = await lead_of_return(session, absence)
    await talk(session, absence, STAYING, now + DAY)
    assert (lead.outcome, absence.planned_at) == ("withdrawn", None)
    assert await contact_due(session, absence) is not None


async def test_her_own_report_and_her_workers_note_are_one_lead(
    session: AsyncSession, now: datetime
) -> None:
    absence = await absence_of(session, now, planned(now + 2 * DAY))
    lead = await lead_of(session, "陈建国", now + HOUR, by="陈建国", at=now + 3 * DAY)
    await talk(session, absence, planned(now + 4 * DAY), now + DAY)
    assert await session.scalar(select(func.count()).select_from(Lead)) == 1
    assert lead.transport == "train G1234"
    heard_by = await session.scalars(select(Source.channel).where(Source.lead_id == lead.id))
    assert set(heard_by) == {LeadSource.VISIT, LeadSource.SELF_REPORT}
    assert lead.source == LeadSource.VISIT, "counted once, by who told first"
    assert lead.account_id == (await account_of(session, "陈建国")).id
    assert lead.expected_at == now + 4 * DAY


@pytest.mark.parametrize("outcome", [LeadOutcome.NO_ANSWER, LeadOutcome.WITHDRAWN])
async def test_one_who_did_not_come_is_called_at_once(
    session: AsyncSession, now: datetime, outcome: LeadOutcome
) -> None:
    absence = await absence_of(session, now, planned(now + DAY))
    lead = await lead_of_return(session, absence)
    await close_lead(session, lead, outcome, 1, now + 26 * HOUR)
    due = await contact_due(session, absence)
    assert due is not None
    assert due.opens_at == now + 26 * HOUR
    assert (absence.intention, absence.ended_at) == (Intention.UNDECIDED, None)


async def test_found_here_as_told_ends_the_record(session: AsyncSession, now: datetime) -> None:
    absence = await absence_of(session, now, planned(now + DAY))
    lead = await lead_of_return(session, absence)
    await close_lead(session, lead, LeadOutcome.NO_RISK, 1, now + 26 * HOUR)
    assert absence.ended_how == AwayEnd.RETURNED
    await reopen_lead(session, lead, now + 27 * HOUR)
    assert (absence.ended_how, absence.ended_at) == (None, None)


@pytest.mark.parametrize(
    ("source", "end"),
    [
        (LeadSource.VISIT, AwayEnd.UNANNOUNCED),
        (LeadSource.TIP, AwayEnd.UNANNOUNCED),
        (LeadSource.SELF_REPORT, AwayEnd.RETURNED),
    ],
)
async def test_unannounced_is_who_was_found_by_others(
    session: AsyncSession, now: datetime, source: LeadSource, end: AwayEnd
) -> None:
    absence = await absence_of(session, now, STAYING)
    lead = await lead_of(session, "陈建国", now + DAY, at=now + 20 * HOUR, source=source)
    assert absence.ended_at is None, "a report alone ends nothing"
    await close_lead(session, lead, LeadOutcome.NO_RISK, 1, now + DAY + HOUR)
    assert absence.ended_how == end
    assert await contact_due(session, absence) is None


async def test_a_false_report_leaves_her_away(session: AsyncSession, now: datetime) -> None:
    absence = await absence_of(session, now, STAYING)
    lead = await lead_of(session, "陈建国", now + DAY, source=LeadSource.TIP)
    await close_lead(session, lead, LeadOutcome.DUPLICATE, 1, now + DAY + HOUR)
    assert absence.ended_at is None
    assert await contact_due(session, absence) is not None


# -- known within two hours -----------------------------------------------------------------------


async def known(session: AsyncSession, now: datetime) -> tuple[int, int]:
    unit = await unit_of(session, "清河区")
    found = await arrivals(session, unit, Period(now - DAY, now + DAY), Rules())
    return found.known, found.total


@pytest.mark.parametrize(
    ("arrived_before", "within"),
    [(0, 1), (2, 1), (2.01, 0), (20, 0)],
)
async def test_known_in_time_is_two_hours_after_arrival(
    session: AsyncSession, now: datetime, arrived_before: float, within: int
) -> None:
    await lead_of(session, "陈建国", now, at=now - arrived_before * HOUR)
    assert await known(session, now) == (within, 1)


async def test_an_hour_put_right_later_does_not_make_us_late(
    session: AsyncSession, now: datetime
) -> None:
    await lead_of(session, "陈建国", now, at=now - HOUR)
    await lead_of(session, "陈建国", now + 5 * HOUR, at=now - 2 * HOUR)
    assert await known(session, now) == (1, 1)


async def test_one_who_came_before_her_planned_day_was_not_known(
    session: AsyncSession, now: datetime
) -> None:
    absence = await absence_of(session, now - 5 * DAY, planned(now + 3 * DAY))
    person = await person_of(session, "陈建国")
    await expect(session, absence, person, now - 10 * HOUR, now, ZONE)
    assert await known(session, now) == (0, 1)


async def test_a_planned_return_counts_when_it_was_verified(
    session: AsyncSession, now: datetime
) -> None:
    absence = await absence_of(session, now - DAY, planned(now))
    assert await known(session, now) == (0, 0)
    lead = await lead_of_return(session, absence)
    await close_lead(session, lead, LeadOutcome.NO_RISK, 1, now + HOUR)
    assert await known(session, now) == (1, 1)


async def test_what_turned_out_to_be_nothing_is_no_arrival(
    session: AsyncSession, now: datetime
) -> None:
    lead = await lead_of(session, "陈建国", now, at=now - 9 * HOUR)
    await close_lead(session, lead, LeadOutcome.DUPLICATE, 1, now + HOUR)
    assert await known(session, now) == (0, 0)


async def test_whoever_is_away_goes_with_her_workers_work_and_comes_back(
    session: AsyncSession, now: datetime
) -> None:
    absence = await absence_of(session, now, STAYING)
    mine, other = await account_of(session, "李强"), await account_of(session, "赵敏")
    leave, _ = await begin(session, mine.id, other.id, now + 30 * DAY, now)
    assert (absence.owner_id, absence.held_for_id) == (other.id, mine.id)
    # What is due next is the stand-in's too, and goes back with the rest.
    await talk(session, absence, STAYING, now + DAY)
    due = await contact_due(session, absence)
    assert due is not None
    assert (due.owner_id, due.held_for_id) == (other.id, mine.id)
    await end(session, leave, now + 2 * DAY)
    await session.refresh(due)
    assert (absence.owner_id, absence.held_for_id) == (mine.id, None)
    assert (due.owner_id, due.held_for_id) == (mine.id, None)


async def test_whoever_leaves_for_good_hands_on_those_who_are_away(
    session: AsyncSession, now: datetime
) -> None:
    absence = await absence_of(session, now, STAYING)
    role, grid = await staff_of(session, "李强"), await unit_of(session, "花园小区一网格")
    await end_role(session, role, grid, (await account_of(session, "赵敏")).id, now)
    assert absence.owner_id == (await account_of(session, "赵敏")).id
    absence.owner_id = role.account_id
    await end_role(session, role, grid, None, now)
    assert absence.owner_id is None


@pytest.mark.parametrize("later", [-1, 1])
async def test_two_rows_that_are_both_away_become_one_with_all_contacts(
    session: AsyncSession, now: datetime, later: int
) -> None:
    first = await absence_of(session, now, STAYING)
    kept = await person_of(session, "陈建国")
    lost = Person(unit_id=kept.unit_id, name="陈健国", created_at=now)
    session.add(lost)
    await session.flush()
    second = Absence(
        person_id=lost.id,
        unit_id=kept.unit_id,
        intention=Intention.UNDECIDED,
        promise=Promise.NONE,
        created_at=now,
        created_by=1,
        rounds=0,
    )
    session.add(second)
    await session.flush()
    await record_contact(session, second, lost, STAYING, 1, Rules(), now + later * HOUR, ZONE)
    stays, goes = (second, first) if later > 0 else (first, second)
    await merge(session, kept, lost, 1, now + 2 * HOUR)
    await session.refresh(stays)
    assert (stays.person_id, stays.ended_at, stays.place) == (kept.id, None, "深圳")
    assert stays.owner_id == (await account_of(session, "李强")).id
    assert goes.ended_how == AwayEnd.MISTAKE
    contacts = await session.scalars(select(AbsenceContact.absence_id))
    assert list(contacts) == [stays.id] * 2
    open_ones = await session.scalars(
        select(Obligation.key).where(Obligation.kind == Kind.AWAY, Obligation.outcome.is_(None))
    )
    assert list(open_ones) == [contact_key(stays)]
