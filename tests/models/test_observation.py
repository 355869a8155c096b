"""An episode's life: what the pack asks for, what is measured and tested, the way out."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from cases import ZONE, account_of, duties_of, episode_of
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from models.alerts import ALERT_WITHIN, withdraw_alerts
from models.episodes import Episode, EpisodeEnd, running_episode
from models.leads import Lead, LeadOutcome
from models.obligations import Kind, Obligation, Outcome, claim_due, settle
from models.observation import (
    close_episode,
    missing_for_release,
    plan_of,
    record_checkin,
    unplanned_checkin,
)
from models.samples import RESULT_WITHIN, Result, Sample, record_result, record_sampled, sample_of

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
BY = 1  # an account of the cast


@pytest.fixture
async def episode(session: AsyncSession, now: datetime) -> Episode:
    """Three days of monitoring from today, tests on the first and the third."""
    return await episode_of(session, "王芳", now)


async def only(session: AsyncSession, episode: Episode, kind: Kind) -> Obligation:
    (found,) = await duties_of(session, episode, kind)
    return found


async def alerts(session: AsyncSession, episode: Episode) -> list[Obligation]:
    return await duties_of(session, episode, Kind.ALERT)


async def check_in(
    session: AsyncSession, item: Obligation, at: datetime, degrees: str | None, *symptoms: str
) -> bool:
    temperature = None if degrees is None else Decimal(degrees)
    return await record_checkin(session, item, temperature, symptoms, BY, at, ZONE)


# -- opening --------------------------------------------------------------------------------------


async def test_an_episode_creates_exactly_the_duties_of_its_plan(
    session: AsyncSession, episode: Episode
) -> None:
    planned = plan_of(episode, ZONE)
    made = await duties_of(session, episode, Kind.CHECKIN, Kind.TEST, Kind.CALL, Kind.TASK)
    assert {(o.key, o.opens_at, o.due_at) for o in made} == {
        (f"{duty.code}:ep{episode.id}", duty.opens_at, duty.due_at) for duty in planned.duties
    }
    assert len(made) == 8
    assert {(o.person_id, o.unit_id) for o in made} == {(episode.person_id, episode.unit_id)}
    assert episode.ends_on == date(2022, 7, 6)


async def test_opening_ends_the_lead_as_verified(
    session: AsyncSession, now: datetime, episode: Episode
) -> None:
    lead = await session.get_one(Lead, episode.lead_id)
    assert (lead.outcome, lead.outcome_at) == (LeadOutcome.VERIFIED, now)
    assert await running_episode(session, episode.person_id) is episode


async def test_a_late_opening_asks_for_nothing_that_is_over(
    session: AsyncSession, now: datetime
) -> None:
    late = await episode_of(session, "王芳", now, anchor_on=date(2022, 7, 2))
    made = await duties_of(session, late, Kind.CHECKIN, Kind.TEST)
    assert all(item.due_at > now for item in made)
    assert [item.facts["day"] for item in made if item.kind == Kind.TEST] == [3]


@pytest.mark.parametrize(
    ("pack", "category", "opens_at"),
    [
        ("cn-covid-v9", "spill-low", "2022-07-06T08:00:00+08:00"),  # on the last day
        ("mpox-cn", "contact", "2022-07-25T08:00:00+08:00"),  # the morning after it
    ],
)
async def test_release_is_asked_for_when_the_days_are_over(
    session: AsyncSession, now: datetime, pack: str, category: str, opens_at: str
) -> None:
    episode = await episode_of(session, "王芳", now, pack=pack, category=category)
    assert (await only(session, episode, Kind.RELEASE)).opens_at == datetime.fromisoformat(opens_at)


# -- check-ins ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("degrees", "symptoms", "cause"),
    [
        ("36.5", (), None),
        ("37.2", (), None),
        ("37.3", (), "fever"),
        ("40", ("cough",), "fever"),
        ("36.5", ("cough",), "symptoms"),
        (None, ("fatigue",), "symptoms"),
        (None, (), None),
    ],
)
async def test_fever_and_symptoms_call_the_team_and_wellness_does_not(
    session: AsyncSession,
    now: datetime,
    episode: Episode,
    degrees: str | None,
    symptoms: tuple[str, ...],
    cause: str | None,
) -> None:
    item = (await duties_of(session, episode, Kind.CHECKIN))[0]
    called = await check_in(session, item, now, degrees, *symptoms)
    raised = await alerts(session, episode)
    assert called is (cause is not None)
    assert [alert.facts["cause"] for alert in raised] == ([cause] if cause else [])
    assert item.outcome == Outcome.DONE
    for alert in raised:
        assert (alert.opens_at, alert.due_at) == (now, now + ALERT_WITHIN)
        assert alert.details() == {"temperature": degrees, "symptoms": list(symptoms)}
        assert "37.3" not in str(alert.facts)


async def test_the_same_fever_told_twice_is_one_alert(
    session: AsyncSession, now: datetime, episode: Episode
) -> None:
    item = (await duties_of(session, episode, Kind.CHECKIN))[0]
    await check_in(session, item, now, "38.5")
    await check_in(session, item, now + HOUR, "38.6")
    assert len(await alerts(session, episode)) == 1


async def test_fever_in_two_checkins_is_two_alerts(
    session: AsyncSession, now: datetime, episode: Episode
) -> None:
    for item in (await duties_of(session, episode, Kind.CHECKIN))[:2]:
        await check_in(session, item, now, "38.5")
    assert len(await alerts(session, episode)) == 2


async def test_a_correction_withdraws_an_alert_that_nobody_took_on(
    session: AsyncSession, now: datetime, episode: Episode
) -> None:
    item = (await duties_of(session, episode, Kind.CHECKIN))[0]
    await check_in(session, item, now, "38.5")
    await withdraw_alerts(session, item, BY, now + HOUR)
    (alert,) = await alerts(session, episode)
    assert (alert.outcome, alert.reason) == (Outcome.CANCELLED, "corrected")


async def test_a_correction_leaves_a_claimed_and_an_ended_alert_alone(
    session: AsyncSession, now: datetime, episode: Episode
) -> None:
    one, two = (await duties_of(session, episode, Kind.CHECKIN))[:2]
    await check_in(session, one, now, "38.5")
    await check_in(session, two, now, "38.5")
    claimed, ended = await alerts(session, episode)
    claimed.owner_id = (await account_of(session, "李强")).id
    await settle(session, [ended], Outcome.DONE, BY, now, "hospital")
    for item in (one, two):
        await withdraw_alerts(session, item, BY, now + HOUR)
    assert (claimed.outcome, ended.outcome, ended.reason) == (None, Outcome.DONE, "hospital")


async def test_a_fever_told_again_after_its_correction_calls_the_team_again(
    session: AsyncSession, now: datetime, episode: Episode
) -> None:
    item = (await duties_of(session, episode, Kind.CHECKIN))[0]
    await check_in(session, item, now, "38.5")
    await withdraw_alerts(session, item, BY, now + HOUR)
    await check_in(session, item, now + 2 * HOUR, "39.0")
    standing = [alert for alert in await alerts(session, episode) if alert.is_open()]
    assert [alert.details()["temperature"] for alert in standing] == ["39.0"]
    assert standing[0].due_at == now + 2 * HOUR + ALERT_WITHIN
    assert standing[0] in await claim_due(session, now + 2 * HOUR, 20)


async def test_an_unplanned_checkin_belongs_to_its_day_and_is_done_when_it_is_made(
    session: AsyncSession, now: datetime, episode: Episode
) -> None:
    item = await unplanned_checkin(session, episode, now + DAY, ZONE)
    await check_in(session, item, now + DAY, "38.5")
    assert (item.facts["day"], item.outcome) == (2, Outcome.DONE)
    assert len(await alerts(session, episode)) == 1


# -- tests ----------------------------------------------------------------------------------------


async def test_a_sample_taken_ends_the_test_and_awaits_its_result(
    session: AsyncSession, now: datetime, episode: Episode
) -> None:
    test = (await duties_of(session, episode, Kind.TEST))[0]
    sample = await record_sampled(session, test, BY, now + HOUR)
    awaited = await only(session, episode, Kind.RESULT)
    assert (test.outcome, sample.result, sample.resulted_at) == (
        Outcome.DONE,
        Result.PENDING,
        None,
    )
    assert awaited.due_at == now + HOUR + RESULT_WITHIN
    assert await sample_of(session, awaited) is sample


async def test_a_sample_told_twice_is_one(
    session: AsyncSession, now: datetime, episode: Episode
) -> None:
    test = (await duties_of(session, episode, Kind.TEST))[0]
    first = await record_sampled(session, test, BY, now)
    assert await record_sampled(session, test, BY, now + HOUR) is first
    assert first.sampled_at == now
    assert len(await duties_of(session, episode, Kind.RESULT)) == 1


async def test_an_episode_has_one_sample_a_planned_test(
    session: AsyncSession, now: datetime, episode: Episode
) -> None:
    test = (await duties_of(session, episode, Kind.TEST))[0]
    sample = await record_sampled(session, test, BY, now)
    twin = Sample(
        episode_id=episode.id,
        person_id=episode.person_id,
        code=sample.code,
        sampled_at=now,
        reported_by=BY,
    )
    with pytest.raises(IntegrityError):
        async with session.begin_nested():
            session.add(twin)


@pytest.mark.parametrize("result", [Result.NEGATIVE, Result.POSITIVE])
async def test_a_result_entered_for_the_test_itself_ends_both(
    session: AsyncSession, now: datetime, episode: Episode, result: Result
) -> None:
    test = (await duties_of(session, episode, Kind.TEST))[0]
    sample = await record_result(session, test, result, "photo-1", BY, now + HOUR)
    awaited = await only(session, episode, Kind.RESULT)
    assert (sample.result, sample.photo, sample.resulted_at) == (result, "photo-1", now + HOUR)
    assert (test.outcome, awaited.outcome) == (Outcome.DONE, Outcome.DONE)


async def test_a_pending_result_keeps_waiting(
    session: AsyncSession, now: datetime, episode: Episode
) -> None:
    test = (await duties_of(session, episode, Kind.TEST))[0]
    await record_result(session, test, Result.PENDING, None, BY, now)
    assert (await only(session, episode, Kind.RESULT)).is_open()


async def test_a_result_keeps_the_photo_that_an_earlier_one_brought(
    session: AsyncSession, now: datetime, episode: Episode
) -> None:
    test = (await duties_of(session, episode, Kind.TEST))[0]
    await record_result(session, test, Result.PENDING, "photo-1", BY, now)
    awaited = await only(session, episode, Kind.RESULT)
    sample = await record_result(session, awaited, Result.NEGATIVE, None, BY, now + HOUR)
    assert (sample.photo, sample.result) == ("photo-1", Result.NEGATIVE)
    assert awaited.outcome == Outcome.DONE


@pytest.mark.parametrize("entered_for", [Kind.TEST, Kind.RESULT])
async def test_a_positive_result_calls_the_team_and_its_correction_withdraws_the_call(
    session: AsyncSession, now: datetime, episode: Episode, entered_for: Kind
) -> None:
    test = (await duties_of(session, episode, Kind.TEST))[0]
    await record_sampled(session, test, BY, now)
    item = test if entered_for == Kind.TEST else await only(session, episode, Kind.RESULT)
    await record_result(session, item, Result.POSITIVE, None, BY, now + HOUR)
    (alert,) = await alerts(session, episode)
    assert (alert.facts, alert.is_open()) == ({"cause": "positive"}, True)
    await record_result(session, item, Result.NEGATIVE, None, BY, now + 2 * HOUR)
    assert (alert.outcome, alert.reason) == (Outcome.CANCELLED, "corrected")


async def test_a_rash_under_mpox_observation_asks_for_one_test_until_it_has_a_result(
    session: AsyncSession, now: datetime
) -> None:
    episode = await episode_of(session, "王芳", now, pack="mpox-cn", category="contact")
    items = await duties_of(session, episode, Kind.CHECKIN)
    for n, item in enumerate(items[:3]):
        await check_in(session, item, now + n * DAY, "36.5", "rash")
    (test,) = await duties_of(session, episode, Kind.TEST)
    assert (test.opens_at, test.due_at) == (now, now + DAY)
    await record_result(session, test, Result.NEGATIVE, None, BY, now + 3 * DAY)
    await check_in(session, items[4], now + 4 * DAY, "36.5", "rash")
    assert len(await duties_of(session, episode, Kind.TEST)) == 2


# -- the way out ----------------------------------------------------------------------------------


async def missing(session: AsyncSession, episode: Episode, at: datetime) -> list[str]:
    return await missing_for_release(session, episode, at, ZONE)


async def test_release_waits_for_days_and_tests_and_then_for_nothing(
    session: AsyncSession, now: datetime, episode: Episode
) -> None:
    first, last = await duties_of(session, episode, Kind.TEST)
    assert await missing(session, episode, now) == ["days", "tests_missing"]
    await record_result(session, first, Result.NEGATIVE, None, BY, now)
    await record_result(session, last, Result.PENDING, None, BY, now + 2 * DAY)
    assert await missing(session, episode, now + 2 * DAY) == ["tests_missing"]
    await record_result(session, last, Result.NEGATIVE, None, BY, now + 2 * DAY)
    assert await missing(session, episode, now + DAY) == ["days"]
    assert await missing(session, episode, now + 2 * DAY) == []


async def test_one_positive_stands_against_release(
    session: AsyncSession, now: datetime, episode: Episode
) -> None:
    first, last = await duties_of(session, episode, Kind.TEST)
    await record_result(session, first, Result.POSITIVE, None, BY, now)
    await record_result(session, last, Result.NEGATIVE, None, BY, now + 2 * DAY)
    assert await missing(session, episode, now + 2 * DAY) == ["test_positive"]


async def test_a_waived_test_is_not_waited_for_but_one_negative_is(
    session: AsyncSession, now: datetime, episode: Episode
) -> None:
    first, last = await duties_of(session, episode, Kind.TEST)
    await settle(session, [first], Outcome.WAIVED, BY, now, "hospital")
    assert await missing(session, episode, now + 2 * DAY) == ["tests_missing"]
    await record_result(session, last, Result.NEGATIVE, None, BY, now + 2 * DAY)
    assert await missing(session, episode, now + 2 * DAY) == []


async def test_a_test_of_somebody_out_of_reach_still_stands_against_release(
    session: AsyncSession, now: datetime, episode: Episode
) -> None:
    first, last = await duties_of(session, episode, Kind.TEST)
    await settle(session, [first], Outcome.UNREACHABLE, BY, now, "unreachable")
    await record_result(session, last, Result.NEGATIVE, None, BY, now + 2 * DAY)
    assert await missing(session, episode, now + 2 * DAY) == ["tests_missing"]


async def test_the_last_result_asks_the_worker_again(
    session: AsyncSession, now: datetime, episode: Episode
) -> None:
    first, last = await duties_of(session, episode, Kind.TEST)
    release = await only(session, episode, Kind.RELEASE)
    await record_result(session, first, Result.NEGATIVE, None, BY, now)
    assert release.rounds == 0  # its day has not come
    await record_result(session, last, Result.NEGATIVE, None, BY, now + 2 * DAY + HOUR)
    assert (release.rounds, release.rung) == (1, 0)
    assert release in await claim_due(session, now + 2 * DAY + HOUR, 20)


@pytest.mark.parametrize(
    ("end", "release"),
    [
        (EpisodeEnd.RELEASED, Outcome.DONE),
        (EpisodeEnd.TRANSFERRED, Outcome.CANCELLED),
        (EpisodeEnd.CANCELLED, Outcome.CANCELLED),
    ],
)
async def test_closing_cancels_what_is_left_and_keeps_what_was_done_and_the_alerts(
    session: AsyncSession, now: datetime, episode: Episode, end: EpisodeEnd, release: Outcome
) -> None:
    first = (await duties_of(session, episode, Kind.CHECKIN))[0]
    await check_in(session, first, now, "38.5")
    await close_episode(session, episode, end, BY, now + 2 * DAY)
    assert (episode.outcome, episode.outcome_at) == (end, now + 2 * DAY)
    assert await running_episode(session, episode.person_id) is None
    outcomes = {
        item.outcome
        for item in await duties_of(session, episode)
        if item.kind not in (Kind.RELEASE, Kind.ALERT) and item is not first
    }
    assert outcomes == {Outcome.CANCELLED}
    assert first.outcome == Outcome.DONE
    assert (await only(session, episode, Kind.RELEASE)).outcome == release
    (alert,) = await alerts(session, episode)
    assert alert.is_open()
    assert await claim_due(session, now + 30 * DAY, 50) == [alert]


async def test_the_newest_open_episode_is_the_one_under_way(
    session: AsyncSession, now: datetime, episode: Episode
) -> None:
    second = await episode_of(session, "王芳", now + HOUR)
    assert await running_episode(session, episode.person_id) is second
    assert len(list(await session.scalars(select(Episode)))) == 2
