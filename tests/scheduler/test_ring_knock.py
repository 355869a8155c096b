"""A neighbour is asked to knock where the district allows it, and nowhere else."""

from __future__ import annotations

from datetime import datetime

import pytest
from cases import account_of, duty, person_of, settle_cast, unit_of
from cast import add_resident
from sqlalchemy import update

from models.accounts import Account
from models.clock import StoppedClock
from models.rings import Ring, RingHome, addresses
from models.rules import set_rule
from models.session import Database
from scheduler.audience import Audiences

HEAD, SILENT = "林志明", "David"


async def knocked(db: Database, now: datetime, happens: str, who: str = SILENT) -> list[str]:
    """Who is asked to knock when somebody of a ring is silent."""
    async with db.write() as session:
        await settle_cast(session, now)
        grid, top = await unit_of(session, "花园小区一网格"), await unit_of(session, "清河区")
        head, silent = [await add_resident(session, name, now) for name in (HEAD, SILENT)]
        by = await account_of(session, "李强")
        ring = Ring(unit_id=grid.id, number=1, head_id=head.id, agreed_at=now, created_at=now)
        ring.created_by = by.id
        session.add(ring)
        await session.flush()
        for person in (head, silent):
            assert person.household_id is not None
            quiet = happens == "quiet" and person is silent
            home = RingHome(ring_id=ring.id, household_id=person.household_id, joined_at=now)
            home.quiet, home.left_at = quiet, now if happens == "left" else None
            session.add(home)
        if happens != "not allowed":
            set_rule(top, "ring_knock", True)
        match happens:
            case "not agreed":
                ring.agreed_at = None
            case "no phone":
                await session.execute(
                    update(Account).where(Account.person_id == silent.id).values(person_id=None)
                )
            case "head blocked":
                mine = Account.person_id == head.id
                await session.execute(update(Account).where(mine).values(blocked_at=now))
            case "head moved":
                head.household_id, head.moved_out_at = None, now
        await session.flush()
        subject = await person_of(session, who)
        item = await duty(session, "silent", now, person_id=subject.id)
        found = await Audiences.load(session, [item], now)
        names = {(await account_of(session, name)).id: name for name in (HEAD, SILENT, "李强")}
        return [names[account] for account in found.of(item, "ring")]


async def test_the_head_of_the_ring_is_asked(db: Database, clock: StoppedClock) -> None:
    assert await knocked(db, clock.now(), "") == [HEAD]


@pytest.mark.parametrize(
    "happens",
    ["not allowed", "quiet", "left", "not agreed", "no phone", "head blocked", "head moved"],
)
async def test_nobody_is_asked(db: Database, clock: StoppedClock, happens: str) -> None:
    assert await knocked(db, clock.now(), happens) == []


async def test_nobody_is_asked_to_knock_at_her_own_door(db: Database, clock: StoppedClock) -> None:
    assert await knocked(db, clock.now(), "", who=HEAD) == []


async def test_people_behind_one_door_are_one_door(db: Database, clock: StoppedClock) -> None:
    async with db.write() as session:
        await settle_cast(session, clock.now())
        family = [(await person_of(session, name)).id for name in ("陈建国", "林秀英")]
        assert await addresses(session, family) == ["花园小区5栋1单元301"]
