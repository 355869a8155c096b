"""One-time codes give a role once; gates carry a unit as long as they are open."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from cases import account_of, actor, person_of, unit_of
from cast import gate_token
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import (
    INVITE_DAYS,
    Account,
    Assignment,
    Gate,
    Invite,
    Role,
    account_of_person,
    gate_unit,
    invite,
    new_code,
    open_gate,
    redeem,
)
from models.actors import Grant
from models.crypto import one_way
from models.messages import UserError
from models.units import Level


async def newcomer(session: AsyncSession, now: datetime, chat: str = "phone:新人") -> Account:
    account = Account(chat=chat, name="新人", created_at=now)
    session.add(account)
    await session.flush()
    return account


async def refusal(session: AsyncSession, code: str, account: Account, at: datetime) -> str:
    with pytest.raises(UserError) as refused:
        await redeem(session, code, account, at)
    return refused.value.text.key


async def test_a_code_gives_its_role_in_its_unit(session: AsyncSession, now: datetime) -> None:
    grid = await unit_of(session, "花园小区二网格")
    code = await invite(session, Role.GRID_WORKER, grid.id, now)
    account = await newcomer(session, now)
    assert await redeem(session, code, account, now) is not None
    assert (await actor(session, "新人", now)).grants == (
        Grant(Role.GRID_WORKER, grid.id, grid.path, Level.GRID),
    )


async def test_only_the_hash_of_a_code_is_stored(session: AsyncSession, now: datetime) -> None:
    code = await invite(session, Role.ADMIN, (await unit_of(session, "清河区")).id, now)
    stored = await session.scalar(select(Invite.code_hash))
    assert stored == one_way(code)
    assert code not in stored


async def test_a_code_is_used_once(session: AsyncSession, now: datetime) -> None:
    code = await invite(session, Role.COMMUNITY, (await unit_of(session, "花园社区")).id, now)
    one, two = await newcomer(session, now), await newcomer(session, now, "phone:又一人")
    await redeem(session, code, one, now)
    assert await refusal(session, code, two, now) == "start.invite_used"
    assert await refusal(session, code, one, now) == "start.invite_mine"
    assert (await actor(session, "又一人", now)).grants == ()
    assert len((await actor(session, "新人", now)).grants) == 1


async def test_a_code_ends_on_its_fourteenth_day(session: AsyncSession, now: datetime) -> None:
    unit = await unit_of(session, "花园社区")
    account = await newcomer(session, now)
    code = await invite(session, Role.COMMUNITY, unit.id, now)
    end = now + timedelta(days=INVITE_DAYS)
    assert await refusal(session, code, account, end) == "start.invite_expired"
    last = end - timedelta(seconds=1)
    assert await redeem(session, code, account, last) is not None


async def test_a_code_that_nobody_made_is_nothing(session: AsyncSession, now: datetime) -> None:
    assert await redeem(session, new_code(), await newcomer(session, now), now) is None


async def test_a_code_of_an_imported_row_fills_that_row(
    session: AsyncSession, now: datetime
) -> None:
    unit = await unit_of(session, "花园社区")
    row = Assignment(role=Role.COMMUNITY, unit_id=unit.id, name="周主任", since_at=now)
    session.add(row)
    await session.flush()
    code = await invite(session, Role.COMMUNITY, unit.id, now, row.id)
    account = await newcomer(session, now)
    await redeem(session, code, account, now)
    mine = await session.scalars(select(Assignment).where(Assignment.account_id == account.id))
    assert [found.id for found in mine] == [row.id]


async def test_a_code_of_a_row_that_somebody_else_holds_makes_a_new_row(
    session: AsyncSession, now: datetime
) -> None:
    unit = await unit_of(session, "花园社区")
    held = await session.scalar(
        select(Assignment).where(Assignment.account_id == (await account_of(session, "孙丽")).id)
    )
    assert held is not None
    code = await invite(session, Role.COMMUNITY, unit.id, now, held.id)
    account = await newcomer(session, now)
    await redeem(session, code, account, now)
    assert held.account_id != account.id
    assert [grant.role for grant in (await actor(session, "新人", now)).grants] == [Role.COMMUNITY]


async def test_a_residents_code_carries_a_unit_and_no_role(
    session: AsyncSession, now: datetime
) -> None:
    grid = await unit_of(session, "花园小区一网格")
    account = await newcomer(session, now)
    await redeem(session, await invite(session, Role.RESIDENT, grid.id, now), account, now)
    assert account.gate_unit_id == grid.id
    assert (await actor(session, "新人", now)).grants == ()


async def test_a_role_ends_at_its_hour(session: AsyncSession, now: datetime) -> None:
    worker = await account_of(session, "李强")
    row = await session.scalar(select(Assignment).where(Assignment.account_id == worker.id))
    assert row is not None
    row.until_at = now + timedelta(hours=1)
    await session.flush()
    assert (await actor(session, "李强", now)).roles == {Role.GRID_WORKER}
    assert (await actor(session, "李强", now + timedelta(hours=1))).roles == frozenset()


async def test_a_gate_carries_its_unit_any_number_of_times(
    session: AsyncSession, now: datetime
) -> None:
    grid = await unit_of(session, "花园小区一网格")
    assert await gate_unit(session, gate_token("花园小区一网格")) == grid.id
    token = await open_gate(session, grid.id, now)
    assert [await gate_unit(session, token) for _ in range(2)] == [grid.id, grid.id]


async def test_a_closed_gate_and_an_invented_token_lead_nowhere(
    session: AsyncSession, now: datetime
) -> None:
    token = await open_gate(session, (await unit_of(session, "花园社区")).id, now)
    gate = await session.scalar(select(Gate).where(Gate.token_hash == one_way(token)))
    assert gate is not None
    gate.closed_at = now
    await session.flush()
    assert await gate_unit(session, token) is None
    assert await gate_unit(session, "gate-nowhere") is None


def test_codes_fit_a_deep_link_and_have_no_look_alikes() -> None:
    codes = {new_code() for _ in range(500)}
    assert len(codes) == 500
    assert all(re.fullmatch(r"[2-9a-hj-km-np-z]{16}", code) for code in codes)


async def test_a_person_is_reached_at_her_newest_account_that_has_not_blocked_us(
    session: AsyncSession, now: datetime
) -> None:
    person = await person_of(session, "陈建国")
    first = await session.scalar(select(Account).where(Account.chat == "phone:陈建国"))
    second = await newcomer(session, now, "phone:陈建国2")
    second.person_id = person.id
    await session.flush()
    assert await account_of_person(session, person.id) is second
    second.blocked_at = now
    await session.flush()
    assert await account_of_person(session, person.id) is first
    assert await account_of_person(session, person.id + 1) is None
