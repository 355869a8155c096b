"""The points ledger: its sum, what makes an entry once, what spends points once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from cases import account_of, person_of, unit_of
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import Account
from models.messages import UserError
from models.points import (
    CODE_HOLDS,
    Holder,
    PointEntry,
    Reason,
    Redemption,
    ShopItem,
    ask_for,
    award,
    awards,
    balance,
    holder_of,
    redemption_by,
    reverse,
    spend,
)


async def shop(session: AsyncSession, now: datetime, have: int) -> tuple[Account, ShopItem]:
    """陈建国 with so many points, and an item of 80."""
    account, unit = await account_of(session, "陈建国"), await unit_of(session, "花园社区")
    await award(session, "made", holder_of(account), have, Reason.JOIN, unit.id, 1, now)
    item = ShopItem(unit_id=unit.id, name="大米", price=80, created_at=now)
    session.add(item)
    await session.flush()
    return account, item


async def asked_for(
    session: AsyncSession, account: Account, item: ShopItem, now: datetime
) -> Redemption:
    found = await redemption_by(session, await ask_for(session, item, account, now))
    assert found is not None
    return found


async def entries(session: AsyncSession) -> int:
    return await session.scalar(select(func.count()).select_from(PointEntry)) or 0


async def test_the_same_award_twice_is_one(session: AsyncSession, now: datetime) -> None:
    unit = await unit_of(session, "花园社区")
    holder = Holder((await person_of(session, "陈建国")).id)
    for _ in range(2):
        await award(session, "service:1", holder, 30, Reason.SERVICE, unit.id, None, now)
    assert (await balance(session, holder), await entries(session)) == (30, 1)


async def test_an_account_has_its_persons_points_and_its_own(
    session: AsyncSession, now: datetime
) -> None:
    account, unit = await account_of(session, "陈建国"), await unit_of(session, "花园社区")
    person_id = account.person_id
    first, second = Holder(None, account.id), Holder(person_id, account.id)
    await award(session, "a", first, 10, Reason.TIP, unit.id, 1, now)
    await award(session, "b", second, 20, Reason.TIP, unit.id, 1, now)
    assert await balance(session, holder_of(account)) == 30
    assert await balance(session, Holder(person_id)) == 20
    assert await balance(session, Holder()) == 0


async def test_points_are_spent_once(session: AsyncSession, now: datetime) -> None:
    account, item = await shop(session, now, 200)
    asked = await asked_for(session, account, item, now)
    assert await spend(session, asked, 1, now) == 120
    with pytest.raises(UserError, match=r"points\.spent_already"):
        await spend(session, asked, 1, now)
    assert await balance(session, holder_of(account)) == 120


async def test_two_codes_do_not_spend_the_same_points(session: AsyncSession, now: datetime) -> None:
    account, item = await shop(session, now, 100)
    first = await asked_for(session, account, item, now)
    second = await asked_for(session, account, item, now)
    await spend(session, first, 1, now)
    with pytest.raises(UserError, match=r"points\.too_few_now"):
        await spend(session, second, 1, now)
    assert await balance(session, holder_of(account)) == 20


@pytest.mark.parametrize(("late", "good"), [(-1, True), (0, False), (1, False)])
async def test_a_code_holds_half_an_hour(
    session: AsyncSession, now: datetime, late: int, good: bool
) -> None:
    account, item = await shop(session, now, 100)
    asked = await asked_for(session, account, item, now)
    at = now + CODE_HOLDS + timedelta(seconds=late)
    if good:
        assert await spend(session, asked, 1, at) == 20
        return
    with pytest.raises(UserError, match=r"points\.code_old"):
        await spend(session, asked, 1, at)


async def test_who_has_too_few_gets_no_code(session: AsyncSession, now: datetime) -> None:
    account, item = await shop(session, now, 79)
    with pytest.raises(UserError, match=r"points\.too_few"):
        await ask_for(session, item, account, now)


async def test_an_entry_is_taken_back_once_by_another(session: AsyncSession, now: datetime) -> None:
    account, _ = await shop(session, now, 50)
    entry = (await session.scalars(select(PointEntry))).one()
    back = await reverse(session, entry, 1, now)
    assert await balance(session, holder_of(account)) == 0
    assert await entries(session) == 2
    with pytest.raises(UserError, match=r"points\.reversed_already"):
        await reverse(session, entry, 1, now)
    with pytest.raises(UserError, match=r"points\.reversal_stays"):
        await reverse(session, back, 1, now)


def test_the_examples_are_of_what_is_awarded_by_hand() -> None:
    assert awards()[Reason.JOIN] == 50
    assert all(n > 0 for n in awards().values())
    assert not {Reason.TIP, Reason.SERVICE, Reason.REDEEMED, Reason.REVERSED} & awards().keys()
