"""What is due becomes messages: each rung once, grouped, proven, and no flood."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from cases import (
    ZONE,
    account_of,
    accounts_for,
    duties_of,
    duty,
    episode_of,
    heads,
    lead_of,
    letters,
    person_of,
    proofs,
    unit_of,
)
from sqlalchemy import func, select

from models.accounts import Account, Assignment
from models.inbox import Conversation
from models.leads import LeadOutcome
from models.messages import Text
from models.obligations import (
    Due,
    Kind,
    Nudge,
    Obligation,
    Outcome,
    by_key,
    fulfil,
    next_due_at,
    oblige,
)
from models.outbox import OutboxRow, Priority
from models.people import Household
from models.samples import Result, record_result, record_sampled
from models.session import Database
from models.verification import close_lead, verify_key
from scheduler.sweep import BATCH, FORM_PATIENCE, tick

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FAMILY = ("陈建国", "林秀英", "陈小明", "陈奶奶")


async def observe(db: Database, names: Sequence[str], now: datetime, **how: str) -> None:
    async with db.write() as session:
        for name in names:
            await episode_of(session, name, now, **how)


async def with_phones(db: Database, names: Sequence[str], now: datetime) -> None:
    async with db.write() as session:
        await accounts_for(session, names, now)


async def live_until(db: Database, end: datetime) -> None:
    """Tick whenever something is due, as the ticker would."""
    while True:
        async with db.read() as session:
            at = await next_due_at(session)
        if at is None or at > end:
            return
        await tick(db, at, ZONE)


async def heard(db: Database, name: str) -> list[str]:
    async with db.read() as session:
        return await heads(session, name)


async def written(db: Database) -> int:
    async with db.read() as session:
        return await session.scalar(select(func.count()).select_from(OutboxRow)) or 0


# -- once -----------------------------------------------------------------------------------------


async def test_every_rung_of_a_missed_test_speaks_once_and_leaves_its_proof(
    district: Database, now: datetime
) -> None:
    await observe(district, ["王芳"], now)
    await with_phones(district, ["王芳"], now)
    async with district.read() as session:
        key = next(key for key in await session.scalars(select(Obligation.key)) if "test:d1" in key)
    await live_until(district, now + 2 * DAY - MINUTE)
    async with district.read() as session:
        assert await proofs(session, key) == [
            (0, "person", None),
            (1, "person", None),
            (2, "person", None),
            (3, "head", "nobody"),
            (4, "ring", "nobody"),
            (5, "worker", None),
            (5, "worker", None),
            (6, "village", None),
            (7, "township", None),
        ]
        sent = await session.scalars(select(Nudge.letter_key).where(Nudge.letter_key.is_not(None)))
        keys = set(await session.scalars(select(OutboxRow.dedupe_key)))
        assert set(sent) <= keys


async def test_the_same_tick_twice_changes_nothing(district: Database, now: datetime) -> None:
    await observe(district, ["王芳", "陈奶奶"], now)
    await with_phones(district, ["王芳"], now)
    assert await tick(district, now, ZONE) > 0
    before = await written(district)
    assert await tick(district, now, ZONE) == 0
    assert await written(district) == before > 0


async def test_a_tick_lost_before_its_commit_is_done_by_the_next(
    district: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    await observe(district, ["王芳"], now)
    await with_phones(district, ["王芳"], now)

    async def die(*_: object) -> None:
        raise ConnectionResetError

    with monkeypatch.context() as broken:
        broken.setattr("scheduler.sweep.advance", die)
        with pytest.raises(ConnectionResetError):
            await tick(district, now, ZONE)
    assert await written(district) == 0
    await tick(district, now, ZONE)
    assert await heard(district, "王芳") == ["checkin.ask", "test.ask"]


async def test_a_report_stops_the_ladder(district: Database, now: datetime) -> None:
    async with district.write() as session:
        episode = await episode_of(session, "王芳", now)
        await accounts_for(session, ["王芳"], now)
        for item in await duties_of(session, episode, Kind.CHECKIN, Kind.TEST):
            await fulfil(session, item, 1, now)
    await live_until(district, now + 2 * DAY - MINUTE)
    assert await heard(district, "王芳") == []
    assert await heard(district, "孙丽") == []


# -- who ------------------------------------------------------------------------------------------


async def test_a_guardian_is_asked_for_her_whole_household_in_one_message(
    district: Database, now: datetime
) -> None:
    await observe(district, FAMILY, now)
    await tick(district, now, ZONE)
    async with district.read() as session:
        first, *_ = await letters(session, "陈建国")
        rows = await session.scalar(
            select(func.count(Nudge.letter_key.distinct()))
            .join(Obligation, Obligation.id == Nudge.obligation_id)
            .where(Obligation.kind == Kind.CHECKIN)
        )
    assert first.lines[0].key == "checkin.ask.household"
    names = first.lines[0].params["names"]
    assert isinstance(names, list)
    assert {str(name.params["text"]) for name in names} == set(FAMILY)
    assert rows == 1
    assert await heard(district, "陈建国") == ["checkin.ask.household", "test.ask.several"]


async def test_a_worker_hears_of_many_people_in_one_message(
    district: Database, now: datetime
) -> None:
    await observe(district, ["王芳", "David", "林志明"], now)
    await live_until(district, now + 3 * HOUR)
    assert (await heard(district, "李强")).count("checkin.missed.several") == 1
    async with district.read() as session:
        found = [m for m in await letters(session, "李强") if "missed" in m.lines[0].key]
    assert found[0].lines[0].params["n"] == 3


async def test_the_head_of_the_household_hears_what_somebody_at_home_missed(
    district: Database, now: datetime
) -> None:
    async with district.write() as session:
        await episode_of(session, "王芳", now)
        await accounts_for(session, ["王芳"], now)
        person, head = await person_of(session, "王芳"), await person_of(session, "陈建国")
        home = await session.get_one(Household, head.household_id)
        person.household_id = home.id
    await live_until(district, now + 2.5 * HOUR)
    assert await heard(district, "陈建国") == ["checkin.missed"]


async def test_a_head_does_not_hear_twice_what_was_asked_of_her(
    district: Database, now: datetime
) -> None:
    await observe(district, ["陈奶奶"], now)
    await live_until(district, now + 2.5 * HOUR)
    async with district.read() as session:
        key = await session.scalar(
            select(Obligation.key)
            .where(Obligation.kind == Kind.CHECKIN)
            .order_by(Obligation.due_at)
        )
        assert (await proofs(session, key or ""))[-1] == (2, "head", "nobody")


async def test_who_blocked_us_is_not_written_to(district: Database, now: datetime) -> None:
    await observe(district, ["王芳"], now)
    await with_phones(district, ["王芳"], now)
    async with district.write() as session:
        for name in ("王芳", "李强"):
            (await account_of(session, name)).blocked_at = now
    await live_until(district, now + 4 * HOUR)
    assert await heard(district, "王芳") == await heard(district, "李强") == []
    assert "checkin.missed" in await heard(district, "赵敏")


async def test_who_left_her_post_is_not_written_to(district: Database, now: datetime) -> None:
    async with district.write() as session:
        worker = await account_of(session, "李强")
        row = await session.scalar(select(Assignment).where(Assignment.account_id == worker.id))
        assert row is not None
        row.until_at = now
        await lead_of(session, "王芳", now, by="孙丽")
    await tick(district, now, ZONE)
    assert await heard(district, "李强") == []
    assert await heard(district, "赵敏") == ["verify.new"]


async def test_work_that_somebody_took_on_is_hers_alone(district: Database, now: datetime) -> None:
    async with district.write() as session:
        lead = await lead_of(session, "王芳", now)
        item = await by_key(session, verify_key(lead.id))
        assert item is not None
        item.owner_id = (await account_of(session, "赵敏")).id
    await live_until(district, now + 100 * MINUTE)
    assert await heard(district, "李强") == await heard(district, "孙丽") == []
    assert await heard(district, "赵敏") == ["verify.waiting"], "she knows that it is there"
    async with district.read() as session:
        assert (await proofs(session, verify_key(lead.id)))[-1] == (2, "village", "claimed")


# -- urgent ---------------------------------------------------------------------------------------


async def test_an_alert_climbs_at_once_past_rungs_where_nobody_can_be_reached(
    district: Database, now: datetime
) -> None:
    async with district.write() as session:
        for name in ("李强", "赵敏", "孙丽"):
            (await account_of(session, name)).blocked_at = now
        await duty(session, "alert", now, kind=Kind.ALERT, facts={"cause": "fever"})
    await tick(district, now, ZONE)
    async with district.read() as session:
        assert await proofs(session, "alert") == [
            (0, "worker", "nobody"),
            (1, "village", "nobody"),
            (2, "township", None),
        ]
    assert len(await heard(district, "钱伟")) == 1
    assert await heard(district, "吴刚") == []


async def test_an_alert_that_reaches_nobody_at_all_leaves_its_proofs_and_ends(
    district: Database, now: datetime
) -> None:
    async with district.write() as session:
        for account in await session.scalars(select(Account)):
            account.blocked_at = now
        await duty(session, "alert", now, kind=Kind.ALERT, facts={"cause": "fever"})
    await live_until(district, now + DAY)
    assert await written(district) == 0
    async with district.read() as session:
        assert {skipped for _, _, skipped in await proofs(session, "alert")} == {"nobody"}
        assert await session.scalar(select(func.count()).select_from(Due)) == 0


async def test_a_quiet_rung_without_anybody_does_not_hurry_those_above(
    district: Database, now: datetime
) -> None:
    await observe(district, ["王芳"], now)  # without a phone
    await tick(district, now, ZONE)
    assert await written(district) == 0
    async with district.read() as session:
        assert await next_due_at(session) == now + 2 * HOUR


async def test_an_alert_passes_what_is_waiting_and_a_reminder_does_not(
    district: Database, now: datetime
) -> None:
    async with district.write() as session:
        await duty(session, "alert", now, kind=Kind.ALERT, facts={"cause": "fever"})
        await duty(session, "call", now, kind=Kind.CALL, facts={"day": 7})
    await tick(district, now, ZONE)
    async with district.read() as session:
        found = await session.execute(select(OutboxRow.dedupe_key, OutboxRow.priority))
        urgency = {key.partition(":")[0]: priority for key, priority in found}
    assert urgency == {"alert": Priority.ALERT, "call": Priority.REMINDER}


# -- forms ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Kind.CALL, Kind.ALERT])
async def test_a_reminder_waits_behind_a_form_and_an_alert_does_not(
    district: Database, now: datetime, kind: Kind
) -> None:
    answered = now - 3 * MINUTE
    async with district.write() as session:
        worker = await account_of(session, "李强")
        session.add(Conversation(chat=worker.chat, draft="{}", draft_at=answered))
        facts = {"cause": "fever"} if kind == Kind.ALERT else {"day": 7}
        await duty(session, "k", now, kind=kind, facts=facts)
    await tick(district, now, ZONE)
    async with district.read() as session:
        found = await session.execute(select(OutboxRow.account_id, OutboxRow.not_before_at))
        put_off = {account: at for account, at in found}  # noqa: C416 -- rows, not pairs
    waits = None if kind == Kind.ALERT else answered + FORM_PATIENCE
    other = next(account for account in put_off if account != worker.id)
    assert put_off == {worker.id: waits, other: None}


# -- the night and outages ------------------------------------------------------------------------


async def test_a_report_of_midnight_reaches_the_worker_at_seven_and_climbs_from_there(
    district: Database, now: datetime
) -> None:
    night = now + 15 * HOUR  # 23:00
    async with district.write() as session:
        lead = await lead_of(session, "王芳", night)
    await live_until(district, night + 8 * HOUR - MINUTE)
    assert await written(district) == 0
    await live_until(district, night + 8 * HOUR)
    assert await heard(district, "李强") == ["verify.new"]
    assert await heard(district, "孙丽") == []
    await live_until(district, night + 10 * HOUR)
    assert "verify.unclaimed" in await heard(district, "孙丽")
    async with district.read() as session:
        skipped = {why for _, _, why in await proofs(session, verify_key(lead.id))}
    assert skipped == {None}


async def test_after_two_days_of_outage_nobody_is_flooded(
    district: Database, now: datetime
) -> None:
    names = ["王芳", "David", "林志明", *FAMILY]
    await observe(district, names, now)
    await with_phones(district, ["王芳", "David", "林志明"], now)
    await tick(district, now + 2 * DAY + 12 * HOUR, ZONE)
    async with district.read() as session:
        rows = await session.execute(
            select(OutboxRow.account_id, func.count()).group_by(OutboxRow.account_id)
        )
        most = max(count for _, count in rows)
        reasons = Counter(await session.scalars(select(Nudge.skipped)))
        rungs = await session.execute(
            select(Nudge.obligation_id, Nudge.rung).where(Nudge.letter_key.is_not(None)).distinct()
        )
        said = Counter(obligation for obligation, _ in rungs)
    assert most <= 8
    assert reasons["overtaken"] > 50
    assert set(said.values()) == {1}


async def test_a_ladder_has_a_proof_for_every_rung_after_an_outage(
    district: Database, now: datetime
) -> None:
    async with district.write() as session:
        await duty(session, "call", now, kind=Kind.CALL, facts={"day": 7})
    await tick(district, now + 3 * DAY, ZONE)
    async with district.read() as session:
        assert await proofs(session, "call") == [
            (0, "worker", "overtaken"),
            (1, "worker", "overtaken"),
            (2, "village", None),
        ]


async def test_more_than_a_batch_is_swept_in_one_tick(district: Database, now: datetime) -> None:
    async with district.write() as session:
        grid = await unit_of(session, "花园小区一网格")
        row = {"kind": Kind.CALL, "unit_id": grid.id, "opens_at": now, "due_at": now + HOUR}
        await oblige(
            session, [{**row, "key": f"c{n}", "facts": {"day": 7}} for n in range(2 * BATCH + 1)]
        )
    assert await tick(district, now, ZONE) == 2 * BATCH + 1
    assert len(await heard(district, "李强")) == 3


# -- release --------------------------------------------------------------------------------------


async def test_the_worker_is_told_what_release_waits_for_and_asked_when_it_has_come(
    district: Database, now: datetime
) -> None:
    async with district.write() as session:
        episode = await episode_of(session, "王芳", now)
        first, last = await duties_of(session, episode, Kind.TEST)
        await record_result(session, first, Result.NEGATIVE, None, 1, now)
        await record_sampled(session, last, 1, now)
        for item in await duties_of(session, episode, Kind.CHECKIN):
            await fulfil(session, item, 1, now)
    morning = now + 2 * DAY
    await live_until(district, morning)
    async with district.read() as session:
        blocked = [m for m in await letters(session, "李强") if m.lines[0].key == "release.blocked"]
    assert blocked[0].lines[0].params["missing"] == [Text("missing.tests_missing")]
    async with district.write() as session:
        (_, awaited) = await duties_of(session, episode, Kind.RESULT)
        await record_result(session, awaited, Result.NEGATIVE, None, 1, morning + HOUR)
    await tick(district, morning + HOUR, ZONE)
    assert (await heard(district, "李强"))[-1] == "release.ask"


async def test_what_is_cancelled_is_silent(district: Database, now: datetime) -> None:
    async with district.write() as session:
        first = await lead_of(session, "王芳", now)
        await close_lead(session, first, LeadOutcome.WITHDRAWN, 1, now)
        await lead_of(session, "王芳", now)
        old = await by_key(session, verify_key(first.id))
        assert old is not None
        assert old.outcome == Outcome.CANCELLED
    await live_until(district, now + HOUR)
    assert await heard(district, "李强") == ["verify.new", "verify.waiting"]
