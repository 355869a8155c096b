"""A matter that hangs on a village, or higher, is its own staff's first, and climbs from there."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from cases import ZONE, account_of, duty, heads, proofs
from sqlalchemy import delete

from models.accounts import Assignment, Role
from models.obligations import Kind, Obligation, by_key
from models.session import Database
from scheduler.sweep import tick

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
HELP = {"kind": Kind.HELP, "facts": {"need": "medicine", "asker": 1, "behalf": False}}
LADDER = ("李强", "孙丽", "钱伟", "吴刚")


async def climb(db: Database, now: datetime, *minutes: int) -> list[list[str]]:
    """What the grid, the village, the township and the district hear."""
    for passed in minutes:
        await tick(db, now + passed * MINUTE, ZONE)
    async with db.read() as session:
        return [await heads(session, name) for name in LADDER]


async def test_help_for_a_village_is_heard_by_its_staff_and_then_climbs(
    district: Database, now: datetime
) -> None:
    async with district.write() as session:
        await duty(session, "help", now, unit="花园社区", **HELP)
    assert await climb(district, now, 0) == [[], ["help.new"], [], []]
    heard = await climb(district, now, 89, 90, 119, 120, 239)
    assert heard == [[], ["help.new", "help.waiting", "help.overdue"], [], []]
    assert (await climb(district, now, 240))[2] == ["help.overdue"]
    async with district.read() as session:
        assert (3, "village", "told") in await proofs(session, "help")


async def test_a_lead_of_a_village_is_heard_by_its_staff_and_then_climbs(
    district: Database, now: datetime
) -> None:
    async with district.write() as session:
        await duty(session, "verify", now, kind=Kind.VERIFY, unit="花园社区")
    heard = await climb(district, now, 0, 60, 90, 120, 239)
    assert heard == [
        [],
        ["verify.new", "verify.waiting", "verify.unclaimed", "verify.overdue"],
        [],
        [],
    ]
    assert (await climb(district, now, 240))[2] == ["verify.overdue"]


async def test_a_matter_of_a_township_is_its_staffs_first(
    district: Database, now: datetime
) -> None:
    async with district.write() as session:
        await duty(session, "help", now, unit="城关镇", **HELP)
    assert (await climb(district, now, 0))[:3] == [[], [], ["help.new"]]


@pytest.mark.parametrize("claimed", [False, True])
async def test_a_grid_without_workers_is_still_the_villages(
    district: Database, now: datetime, claimed: bool
) -> None:
    """Nobody stands on the first rung: the one above hears it as news, once."""
    async with district.write() as session:
        await session.execute(delete(Assignment).where(Assignment.role == Role.GRID_WORKER))
        sun = await account_of(session, "孙丽")
        await duty(session, "help", now, owner_id=sun.id if claimed else None, **HELP)
    heard = (await climb(district, now, 0, 90, 120))[1]
    assert heard == (["help.new", "help.waiting", "help.overdue"] if claimed else ["help.new"])


async def test_what_a_colleague_has_taken_on_is_told_to_both(
    district: Database, now: datetime
) -> None:
    """Overdue, she who has it and the village that leads her hear it: nobody is passed over."""
    async with district.write() as session:
        item = await duty(session, "help", now, **HELP)
        item.owner_id = (await account_of(session, "李强")).id
    heard = await climb(district, now, 120)
    assert heard[:2] == [["help.overdue"], ["help.overdue"]]
    async with district.read() as session:
        found = await by_key(session, "help")
        assert isinstance(found, Obligation)
        assert found.is_open()
