"""Duty: what is due of a shift and when, stand-ins, nights without anybody, notes, figures."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from cases import ZONE, account_of, actor, manned, staff_of, unit_of, watch
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.access import access_shift
from models.accounts import Account, Assignment, Role, leaders_of
from models.actors import Action, Actor
from models.attendance import Turnout, sign_in, sign_out, turnout, unread_notes
from models.clock import at_local, local_day
from models.duty import Post, Shift, signin_key, signout_key
from models.messages import UserError
from models.obligations import Due, Kind, Obligation, Outcome, by_key
from models.reports.periods import Period
from models.rota import Watch, adopt, cancel_shift, hand_over, mind_nights, plan_shifts

HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)


async def item_of(session: AsyncSession, key: str) -> Obligation:
    found = await by_key(session, key)
    assert found is not None
    return found


async def post_of(session: AsyncSession, shift: Shift) -> Post:
    return await session.get_one(Post, shift.post_id)


async def come(
    session: AsyncSession, shift: Shift, at: datetime, distance: int | None = None
) -> None:
    post = await post_of(session, shift)
    await sign_in(session, shift, post, shift.account_id or 0, at, ZONE, distance)


# -- signing in and out ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minutes", "refused", "outcome"),
    [
        (-16, "duty.too_early", None),
        (-15, "", Outcome.DONE),
        (0, "", Outcome.DONE),
        (15, "", Outcome.DONE),
        (16, "", Outcome.LATE),
        (479, "", Outcome.LATE),
        (480, "duty.over", None),
    ],
)
async def test_the_window_for_signing_in(
    session: AsyncSession, now: datetime, minutes: int, refused: str, outcome: Outcome | None
) -> None:
    since_at = now + 2 * HOUR
    shift = await manned(session, since_at, now)
    at = since_at + minutes * MINUTE
    if refused:
        with pytest.raises(UserError, match=refused):
            await come(session, shift, at)
    else:
        await come(session, shift, at)
        assert shift.missed(at) is (outcome == Outcome.LATE)
    assert (await item_of(session, signin_key(shift.id))).outcome == outcome


async def test_signing_in_twice_or_after_it_was_called_off_is_refused(
    session: AsyncSession, now: datetime
) -> None:
    shift = await manned(session, now, now)
    await come(session, shift, now)
    with pytest.raises(UserError, match=r"duty\.signed_in_already"):
        await come(session, shift, now + MINUTE)
    other = await manned(session, now, now, by="赵敏")
    await cancel_shift(session, other, 1, now, ZONE)
    with pytest.raises(UserError, match=r"duty\.cancelled"):
        await come(session, other, now)


async def test_a_night_shift_ends_on_the_next_day(session: AsyncSession, now: datetime) -> None:
    evening = at_local(local_day(now, ZONE), time(20), ZONE)
    shift = await manned(session, evening, now, hours=12)
    await come(session, shift, evening + 5 * MINUTE)
    out = await item_of(session, signout_key(shift.id))
    assert out.due_at == evening + 12 * HOUR + 30 * MINUTE
    assert out.facts["overnight"] is True
    await sign_out(session, shift, 1, evening + 12 * HOUR, None)
    assert (await item_of(session, signout_key(shift.id))).outcome == Outcome.DONE


def test_the_distance_to_a_post_is_in_metres() -> None:
    post = Post(latitude=30.57, longitude=104.06)
    assert post.distance_m(30.57, 104.06) == 0
    assert post.distance_m(30.571, 104.06) == pytest.approx(111, abs=1)
    assert post.distance_m(30.57, 104.07) == pytest.approx(957, abs=5)
    assert post.distance_m(-30.57, -75.94) == pytest.approx(20_015_000, rel=0.01)
    assert Post().distance_m(1, 1) is None


async def test_a_note_waits_for_the_next_at_that_post_and_for_nobody_else(
    session: AsyncSession, now: datetime
) -> None:
    first = await manned(session, now, now)
    elsewhere = await manned(session, now + 8 * HOUR, now, by="赵敏")
    post = await post_of(session, first)
    second = await watch(session, post, now + 8 * HOUR, now, by="赵敏")
    late = await watch(session, post, now + 70 * HOUR, now, by="赵敏")
    await come(session, first, now)
    await sign_out(session, first, 1, now + 8 * HOUR, "钥匙在抽屉里")
    assert await unread_notes(session, second) == [first]
    assert await unread_notes(session, elsewhere) == []
    assert await unread_notes(session, first) == []
    assert await unread_notes(session, late) == [], "history"
    first.read_at = now + 8 * HOUR
    await session.flush()
    assert await unread_notes(session, second) == []


# -- the rota --------------------------------------------------------------------------------------


async def test_the_same_shift_is_planned_once(session: AsyncSession, now: datetime) -> None:
    shift = await manned(session, now, now)
    post, staff = await post_of(session, shift), await staff_of(session, "李强")
    again = Watch(post, staff, now, now + 8 * HOUR)
    later = Watch(post, staff, now + DAY, now + DAY + HOUR)
    made = await plan_shifts(session, [again, later, later], now, ZONE)
    assert [m is None for m in made] == [True, False, True]
    assert await plan_shifts(session, [], now, ZONE) == []


async def test_a_shift_that_was_called_off_can_be_planned_again(
    session: AsyncSession, now: datetime
) -> None:
    shift = await manned(session, now + DAY, now)
    await cancel_shift(session, shift, 1, now, ZONE)
    again = await watch(session, await post_of(session, shift), now + DAY, now)
    assert again.id != shift.id


async def test_planned_while_it_runs_she_has_the_window_from_now(
    session: AsyncSession, now: datetime
) -> None:
    shift = await manned(session, now - 2 * HOUR, now)
    assert shift.due_at == now + 15 * MINUTE


async def test_a_stand_in_before_time_keeps_the_time(session: AsyncSession, now: datetime) -> None:
    shift = await manned(session, now + DAY, now)
    await hand_over(session, shift, await staff_of(session, "赵敏"), now)
    item = await item_of(session, signin_key(shift.id))
    assert item.owner_id == (await account_of(session, "赵敏")).id
    assert item.due_at == shift.due_at == now + DAY + 15 * MINUTE
    assert item.details()["staff"] == "赵敏"
    due = await session.get_one(Due, item.id)
    assert due.next_action_at == item.opens_at


async def test_a_stand_in_after_time_has_a_time_of_her_own_and_the_gap_stays(
    session: AsyncSession, now: datetime
) -> None:
    shift = await manned(session, now - HOUR, now - 2 * HOUR)
    await hand_over(session, shift, await staff_of(session, "赵敏"), now)
    item = await item_of(session, signin_key(shift.id))
    assert item.due_at == now + 30 * MINUTE
    await come(session, shift, now + 20 * MINUTE)
    assert item.outcome == Outcome.DONE
    assert shift.missed(now + HOUR)


async def test_called_off_on_the_post_her_hours_stay(session: AsyncSession, now: datetime) -> None:
    shift = await manned(session, now, now)
    await come(session, shift, now)
    await cancel_shift(session, shift, 1, now + HOUR, ZONE)
    assert (shift.signed_in_at, shift.signed_out_at) == (now, now + HOUR)
    keys = (signin_key(shift.id), signout_key(shift.id))
    outcomes = [(await item_of(session, key)).outcome for key in keys]
    assert outcomes == [Outcome.DONE, Outcome.CANCELLED]


async def test_who_signs_in_to_the_program_later_finds_her_shifts(
    session: AsyncSession, now: datetime
) -> None:
    staff = Assignment(
        role=Role.GRID_WORKER,
        unit_id=(await unit_of(session, "花园小区二网格")).id,
        name="新来",
        since_at=now,
    )
    session.add(staff)
    await session.flush()
    shift = await manned(session, now + DAY, now)
    post = await post_of(session, shift)
    watch_ = Watch(post, staff, now + DAY, now + DAY + HOUR)
    (made,) = await plan_shifts(session, [watch_], now, ZONE)
    assert made is not None
    assert made.account_id is None
    account = Account(chat="phone:新来", created_at=now)
    session.add(account)
    await session.flush()
    staff.account_id = account.id
    await adopt(session, account.id)
    item = await item_of(session, signin_key(made.id))
    assert (made.account_id, item.owner_id) == (account.id, account.id)
    assert shift.account_id != account.id


# -- nights ----------------------------------------------------------------------------------------


async def night_of(session: AsyncSession) -> Obligation | None:
    return await session.scalar(select(Obligation).where(Obligation.kind == Kind.ROTA))


async def test_a_night_without_anybody_is_due_until_somebody_is_found(
    session: AsyncSession, now: datetime
) -> None:
    morning = await manned(session, now, now, nightly=True)
    post = await post_of(session, morning)
    missing = await night_of(session)
    assert missing is not None
    today = local_day(now, ZONE)
    assert missing.opens_at == at_local(today, time(15), ZONE)
    assert missing.due_at == at_local(today, time(20), ZONE)
    night = await watch(session, post, at_local(today, time(19), ZONE), now, hours=12)
    assert missing.outcome == Outcome.DONE
    await cancel_shift(session, night, 1, now, ZONE)
    assert missing.is_open()
    assert await session.get(Due, missing.id) is not None


async def test_every_night_is_looked_at_in_its_own_morning(
    session: AsyncSession, now: datetime
) -> None:
    shift = await manned(session, now, now, nightly=True)
    await manned(session, now, now, by="赵敏")  # a post that need not be manned at night
    tomorrow = now + DAY
    for _ in range(2):
        await mind_nights(session, local_day(tomorrow, ZONE), tomorrow, ZONE)
    found = await session.scalars(select(Obligation.key).where(Obligation.kind == Kind.ROTA))
    days = [local_day(now, ZONE), local_day(tomorrow, ZONE)]
    assert list(found) == [f"rota:p{shift.post_id}:{on.isoformat()}" for on in days]
    (await post_of(session, shift)).closed_at = now
    await mind_nights(session, local_day(now + 2 * DAY, ZONE), now + 2 * DAY, ZONE)
    assert (
        len(list(await session.scalars(select(Obligation).where(Obligation.kind == Kind.ROTA))))
        == 2
    )


# -- who may ---------------------------------------------------------------------------------------


async def test_the_leaders_of_a_unit_are_those_of_the_nearest_that_has_any(
    session: AsyncSession, now: datetime
) -> None:
    grid = await unit_of(session, "花园小区一网格")
    assert await leaders_of(session, grid.id, now) == [(await account_of(session, "孙丽")).id]
    (await staff_of(session, "孙丽")).until_at = now
    await session.flush()
    assert await leaders_of(session, grid.id, now) == [(await account_of(session, "钱伟")).id]


SIGN, LOOK, DISPOSE = Action.REPORT, Action.SEE, Action.OVERSEE
MAY = {
    "李强": {SIGN, LOOK},  # hers
    "刘洋": {LOOK},  # was asked to stand in
    "孙丽": {LOOK, DISPOSE},
    "钱伟": {LOOK, DISPOSE},
    "赵敏": set(),  # a grid below the village whose post it is
    "何平": set(),
    "高峰": set(),
    "冯静": set(),
    "陈建国": set(),
}


async def test_who_may_do_what_to_a_shift(session: AsyncSession, now: datetime) -> None:
    shift = await manned(session, now, now)
    shift.asked_id = (await account_of(session, "刘洋")).id
    await session.flush()
    for name, allowed in MAY.items():
        who = await actor(session, name, now)
        for action in (SIGN, LOOK, DISPOSE):
            assert await reaches(session, who, shift, action) is (action in allowed), (name, action)


async def reaches(session: AsyncSession, who: Actor, shift: Shift, action: Action) -> bool:
    try:
        return await access_shift(session, who, shift.id, action) is shift
    except UserError as error:
        return error.text.key != "access.denied"


# -- figures ---------------------------------------------------------------------------------------


async def test_the_figures_balance_and_count_each_shift_once(
    session: AsyncSession, now: datetime
) -> None:
    in_time = await manned(session, now, now)
    late = await manned(session, now, now, by="赵敏")
    await manned(session, now, now, by="孙丽")  # nobody comes
    off = await manned(session, now, now, by="钱伟")
    elsewhere = await manned(session, now, now, by="刘洋", unit="柳林村")
    await come(session, in_time, now + 15 * MINUTE)
    await come(session, late, now + HOUR)
    await cancel_shift(session, off, 1, now, ZONE)
    await come(session, elsewhere, now)
    village, top = await unit_of(session, "花园社区"), await unit_of(session, "清河区")
    day = Period(now, now + 4 * HOUR)
    assert await turnout(session, village, day) == Turnout(3, 1, 2, 1)
    assert await turnout(session, top, day) == Turnout(4, 2, 2, 1)
    before_she_came = Period(now, now + 30 * MINUTE)
    assert await turnout(session, village, before_she_came) == Turnout(3, 1, 2, 0)
    assert await turnout(session, village, Period(day.until_at, day.until_at + DAY)) == Turnout()
