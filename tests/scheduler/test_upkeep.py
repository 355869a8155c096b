"""The night's work: who is forgotten, what stays as a number, and what is sealed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from cases import ZONE, account_of, accounts_for, duties_of, episode_of, lead_of, person_of, unit_of
from sqlalchemy import event, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import audit
from models.clock import local_day
from models.entries import ROSTER_KEPT
from models.episodes import EpisodeEnd, running_episode
from models.inbox import Conversation, InboxRow, receive
from models.leads import Lead, LeadOutcome
from models.messages import Inbound, Outbound, verbatim
from models.obligations import Kind, Obligation, Outcome
from models.observation import close_episode, record_checkin
from models.outbox import Letter, OutboxRow, enqueue
from models.people import Household, Person, address_index
from models.registers import Submission, dump_answers
from models.reports.numbers import count
from models.reports.periods import Period
from models.retention import DRAFT_KEPT, INBOX_KEPT, OUTBOX_KEPT, PEOPLE_AT_ONCE
from models.samples import Result, Sample, record_result
from models.sending import record_sent
from models.session import Database
from models.verification import KEEP_DAYS, close_lead
from scheduler.sweep import tick
from scheduler.upkeep import plan_upkeep

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BY = 1


async def night(db: Database, on: date) -> None:
    """One night's upkeep, planned and run."""
    async with db.write() as session:
        await plan_upkeep(session, on, ZONE)
    at = datetime.combine(on, datetime.min.time(), ZONE) + 3.5 * HOUR
    await tick(db, at, ZONE)


async def released(session: AsyncSession, now: datetime) -> Person:
    """王芳 after her observation, with a fever alert, a result and a photo behind her."""
    episode = await episode_of(session, "王芳", now)
    await accounts_for(session, ["王芳"], now)
    person = await person_of(session, "王芳")
    checkin = (await duties_of(session, episode, Kind.CHECKIN))[0]
    await record_checkin(session, checkin, None, ["cough"], BY, now, ZONE)
    test = (await duties_of(session, episode, Kind.TEST))[0]
    await record_result(session, test, Result.NEGATIVE, "photo-1", BY, now)
    session.add(
        Submission(
            form="checkin",
            version=1,
            receipt="220704-AAAAA",
            answers=dump_answers({"temperature": "36.5"}, {}),
            actor_id=BY,
            person_id=person.id,
            at=now,
            purge_on=local_day(now, ZONE) + KEEP_DAYS * DAY,
        )
    )
    await close_episode(session, episode, EpisodeEnd.RELEASED, BY, now + 3 * DAY)
    return person


async def person_row(db: Database, person_id: int) -> dict[str, Any]:
    async with db.read() as session:
        person = await session.get_one(Person, person_id)
        return {column.key: getattr(person, column.key) for column in Person.__table__.columns}


async def test_a_person_is_kept_until_her_day_and_forgotten_on_it(
    district: Database, now: datetime
) -> None:
    async with district.write() as session:
        person = await released(session, now)
    last = local_day(now, ZONE) + KEEP_DAYS * DAY
    await night(district, last - DAY)
    assert (await person_row(district, person.id))["name"] == "王芳"
    await night(district, last)
    row = await person_row(district, person.id)
    kept = {name for name, value in row.items() if value}
    assert kept <= {"id", "unit_id", "created_at"}


async def test_nothing_that_names_a_person_outlives_her_day(
    district: Database, now: datetime
) -> None:
    async with district.write() as session:
        person = await released(session, now)
    await night(district, local_day(now, ZONE) + KEEP_DAYS * DAY)
    async with district.read() as session:
        lead = await session.scalar(select(Lead).where(Lead.person_id == person.id))
        sample = await session.scalar(select(Sample).where(Sample.person_id == person.id))
        told = await session.scalar(select(Submission))
        details = await session.scalars(
            select(Obligation.detail).where(Obligation.person_id == person.id)
        )
        account = await account_of(session, "王芳")
        assert lead is not None
        assert sample is not None
        assert told is not None
        assert (lead.origin, lead.transport, sample.photo) == (None, None, None)
        assert (told.values(), told.purge_on) == ({}, None)
        assert set(details) == {None}
        assert (account.person_id, account.name) == (None, None)


async def test_a_purge_leaves_the_count(district: Database, now: datetime) -> None:
    async with district.write() as session:
        await released(session, now)
        period = Period(now - DAY, now + 10 * DAY)
        before = await count(session, await unit_of(session, "清河区"), period)
    await night(district, local_day(now, ZONE) + KEEP_DAYS * DAY)
    async with district.read() as session:
        assert await count(session, await unit_of(session, "清河区"), period) == before
    assert before["leads.verified"] == before["observed.ended"] == 1


async def test_somebody_under_observation_is_not_forgotten(
    district: Database, now: datetime
) -> None:
    async with district.write() as session:
        await episode_of(session, "王芳", now)
        person = await person_of(session, "王芳")
        person.purge_on = local_day(now, ZONE)
    await night(district, local_day(now, ZONE) + 2 * DAY)
    assert (await person_row(district, person.id))["name"] == "王芳"
    async with district.write() as session:
        episode = await running_episode(session, person.id)
        assert episode is not None
        await close_episode(session, episode, EpisodeEnd.RELEASED, BY, now)
    await night(district, local_day(now, ZONE) + 3 * DAY)
    assert (await person_row(district, person.id))["name"] == ""


async def test_a_resident_of_the_roster_is_kept_for_two_years_after_the_last_list(
    district: Database, now: datetime
) -> None:
    async with district.read() as session:
        person = await person_of(session, "陈建国")
    last = local_day(now + ROSTER_KEPT, ZONE)
    await night(district, last - DAY)
    assert (await person_row(district, person.id))["name"] == "陈建国"
    await night(district, last)
    assert (await person_row(district, person.id))["name"] == ""


async def test_the_household_of_somebody_forgotten_keeps_its_door(
    district: Database, now: datetime
) -> None:
    """The door leads the next report to its grid; it says nothing about who lived there."""
    async with district.write() as session:
        lead = await lead_of(session, "王芳", now)
        await close_lead(session, lead, LeadOutcome.NO_RISK, BY, now)
        person = await person_of(session, "王芳")
        door = Household(
            unit_id=person.unit_id,
            address="3栋501",
            address_index=address_index("3栋501"),
        )
        session.add(door)
        await session.flush()
        person.household_id, door.head_id = door.id, person.id
    await night(district, local_day(now, ZONE) + KEEP_DAYS * DAY)
    async with district.read() as session:
        kept = await session.get_one(Household, door.id)
        assert (kept.address, kept.head_id) == ("3栋501", None)
    assert (await person_row(district, person.id))["household_id"] is None


async def test_a_person_forgotten_may_come_again_as_somebody_new(
    district: Database, now: datetime
) -> None:
    async with district.write() as session:
        person = await released(session, now)
    later = now + (KEEP_DAYS + 1) * DAY
    await night(district, local_day(later, ZONE))
    async with district.write() as session:
        lead = await lead_of(session, "王芳", later)
        assert lead.person_id != person.id


async def test_a_night_of_many_forgets_all_whose_day_has_come_in_short_transactions(
    district: Database, now: datetime
) -> None:
    today, many = local_day(now, ZONE), 2 * PEOPLE_AT_ONCE + 1
    async with district.write() as session:
        unit = await unit_of(session, "花园小区一网格")
        row = {"unit_id": unit.id, "name": "p", "created_at": now, "purge_on": today}
        await session.execute(insert(Person), [row] * many)
    begun = []

    @event.listens_for(district.engine.sync_engine, "commit")
    def _note(_connection: Any) -> None:
        begun.append(1)

    await night(district, today)
    async with district.read() as session:
        left = await session.scalar(
            select(func.count()).select_from(Person).where(Person.purge_on <= today)
        )
        nights = await session.scalars(
            select(Obligation.outcome).where(Obligation.kind == Kind.UPKEEP)
        )
        assert sorted(nights, key=str) == [None, Outcome.DONE]
    assert left == 0
    assert len(begun) >= 3


@pytest.mark.parametrize("after", [timedelta(), timedelta(seconds=1)])
async def test_messages_and_drafts_are_forgotten_after_their_time(
    district: Database, now: datetime, after: timedelta
) -> None:
    at = datetime(2022, 7, 20, 3, 30, tzinfo=ZONE)
    async with district.write() as session:
        worker = await account_of(session, "李强")
        events = [Inbound("phone", worker.chat, str(n), "text") for n in range(2)]
        await receive(session, events[:1], at - INBOX_KEPT - after)
        await receive(session, events[1:], at)
        talk = await session.get_one(Conversation, worker.chat)
        talk.handled_id = await session.scalar(select(func.max(InboxRow.id))) or 0
        talk.draft, talk.draft_at = "{}", at - DRAFT_KEPT - after
        letter = Letter("k", worker.id, Outbound((verbatim("hi"),)))
        await enqueue(session, [letter], at - OUTBOX_KEPT - after)
        row = await session.scalar(select(OutboxRow.id)) or 0
        await record_sent(session, [(row, "1")], at)
    await night(district, at.date())
    async with district.read() as session:
        kept = (
            await session.scalar(select(func.count()).select_from(InboxRow)),
            (await session.get_one(Conversation, worker.chat)).draft,
            await session.scalar(select(func.count()).select_from(OutboxRow)),
        )
    assert kept == ((1, None, 0) if after else (2, "{}", 1))


async def test_the_night_seals_the_audit(district: Database, now: datetime) -> None:
    async with district.write() as session:
        audit.record(session, now, BY, "phone.revealed", "person:1", "复核")
    await night(district, local_day(now, ZONE) + DAY)
    async with district.write() as session:
        seal = await session.scalar(select(audit.AuditSeal))
        assert seal is not None
        assert await audit.broken_seal(session) is None
        row = await session.get_one(audit.AuditRow, seal.last_id)
        row.subject = "person:2"
        await session.flush()
        assert await audit.broken_seal(session) == seal.id


async def test_each_night_plans_the_next_and_an_outage_makes_up_for_one(
    district: Database, now: datetime
) -> None:
    await night(district, local_day(now, ZONE) + DAY)
    await tick(district, now + 9 * DAY, ZONE)
    async with district.read() as session:
        found = await session.scalars(
            select(Obligation).where(Obligation.kind == Kind.UPKEEP).order_by(Obligation.opens_at)
        )
        nights = [(local_day(item.opens_at, ZONE).day, item.outcome) for item in found]
    assert nights == [(5, Outcome.DONE), (6, Outcome.DONE), (14, None)]


async def test_without_a_district_there_is_no_night(db: Database, now: datetime) -> None:
    async with db.write() as session:
        await plan_upkeep(session, local_day(now, ZONE), ZONE)
        assert await session.scalar(select(func.count()).select_from(Obligation)) == 0
