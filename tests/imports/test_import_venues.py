"""The register of venues by sheet: kinds however they are called, managers with their codes."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from cases import ZONE, account_of, settle_cast, unit_of
from counting import counted
from sheets import NOW, ImportDesk, words
from sqlalchemy import func, select

from models.accounts import Assignment, Role
from models.rules import Rules
from models.venues.kinds import Trading, VenueKind
from models.venues.ladder import Ground
from models.venues.managing import set_trading
from models.venues.suspensions import Case, draft, issue_suspension
from models.venues.venue import Venue

HEAD = ["场所名称", "场所类型", "地址", "所属社区", "负责人", "负责人电话"]
SHOP = ["花园超市", "商超", "花园小区1栋", "花园社区", "郝运", "13900000099"]


@pytest.fixture(autouse=True)
async def cast(desk: ImportDesk) -> None:
    async with desk.db.write() as session:
        await settle_cast(session, NOW)


async def venues(desk: ImportDesk) -> Sequence[Venue]:
    async with desk.db.read() as session:
        return (await session.scalars(select(Venue).order_by(Venue.id))).all()


async def test_a_venue_lands_with_its_manager_invited(desk: ImportDesk) -> None:
    assert (await desk.take("venues", [HEAD, SHOP])).landed == 1
    (venue,) = await venues(desk)
    async with desk.db.read() as session:
        village = await unit_of(session, "花园社区")
        held = await session.get_one(Assignment, venue.manager_id)
    assert (venue.kind, venue.unit_id) == (VenueKind.SHOP, village.id)
    assert (held.name, held.role, held.account_id) == ("郝运", Role.VENUE, None)
    assert venue.code


async def test_the_same_sheet_twice_changes_nothing(desk: ImportDesk) -> None:
    await desk.take("venues", [HEAD, SHOP])
    again = await desk.take("venues", [HEAD, SHOP])
    assert (again.landed, again.unchanged) == (0, 1)
    assert len(await venues(desk)) == 1


async def test_one_manager_may_have_several_venues(desk: ImportDesk) -> None:
    second = ["康民药房", "药房", "花园小区2栋", *SHOP[3:]]
    await desk.take("venues", [HEAD, SHOP, second])
    assert len({venue.manager_id for venue in await venues(desk)}) == 1


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("饭店", VenueKind.RESTAURANT),
        ("网吧", VenueKind.LEISURE),
        ("農貿市場", VenueKind.MARKET),
        ("敬老院", VenueKind.CARE_HOME),
        ("Cold Store", VenueKind.COLD_STORE),
    ],
)
async def test_kinds_are_read_as_clerks_call_them(
    desk: ImportDesk, word: str, kind: VenueKind
) -> None:
    await desk.take("venues", [HEAD, ["某店", word, *SHOP[2:]]])
    assert [venue.kind for venue in await venues(desk)] == [kind]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (["花园超市", "飞船", *SHOP[2:]], words("venue_unknown", kind="飞船")),
        (["", *SHOP[1:]], words("empty", column=words("field.name"))),
        ([*SHOP[:3], "不知道社区", *SHOP[4:]], words("unit_unknown", unit="不知道社区")),
        ([*SHOP[:5], ""], words("empty", column=words("field.phone"))),
        (["长" * 81, *SHOP[1:]], words("title_long", max=80)),
    ],
)
async def test_what_cannot_be_registered_says_why(
    desk: ImportDesk, cells: list[str], reason: str
) -> None:
    assert reason in await desk.reason("venues", HEAD, cells)
    assert list(await venues(desk)) == []


async def test_a_venue_twice_in_a_sheet_is_told_of(desk: ImportDesk) -> None:
    done = await desk.take("venues", [HEAD, SHOP, SHOP])
    assert (done.landed, done.refused) == (1, 1)


async def test_a_manager_of_many_gets_one_code_and_statements_do_not_grow(
    desk: ImportDesk,
) -> None:
    """A hundred venues take as many statements as ten."""
    await desk.take("venues", [HEAD, SHOP])

    def some(many: int, name: str) -> list[list[str]]:
        rows = [
            [f"{name}{n}", "药店", f"花园小区{n}栋", "花园社区", f"郝{name}", ""]
            for n in range(many)
        ]
        return [[*row[:5], f"1390000{many:03}{n % 5}"] for n, row in enumerate(rows)]

    counts = []
    for many, name in ((10, "甲"), (100, "乙")):
        with counted(desk.db) as statements:
            done = await desk.take("venues", [HEAD, *some(many, name)])
        assert (done.landed, done.refused) == (many, 0)
        counts.append(len(statements))
    assert counts[1] <= counts[0] + 5
    async with desk.db.read() as session:
        held = select(func.count()).select_from(Assignment).where(Assignment.role == Role.VENUE)
        assert await session.scalar(held) == 1 + 1 + 5 + 5  # the cast's, the first, five a sheet


async def test_a_closed_venue_that_is_listed_again_is_still_closed(desk: ImportDesk) -> None:
    await desk.take("venues", [HEAD, SHOP])
    async with desk.db.write() as session:
        venue = (await session.scalars(select(Venue))).one()
        case = Case(Ground.INSPECTOR, ())
        order = await draft(session, venue, case, Rules(), NOW)
        assert order is not None
        by = (await account_of(session, "钱伟")).id
        await issue_suspension(session, order, venue, by, NOW, ZONE)
        await set_trading(session, venue, Trading.GONE, by, NOW)
    await desk.take("venues", [HEAD, SHOP])
    assert [venue.trading for venue in await venues(desk)] == [Trading.SUSPENDED]
