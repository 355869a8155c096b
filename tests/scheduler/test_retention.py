"""Every sealed column is forgotten on its day, or says why it is not; the numbers never change."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from cases import ZONE, account_of, duties_of, duty, episode_of, person_of, unit_of
from sqlalchemy import Column, LargeBinary, func, select, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import tables
from models.accounts import Account, Assignment
from models.away import Absence, Intention, Promise
from models.broadcasts import Circle, write
from models.clock import at_local, local_day
from models.crypto import Sealed, SealedBytes, unseal
from models.duty import Post, Shift
from models.episodes import EpisodeEnd
from models.files import keep_file
from models.groups import enter, leave
from models.inbox import Conversation, InboxRow, receive
from models.jobs import file_job
from models.leads import Lead
from models.messages import Inbound, Outbound, verbatim
from models.obligations import Kind
from models.observation import close_episode, record_checkin
from models.outbox import Letter, OutboxRow, Priority, enqueue
from models.people import Care, Person, dump_care
from models.records import give_verdict
from models.registers import Submission, dump_answers
from models.reports.numbers import Numbers, count
from models.reports.periods import Period
from models.rules import Rules
from models.samples import Result, record_result
from models.sending import record_sent
from models.session import Database
from models.tenancies import Tenancy
from models.tips import Tip, TipKind
from models.units import Unit
from models.venues.checklists import shipped
from models.venues.finding import Finding
from models.venues.inspection import Visit
from models.venues.inspections import Walk, record_inspection
from models.venues.kinds import VenueKind
from models.venues.ladder import Ground
from models.venues.managing import Told, add_venue
from models.venues.staff import Newcomer, take_on
from models.venues.staff import leave as leave_venue
from models.venues.suggestion import Advice, To, suggest
from models.venues.suspensions import Case, draft
from models.volunteers import Volunteer
from scheduler.sweep import tick
from scheduler.upkeep import plan_upkeep

DAY = timedelta(days=1)
SEALED = {
    column.type.place: column
    for table in tables.metadata.sorted_tables
    for column in table.columns
    if isinstance(column.type, Sealed | SealedBytes)
}
# The night (day after the seeding) on which each is gone, of somebody whom a list named once and
# who was observed since. What has no day of its own is asked for by the instant, so a fact of the
# morning goes in the night after.
NIGHTS = {
    "inbox.payload": 4,
    "jobs.task": 4,
    "conversations.draft": 15,
    "outbox.payload": 15,
    "files.name": 15,
    "file_pieces.content": 15,
    "submissions.answers": 90,
    "verdicts.note": 91,
    "leads.origin": 90,
    "leads.transport": 90,
    "leads.place": 90,
    "lead_sources.told": 90,
    "accounts.name": 91,
    "absences.place": 91,
    "tips.sender": 90,
    "tips.text": 90,
    "tips.place": 90,
    "tips.photo": 90,
    "problems.word": 91,
    "problems.photo": 91,
    "problem_steps.word": 90,
    "problem_steps.photo": 90,
    "suspensions.word": 90,
    "suggestions.word": 90,
    "obligations.detail": 91,
    "samples.photo": 91,
    "chat_groups.title": 91,
    "shifts.note": 91,
    "broadcasts.words": 90,
    "venue_staff.name": 91,
    "venue_staff.title": 91,
    "venue_staff.phone": 91,
    "volunteers.name": 91,
    "volunteers.phone": 91,
    "assignments.name": 366,
    "assignments.phone": 366,
    "tenancies.landlord_name": 90,
    "tenancies.landlord_phone": 90,
    "people.care": 730,
    "people.name": 730,
    "people.phone": 730,
    "people.id_number": 730,
    "people.address": 730,
}
REASONS = {
    "households.address": "a door names nobody once nobody lives behind it, and leads to its grid",
}


async def _find_and_close(session: AsyncSession, by: int, now: datetime) -> None:
    """A problem of a venue, put right before the inspector left."""
    unit = await unit_of(session, "花园社区")
    told = Told(VenueKind.SHOP, "花园超市", "花园小区1栋", unit.id)
    venue = await add_venue(session, told, by, now)
    paper = Submission(
        form="inspect", version=1, receipt="220704-BBBBB", answers="{}", actor_id=by, at=now
    )
    session.add(paper)
    await session.flush()
    items = shipped(VenueKind.SHOP)
    walk = Walk(venue, by, paper.id, Visit.DAILY, items, now)
    finding = Finding(items[0], "没有贴场所码", "photo-3", fixed=True)
    row, _ = await record_inspection(session, walk, [finding], Rules())
    await suggest(session, row, Advice(To.UNIT, "统一培训"), by, now)
    case = Case(Ground.INSPECTOR, (), by, "不配合检查")
    assert await draft(session, venue, case, Rules(), now)
    told = Newcomer("周店员", "收银", "13900000020", last_on=local_day(now, ZONE))
    left = await take_on(session, venue, [told], by, Rules(), now, ZONE)
    await leave_venue(session, left, now)


async def seed(session: AsyncSession, now: datetime) -> None:
    """Something in every sealed column, told at `now`; whoever it is about is observed no more."""
    worker = await account_of(session, "李强")
    episode = await episode_of(session, "陈建国", now)
    checkin = (await duties_of(session, episode, Kind.CHECKIN))[0]
    await record_checkin(session, checkin, None, ["cough"], worker.id, now, ZONE)
    test = (await duties_of(session, episode, Kind.TEST))[0]
    await record_result(session, test, Result.NEGATIVE, "photo-1", worker.id, now)
    await duty(session, "nobody's", now, kind=Kind.CONTACT, within=timedelta(), detail="{}")
    await _find_and_close(session, worker.id, now)
    person = await person_of(session, "陈建国")
    person.care = dump_care([Care.CHRONIC])
    assert person.household_id is not None
    rented = Tenancy(
        person_id=person.id,
        household_id=person.household_id,
        until_on=local_day(now, ZONE),
        landlord_name="赵房东",
        landlord_phone="13900000000",
    )
    session.add(rented)
    session.add(
        Submission(
            form="checkin",
            version=1,
            receipt="220704-AAAAA",
            answers=dump_answers({"temperature": "36.5"}, {}),
            actor_id=worker.id,
            person_id=person.id,
            at=now,
            purge_on=local_day(now, ZONE) + 90 * DAY,
        )
    )
    session.add(
        Tip(
            unit_id=person.unit_id,
            kind=TipKind.OTHER,
            anonymous=True,
            sender="1",
            text="聚餐",
            place="花园",
            photo="photo-2",
            seen_at=now,
            created_at=now,
            purge_on=local_day(now, ZONE) + 90 * DAY,
        )
    )
    session.add(
        Absence(
            person_id=person.id,
            unit_id=person.unit_id,
            place="成都",
            intention=Intention.STAYING,
            promise=Promise.WORD,
            created_at=now,
            created_by=worker.id,
            ended_at=now,
        )
    )
    told_on = local_day(now, ZONE) + 90 * DAY
    home = await session.get_one(Unit, person.unit_id)
    await write(session, home, Circle.RESIDENTS, {"zh_Hans": "停水"}, worker.id, now, told_on)
    served = {"skills": ["driving"], "days": ["mon"], "parts": ["morning"], "offered_at": now}
    session.add(
        Volunteer(
            unit_id=person.unit_id, name="热心人", phone="13900000000", ended_at=now, **served
        )
    )
    await session.flush()
    checkins = select(Submission).where(Submission.form == "checkin")
    told = (await session.scalars(checkins)).one()
    await give_verdict(session, [told], worker.id, now, "x")
    await close_episode(session, episode, EpisodeEnd.RELEASED, worker.id, now)
    await _stand(session, worker, now)
    await session.execute(update(Lead).values(place="柳林村"))
    await _talk(session, worker, now)
    group = await enter(session, "phone:#群", "花园小区业主群", worker, now)
    await leave(session, group, now)
    # Everybody else of the cast has left, or came when she did: one day a column.
    await session.execute(update(Assignment).values(until_at=now))
    await session.execute(update(Account).values(person_id=None))
    await session.execute(update(Account).where(Account.id != worker.id).values(name=None))
    await session.execute(
        update(Assignment).where(Assignment.account_id == worker.id).values(account_id=None)
    )
    await session.execute(update(Person).values(guardian_id=None))


async def _stand(session: AsyncSession, worker: Account, now: datetime) -> None:
    """A shift that is over, with what was handed over."""
    unit = await unit_of(session, "花园社区")
    post = Post(unit_id=unit.id, name="东门卡口", created_at=now)
    session.add(post)
    await session.flush()
    hours = {"since_at": now - DAY, "until_at": now, "due_at": now - DAY}
    shift = Shift(
        post_id=post.id, unit_id=unit.id, account_id=worker.id, note="钥匙在值班室", **hours
    )
    session.add(shift)


async def _talk(session: AsyncSession, worker: Account, now: datetime) -> None:
    """One event taken, one draft left lying, one message sent, one file kept for it."""
    await file_job(session, "import", worker.id, {"file": "f"}, now)
    await keep_file(session, "名册.xlsx", "text/plain", b"x", account_id=worker.id, now=now)
    await receive(session, [Inbound("phone", worker.chat, "1", "text", text="hi")], now)
    talk = await session.get_one(Conversation, worker.chat)
    talk.handled_id = await session.scalar(select(func.max(InboxRow.id))) or 0
    talk.draft, talk.draft_at = "half filled", now
    await session.flush()
    letter = Letter("k", worker.id, Outbound((verbatim("hi"),)), Priority.REPLY)
    await enqueue(session, [letter], now)
    sent = list(await session.scalars(select(OutboxRow.id)))
    await record_sent(session, [(row, "1") for row in sent], now)


async def held(session: AsyncSession) -> set[str]:
    """The sealed columns in which something stands."""
    found = set()
    for place, column in SEALED.items():
        boxes = await session.scalars(_raw(column))
        if any(unseal(box, place) not in ("", "{}") for box in boxes if box is not None):
            found.add(place)
    return found


def _raw(column: Column[str]):  # type: ignore[no-untyped-def]
    return select(type_coerce(column, LargeBinary))


async def numbers(session: AsyncSession, now: datetime) -> list[Numbers]:
    """The digests of the days around `now`."""
    unit = await unit_of(session, "清河区")
    days = [Period(now + n * DAY, now + (n + 1) * DAY) for n in range(-2, 12)]
    return [await count(session, unit, day) for day in days]


def test_every_sealed_column_has_its_night_or_a_reason() -> None:
    assert SEALED.keys() == NIGHTS.keys() | REASONS.keys()
    assert not NIGHTS.keys() & REASONS.keys()


async def test_every_sealed_column_is_kept_until_its_night_and_the_numbers_for_ever(
    district: Database, now: datetime
) -> None:
    async with district.write() as session:
        await seed(session, now)
        assert await held(session) == SEALED.keys()
        before = await numbers(session, now)
    assert sum(day["observed.new"] + day["alerts.new"] for day in before) > 1
    for night in sorted({n - 1 for n in NIGHTS.values()} | set(NIGHTS.values())):
        on = local_day(now, ZONE) + night * DAY
        async with district.write() as session:
            await plan_upkeep(session, on, ZONE)
        await tick(district, at_local(on, time(3, 30), ZONE), ZONE)
        async with district.read() as session:
            kept = {place for place, last in NIGHTS.items() if night < last}
            assert await held(session) == kept | REASONS.keys(), night
            assert await numbers(session, now) == before, night


@pytest.mark.parametrize(("night", "kept"), [(90, ["driving"]), (91, [])])
async def test_what_a_volunteer_could_do_goes_with_her_name(
    district: Database, now: datetime, night: int, kept: list[str]
) -> None:
    async with district.write() as session:
        await seed(session, now)
        on = local_day(now, ZONE) + night * DAY
        await plan_upkeep(session, on, ZONE)
    await tick(district, at_local(on, time(3, 30), ZONE), ZONE)
    async with district.read() as session:
        (left,) = (await session.scalars(select(Volunteer))).all()
        assert left.skills == kept
        assert (left.name is None) == (not kept)


async def test_under_observation_nothing_of_hers_is_forgotten(
    district: Database, now: datetime
) -> None:
    async with district.write() as session:
        episode = await episode_of(session, "王芳", now)
        test = (await duties_of(session, episode, Kind.TEST))[0]
        await record_result(session, test, Result.POSITIVE, "photo-1", 1, now)
    on = local_day(now, ZONE) + 400 * DAY
    async with district.write() as session:
        await plan_upkeep(session, on, ZONE)
    await tick(district, at_local(on, time(3, 30), ZONE), ZONE)
    hers = {"people.name", "leads.origin", "obligations.detail", "samples.photo"}
    async with district.read() as session:
        assert hers <= await held(session)


async def test_a_worker_and_whoever_answers_for_somebody_keep_their_names(
    district: Database, now: datetime
) -> None:
    async with district.write() as session:
        worker, guardian = await account_of(session, "李强"), await account_of(session, "陈建国")
        guardian.person_id = None
        stranger = Account(chat="phone:stranger", name="路过", created_at=now)
        session.add(stranger)
    on = local_day(now, ZONE) + 200 * DAY
    async with district.write() as session:
        await plan_upkeep(session, on, ZONE)
    await tick(district, at_local(on, time(3, 30), ZONE), ZONE)
    async with district.read() as session:
        names = [(await session.get_one(Account, a.id)).name for a in (worker, guardian, stranger)]
    assert names == ["李强", "陈建国", None]
