"""For how many days supplies last: by the newest count of each item in each store."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from cases import account_of, unit_of
from sqlalchemy.ext.asyncio import AsyncSession
from test_registers import submit

from models.registers import Submission
from models.reports.figures import count_below, count_figures
from models.reports.means import STORES
from models.reports.periods import Period
from models.reports.sheet import paragraphs
from models.supplies import Item, Level, forget, keep

HOUR = timedelta(hours=1)
MASKS = Level(Item.MASK, 100, 20)


async def count(
    session: AsyncSession,
    level: Level,
    at: datetime,
    unit: str = "花园社区",
    keeper: str = "",
    **how: int,
) -> Submission:
    """A record of a store, told by `keeper` if it is her own."""
    there = await unit_of(session, unit)
    receipt = f"{at:%d%H}{unit}{level.item}{keeper}{how}"
    record = await submit(session, receipt[:24], at, form="supplies", unit_id=there.id, **how)
    by = (await account_of(session, keeper)).id if keeper else None
    await keep(session, record, level, by, at)
    await session.flush()
    return record


async def figures(session: AsyncSession, unit: str, until: datetime) -> dict[str, int]:
    """What is not 0, without the code."""
    there, period = await unit_of(session, unit), Period(until - HOUR, until)
    found = await count_figures(session, there, period, (STORES,))
    below = (await count_below(session, there, period, (STORES,)))[there.id]
    assert {k: n for k, n in found.items() if n} == {k: n for k, n in below.items() if n}
    return {name.partition(".")[2]: n for name, n in found.items() if n}


async def test_the_newest_count_of_a_store_stands(session: AsyncSession, now: datetime) -> None:
    await count(session, MASKS, now)
    await count(session, Level(Item.MASK, 900, 20), now + HOUR)
    await count(session, Level(Item.SUIT, 0, 0), now)
    early = await figures(session, "花园社区", now)
    assert early == {
        "mask_stock": 100, "mask_used": 20, "suit_out": 1, "short": 2, "nearly_out": 2,
    }  # fmt: skip
    later = await figures(session, "花园社区", now + 48 * HOUR)
    assert later == {
        "mask_stock": 900, "mask_used": 20, "suit_out": 1, "short": 1, "nearly_out": 1,
    }  # fmt: skip


async def test_stores_add_up_above_and_a_shortage_in_one_of_them_is_not_lost(
    session: AsyncSession, now: datetime
) -> None:
    await count(session, MASKS, now)
    await count(session, Level(Item.MASK, 9000, 30), now, unit="城关镇")
    found = await figures(session, "城关镇", now)
    assert found == {"mask_stock": 9100, "mask_used": 50, "short": 1, "nearly_out": 1}
    assert await figures(session, "柳林村", now) == {}


async def test_a_venues_store_is_not_the_villages(session: AsyncSession, now: datetime) -> None:
    await count(session, MASKS, now)
    await count(session, MASKS, now + HOUR, keeper="李强")
    await count(session, Level(Item.MASK, 50, 20), now + 2 * HOUR, keeper="李强")
    assert (await figures(session, "花园社区", now + 3 * HOUR))["mask_stock"] == 150


async def test_a_correction_takes_the_place_and_what_is_taken_back_never_was(
    session: AsyncSession, now: datetime
) -> None:
    first = await count(session, MASKS, now)
    error = await count(session, Level(Item.MASK, 7, 7), now + HOUR)
    mended = await count(session, Level(Item.GLOVES, 7, 7), now + HOUR, supersedes_id=error.id)
    found = await figures(session, "花园社区", now + HOUR)
    assert (found["mask_stock"], found["gloves_stock"]) == (100, 7)
    await forget(session, mended.id)
    await forget(session, first.id)
    assert await figures(session, "花园社区", now + HOUR) == {}


@pytest.mark.parametrize(
    ("stock", "used", "said"),
    [
        (0, 0, "stores.nearly_out"),
        (139, 20, "stores.nearly_out"),
        (140, 20, "stores.short"),
        (599, 20, "stores.short"),
        (600, 20, "stores.enough"),
        (1, 0, "stores.unused"),
    ],
)
async def test_a_line_says_how_urgent_it_is(
    session: AsyncSession, now: datetime, stock: int, used: int, said: str
) -> None:
    await count(session, Level(Item.KIT, stock, used), now)
    there = await unit_of(session, "花园社区")
    found = await count_figures(session, there, Period(now - HOUR, now), (STORES,))
    (line,) = paragraphs(found)
    items = line.params["items"]
    assert isinstance(items, list)
    assert [one.key for one in items] == [said]
    short, nearly = said in ("stores.short", "stores.nearly_out"), said == "stores.nearly_out"
    assert (line.params["short"], line.params["nearly_out"]) == (short, nearly)
