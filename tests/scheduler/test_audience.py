"""Who is asked: nobody who has left, is on leave, or has blocked us."""

from __future__ import annotations

from datetime import datetime, timedelta

from cases import account_of, duty, settle_cast
from sqlalchemy import update

from models.accounts import Account, Assignment
from models.clock import StoppedClock
from models.handover import begin
from models.obligations import Kind
from models.session import Database
from scheduler.audience import Audiences

DAY = timedelta(days=1)


async def asked(db: Database, now: datetime, happens: str) -> list[str]:
    """Who hears of something that 李强 has claimed, after something has happened to him."""
    async with db.write() as session:
        await settle_cast(session, now)
        li = await account_of(session, "李强")
        names = {(await account_of(session, n)).id: n for n in ("李强", "赵敏", "孙丽", "钱伟")}
        item = await duty(session, "fever", now, kind=Kind.ALERT, owner_id=li.id)
        mine = Assignment.account_id == li.id
        match happens:
            case "left":
                await session.execute(update(Assignment).where(mine).values(until_at=now))
            case "blocked":
                blocked = update(Account).where(Account.id == li.id)
                await session.execute(blocked.values(blocked_at=now))
            case "leave":
                await begin(session, li.id, None, now + DAY, now)
        found = await Audiences.load(session, [item], now)
        return [names[account] for account in found.of(item, "worker")]


async def test_whoever_took_it_on_is_asked_alone(db: Database, clock: StoppedClock) -> None:
    assert await asked(db, clock.now(), "") == ["李强"]


async def test_of_somebody_who_left_the_team_her_colleagues_are_asked(
    db: Database, clock: StoppedClock
) -> None:
    assert await asked(db, clock.now(), "left") == ["赵敏"]


async def test_of_somebody_who_blocked_us_her_colleagues_are_asked(
    db: Database, clock: StoppedClock
) -> None:
    assert await asked(db, clock.now(), "blocked") == ["赵敏"]


async def test_on_leave_without_a_receiver_her_colleagues_are_asked(
    db: Database, clock: StoppedClock
) -> None:
    assert await asked(db, clock.now(), "leave") == ["赵敏"]
