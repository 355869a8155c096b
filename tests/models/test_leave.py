"""Leave: who has whose work, whatever happens in between."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from cases import account_of, actor, duty, lead_of, unit_of
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import Assignment
from models.actors import Action
from models.handover import begin, end, name_receiver, refuse, start
from models.leads import Lead
from models.leave import Leave, arrange, candidates, held, leave_of
from models.messages import UserError
from models.obligations import Kind, Obligation, by_key
from models.staffing import end_role
from models.verification import claim, verify_key

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def go(
    session: AsyncSession, who: str, receiver: str, now: datetime, days: int = 1
) -> tuple[Leave, list[str]]:
    """She goes; the leave, and the key of every letter."""
    by = (await account_of(session, receiver)).id if receiver else None
    one = (await account_of(session, who)).id
    leave, letters = await begin(session, one, by, now + days * DAY, now)
    return leave, [letter.key for letter in letters]


async def has(session: AsyncSession, who: str, unit: str, now: datetime) -> bool:
    place = await unit_of(session, unit)
    return (await actor(session, who, now)).may(Action.SEE, place.path)


async def owner(session: AsyncSession, item: Obligation) -> str | None:
    await session.refresh(item)
    names = {(await account_of(session, n)).id: n for n in ("李强", "赵敏", "孙丽", "刘洋", "何平")}
    return names.get(item.owner_id or 0)


async def test_claims_and_access_go_and_come_back(session: AsyncSession, now: datetime) -> None:
    lead = await lead_of(session, "王芳", now)
    item = await by_key(session, verify_key(lead.id))
    assert item is not None
    mine, theirs = await account_of(session, "李强"), await account_of(session, "刘洋")
    assert await claim(session, item, mine.id, now)
    leave, _ = await go(session, "李强", "刘洋", now)
    assert await owner(session, item) == "刘洋"
    assert await session.scalar(select(Lead.claimed_by)) == theirs.id
    assert await has(session, "刘洋", "花园小区一网格", now)
    await end(session, leave, now + HOUR)
    assert await owner(session, item) == "李强"
    assert await session.scalar(select(Lead.claimed_by)) == mine.id
    assert not await has(session, "刘洋", "花园小区一网格", now + HOUR)


async def test_what_a_stand_in_claims_is_hers_for_whom_she_stands_in(
    session: AsyncSession, now: datetime
) -> None:
    item = await duty(session, "fever", now, kind=Kind.ALERT)
    leave, _ = await go(session, "李强", "刘洋", now)
    assert await claim(session, item, (await account_of(session, "刘洋")).id, now)
    await end(session, leave, now + HOUR)
    assert await owner(session, item) == "李强"


async def test_what_a_colleague_of_the_same_grid_claims_stays_hers(
    session: AsyncSession, now: datetime
) -> None:
    item = await duty(session, "fever", now, kind=Kind.ALERT)
    leave, _ = await go(session, "李强", "赵敏", now)
    assert await claim(session, item, (await account_of(session, "赵敏")).id, now)
    await end(session, leave, now + HOUR)
    assert await owner(session, item) == "赵敏"


async def test_access_ends_by_itself_when_nothing_runs(
    session: AsyncSession, now: datetime
) -> None:
    await go(session, "李强", "刘洋", now)
    just_before, over = now + DAY - HOUR, now + DAY
    assert await has(session, "刘洋", "花园小区一网格", just_before)
    assert not await has(session, "刘洋", "花园小区一网格", over)
    assert await leave_of(session, (await account_of(session, "李强")).id, over) is None


async def test_arranging_again_changes_nothing(session: AsyncSession, now: datetime) -> None:
    await go(session, "李强", "刘洋", now)
    before = await session.scalar(select(func.count(Assignment.id)))
    assert await arrange(session, now + HOUR) == []
    assert await session.scalar(select(func.count(Assignment.id))) == before


async def test_the_work_follows_a_receiver_who_goes_too(
    session: AsyncSession, now: datetime
) -> None:
    item = await duty(session, "fever", now, kind=Kind.ALERT)
    await claim(session, item, (await account_of(session, "李强")).id, now)
    first, _ = await go(session, "李强", "赵敏", now, days=5)
    second, _ = await go(session, "赵敏", "孙丽", now + HOUR)
    assert await owner(session, item) == "孙丽"
    await end(session, second, now + 2 * HOUR)
    assert await owner(session, item) == "赵敏"
    await go(session, "赵敏", "孙丽", now + 3 * HOUR)
    await end(session, first, now + 4 * HOUR)
    assert await owner(session, item) == "李强"


async def test_two_who_would_hold_each_others_work_leave_it_where_it_is(
    session: AsyncSession, now: datetime
) -> None:
    """They cannot choose each other; if they could all the same, nothing would go round."""
    item = await duty(session, "fever", now, kind=Kind.ALERT)
    await claim(session, item, (await account_of(session, "李强")).id, now)
    await go(session, "李强", "赵敏", now)
    leave, _ = await go(session, "赵敏", "孙丽", now)
    leave.receiver_id = (await account_of(session, "李强")).id
    await arrange(session, now)
    assert leave.holder_id is None
    assert await owner(session, item) == "李强"


async def test_nobody_who_is_away_is_offered(session: AsyncSession, now: datetime) -> None:
    async def offered(who: str) -> list[str]:
        mine = (await account_of(session, who)).id
        return [one.name for one in await candidates(session, mine, now)]

    assert await offered("李强") == ["赵敏", "孙丽", "钱伟", "吴刚"]
    await go(session, "赵敏", "孙丽", now)
    assert await offered("李强") == ["孙丽", "钱伟", "吴刚"]
    (await account_of(session, "孙丽")).blocked_at = now
    await session.flush()
    assert await offered("李强") == ["钱伟", "吴刚"]


async def test_a_refused_leave_waits_for_the_unit_above_once(
    session: AsyncSession, now: datetime
) -> None:
    leave, _ = await go(session, "李强", "赵敏", now)
    by = (await account_of(session, "赵敏")).id
    await refuse(session, leave, by, now + HOUR / 2)
    asked = await by_key(session, f"leave:{leave.id}:1")
    assert asked is not None
    assert asked.is_open()
    assert asked.unit_id == (await unit_of(session, "花园社区")).id
    receiver = await account_of(session, "孙丽")
    await name_receiver(session, leave, receiver.id, receiver.id, now + HOUR)
    await session.refresh(asked)
    assert not asked.is_open()
    assert leave.holder_id == receiver.id


async def test_coming_back_ends_what_was_asked_for_it(session: AsyncSession, now: datetime) -> None:
    leave, keys = await go(session, "李强", "", now)
    assert keys == []
    await end(session, leave, now + HOUR)
    open_ones = select(func.count(Obligation.id)).where(
        Obligation.kind.in_((Kind.LEAVE, Kind.BACK)), Obligation.outcome.is_(None)
    )
    assert await session.scalar(open_ones) == 0


async def promise(session: AsyncSession, who: str, receiver: str, now: datetime) -> Leave:
    """A leave of one day, from tomorrow."""
    by = (await account_of(session, receiver)).id if receiver else None
    one = (await account_of(session, who)).id
    leave, _ = await begin(session, one, by, now + 2 * DAY, now, now + DAY)
    return leave


async def test_a_leave_to_come_moves_nothing_before_its_hour(
    session: AsyncSession, now: datetime
) -> None:
    item = await duty(session, "fever", now, kind=Kind.ALERT)
    await claim(session, item, (await account_of(session, "李强")).id, now)
    leave = await promise(session, "李强", "刘洋", now)
    assert await owner(session, item) == "李强"
    assert not await has(session, "刘洋", "花园小区一网格", now)
    await start(session, leave, now + DAY)
    assert await owner(session, item) == "刘洋"
    assert await has(session, "刘洋", "花园小区一网格", now + DAY)
    assert not await has(session, "刘洋", "花园小区一网格", now + 2 * DAY)


async def test_beginning_twice_changes_nothing(session: AsyncSession, now: datetime) -> None:
    leave = await promise(session, "李强", "刘洋", now)
    first = [letter.key for letter in await start(session, leave, now + DAY)]
    lent = await session.scalar(select(func.count(Assignment.id)))
    second = [letter.key for letter in await start(session, leave, now + DAY)]
    assert set(second) <= set(first)
    assert await session.scalar(select(func.count(Assignment.id))) == lent


async def test_what_is_called_off_never_begins(session: AsyncSession, now: datetime) -> None:
    leave = await promise(session, "李强", "刘洋", now)
    (told,) = await end(session, leave, now + HOUR)
    assert told.account_id == (await account_of(session, "刘洋")).id
    open_ones = select(func.count(Obligation.id)).where(
        Obligation.kind.in_((Kind.LEAVE, Kind.BACK)), Obligation.outcome.is_(None)
    )
    assert await session.scalar(open_ones) == 0
    assert await arrange(session, now + DAY) == []


async def test_nobody_is_offered_who_will_be_away_by_then(
    session: AsyncSession, now: datetime
) -> None:
    mine = (await account_of(session, "李强")).id
    await promise(session, "赵敏", "孙丽", now)
    for since, until, offered in (
        (now, now + DAY, True),
        (now, now + DAY + HOUR, False),
        (now + DAY, now + 2 * DAY, False),
        (now + 2 * DAY, now + 3 * DAY, True),
    ):
        names = [one.name for one in await candidates(session, mine, since, until)]
        assert ("赵敏" in names) == offered, (since, until)


async def test_who_leaves_the_team_takes_no_leave_and_stands_in_for_nobody(
    session: AsyncSession, now: datetime
) -> None:
    hers = await promise(session, "赵敏", "孙丽", now)
    other = await promise(session, "李强", "赵敏", now)
    account = await account_of(session, "赵敏")
    row = await session.scalar(select(Assignment).where(Assignment.account_id == account.id))
    assert row is not None
    await end_role(session, row, await unit_of(session, "花园小区一网格"), None, now + HOUR)
    assert hers.ended_at == now + HOUR
    assert other.receiver_id is None
    assert await by_key(session, f"leave:{other.id}:1") is not None


async def test_a_resident_takes_no_leave(session: AsyncSession, now: datetime) -> None:
    with pytest.raises(UserError):
        await go(session, "陈建国", "孙丽", now)


async def test_a_role_that_is_lent_is_not_lent_on_as_her_own(
    session: AsyncSession, now: datetime
) -> None:
    await go(session, "李强", "刘洋", now)
    await go(session, "刘洋", "何平", now)
    rows = await session.execute(
        select(Assignment.account_id, Assignment.held_for_id).where(
            Assignment.held_for_id.is_not(None), held(now)
        )
    )
    he = (await account_of(session, "何平")).id
    away = {(await account_of(session, name)).id for name in ("李强", "刘洋")}
    assert {tuple(row) for row in rows} == {(he, one) for one in away}
