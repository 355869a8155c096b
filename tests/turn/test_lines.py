"""Special lines: guests, cold stores, applications, gatherings; who may, what a correction does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from cast import add_managed
from sqlalchemy import select, update
from talk import ZONE, Talk

from models.accounts import Assignment, Role
from models.areas import put_on_list
from models.clock import local_day
from models.leads import Lead, LeadOutcome
from models.obligations import Kind, Obligation, Outcome
from models.registers import Submission
from models.stays import Stay
from models.tallies import Tally
from models.units import root
from models.venues.coldstores import owe_totals
from models.venues.kinds import Trading, VenueKind
from models.venues.managing import set_trading
from models.venues.venue import Venue

PAPERS, OTHER = "510107197702146090", "440306199205184016"
GUEST = ("高建军", PAPERS, "13600000001", "成都武侯", "自驾", "跳过", "302", "都没有", "提交")
LOAD = ("1", "川A12345", "冻虾", "2", "湛江")
APPLIED = ("1 2 3 4 5 6", "86", "一楼东侧", "提交")
FEAST = ("1", "7月10日", "高建军", "13600000001", "花园小区5栋1单元301", "20", "160", "1", "提交")


async def keeps(talk: Talk, kind: VenueKind) -> int:
    """A venue for which 马兰 answers."""
    async with talk.db.write() as session:
        return (await add_managed(session, kind, "一号", "花园小区8栋", talk.now)).id


async def fill(talk: Talk, who: str, register: str, lines: tuple[str, ...]) -> int:
    """A record is entered; its id."""
    await talk.tap(who, f"a:enter:{register}")
    for line in lines:
        await talk.say(who, line)
    return int((await talk.rows(Submission.id))[-1].id)


async def keys(talk: Talk, who: str, data: str) -> list[str]:
    return [k for letter in await talk.tap(who, data) if letter.to == who for k in letter.keys]


async def open_of(talk: Talk, kind: Kind) -> list[Any]:
    columns = (Obligation.id, Obligation.kind, Obligation.outcome, Obligation.owner_id)
    return [r for r in await talk.rows(*columns) if r.kind == kind and r.outcome is None]


async def tallied(talk: Talk) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in await talk.rows(Tally.id, Tally.figure, Tally.n):
        found[row.figure] = found.get(row.figure, 0) + row.n
    return {figure: n for figure, n in found.items() if n}


async def list_area(talk: Talk, name: str) -> None:
    async with talk.db.write() as session:
        await put_on_list(session, name, 1, talk.now)


# -- guests ----------------------------------------------------------------------------------------


async def test_a_guest_is_in_until_she_is_let_out_and_only_once(talk: Talk) -> None:
    await keeps(talk, VenueKind.HOTEL)
    await fill(talk, "马兰", "guest", GUEST)
    (stay,) = await talk.rows(Stay.id, Stay.until_at)
    assert stay.until_at is None
    await talk.tap("马兰", f"a:letout:{stay.id}")
    await talk.say("马兰", "回家")
    (stay,) = await talk.rows(Stay.id, Stay.until_at)
    assert stay.until_at == talk.now
    assert await keys(talk, "马兰", f"a:letout:{stay.id}") == ["stay.over"]
    await talk.tap("马兰", f"a:withdraw:{(await talk.rows(Submission.id))[-1].id}")
    assert [row.until_at for row in await talk.rows(Stay.until_at)] == [None]


@pytest.mark.parametrize("who", ["孙丽", "郑义", "许红", "何平", "冯静", "路人"])
async def test_nobody_else_lets_a_guest_out(talk: Talk, who: str) -> None:
    await keeps(talk, VenueKind.HOTEL)
    await fill(talk, "马兰", "guest", GUEST)
    (stay,) = await talk.rows(Stay.id)
    assert await keys(talk, who, f"a:letout:{stay.id}") == ["access.denied"]


async def test_a_manager_who_left_keeps_no_register(talk: Talk) -> None:
    await keeps(talk, VenueKind.HOTEL)
    await fill(talk, "马兰", "guest", GUEST)
    (stay,) = await talk.rows(Stay.id)
    async with talk.db.write() as session:
        mine = update(Assignment).where(Assignment.role == Role.VENUE)
        await session.execute(mine.values(until_at=talk.now))
    assert await keys(talk, "马兰", f"a:letout:{stay.id}") == ["access.denied"]
    assert await keys(talk, "马兰", "a:enter:guest") == ["records.not_yours"]


async def test_only_a_hotel_enters_guests(talk: Talk) -> None:
    venue = await keeps(talk, VenueKind.SHOP)
    assert await keys(talk, "马兰", "a:enter:guest") == ["records.not_yours"]
    assert await keys(talk, "马兰", f"a:enterat:guest:{venue}") == ["records.not_yours"]


async def test_everybody_in_the_room_is_a_lead_and_a_correction_takes_them_back(
    talk: Talk,
) -> None:
    await keeps(talk, VenueKind.HOTEL)
    await list_area(talk, "上海市")
    room = ("高建军", PAPERS, "13600000001", "上海浦东", "自驾", "跳过", "302", "添加")
    record = await fill(talk, "马兰", "guest", (*room, f"林志明 {OTHER}", "选好了", "提交"))
    assert await tallied(talk) == {"total": 1, "people": 2, "listed": 2}
    assert len(await open_of(talk, Kind.VERIFY)) == 2
    await talk.tap("马兰", f"a:correct:{record}")
    for line in ("修改", "来自", "成都武侯", "提交"):
        await talk.say("马兰", line)
    assert await tallied(talk) == {"total": 1, "people": 2}
    outcomes = {row.outcome for row in await talk.rows(Lead.id, Lead.outcome)}
    assert outcomes == {LeadOutcome.WITHDRAWN}


async def test_an_area_taken_off_the_list_asks_for_nobody(talk: Talk) -> None:
    await keeps(talk, VenueKind.HOTEL)
    await list_area(talk, "四川省")
    await talk.tap("吴刚", "a:areaoff:1")
    await fill(talk, "马兰", "guest", GUEST)
    assert not await open_of(talk, Kind.VERIFY)


@pytest.mark.parametrize("who", ["钱伟", "孙丽", "郑义", "马兰", "冯静", "路人"])
async def test_only_the_district_changes_the_list(talk: Talk, who: str) -> None:
    await list_area(talk, "四川省")
    assert await keys(talk, who, "a:areaoff:1") == ["areas.district_only"]
    assert await keys(talk, who, "a:areaadd") == ["areas.district_only"]


# -- cold chain ------------------------------------------------------------------------------------


async def owe(talk: Talk) -> int:
    """The store owes its totals of today."""
    async with talk.db.write() as session:
        top = await root(session)
        assert top is not None
        await owe_totals(session, top, local_day(talk.now, ZONE), ZONE)
    ((item, *_),) = await open_of(talk, Kind.STOCK)
    return int(item)


async def test_a_missing_paper_calls_an_inspector_until_it_is_there(talk: Talk) -> None:
    await keeps(talk, VenueKind.COLD_STORE)
    record = await fill(talk, "马兰", "coldchain", (*LOAD, "追溯信息", "跳过", "提交"))
    assert await tallied(talk) == {"total": 1, "lacking": 1}
    assert len(await open_of(talk, Kind.CHECK)) == 1
    await talk.tap("马兰", f"a:correct:{record}")
    for line in ("修改", "缺", "都没有", "提交"):
        await talk.say("马兰", line)
    assert await tallied(talk) == {"total": 1, "in": 1}
    assert not await open_of(talk, Kind.CHECK)


@pytest.mark.parametrize("who", ["马兰", "许红", "何平", "冯静", "路人"])
async def test_who_does_not_inspect_there_finds_nothing(talk: Talk, who: str) -> None:
    await keeps(talk, VenueKind.COLD_STORE)
    await fill(talk, "马兰", "coldchain", (*LOAD, "追溯信息", "跳过", "提交"))
    (duty,) = await open_of(talk, Kind.CHECK)
    assert await keys(talk, who, f"a:followed:{duty.id}:sealed") == ["access.denied"]
    assert len(await open_of(talk, Kind.CHECK)) == 1


async def test_an_inspector_does_not_follow_up_a_resident(talk: Talk) -> None:
    lines = ("陈小明", "一班", "发热", "否", "13812345682", "花园小区5栋1单元301", "提交")
    await fill(talk, "马兰", "absence", lines)
    (duty,) = await open_of(talk, Kind.FOLLOW)
    assert await keys(talk, "郑义", f"a:followed:{duty.id}:back") == ["access.denied"]


async def test_zero_totals_are_one_tap_and_records_are_shown_first(talk: Talk) -> None:
    await keeps(talk, VenueKind.COLD_STORE)
    item = await owe(talk)
    await fill(talk, "马兰", "coldchain", (*LOAD, "都没有", "跳过", "提交"))
    assert await keys(talk, "马兰", f"a:stockzero:{item}") == ["stock.shown"]
    assert await keys(talk, "马兰", f"a:stockok:{item}:0-0-0") == ["stock.shown"]
    assert await keys(talk, "马兰", f"a:stockok:{item}:1-0-0") == ["stock.done"]
    assert await keys(talk, "马兰", f"a:stockok:{item}:9-9-9") == ["stock.done"]
    (row,) = [r for r in await talk.rows(Obligation.id, Obligation.facts) if r.id == item]
    assert row.facts["figures"] == {"in": 1, "out": 0, "lacking": 0}


@pytest.mark.parametrize("who", ["郑义", "孙丽", "许红", "路人"])
async def test_nobody_else_tells_a_stores_totals(talk: Talk, who: str) -> None:
    await keeps(talk, VenueKind.COLD_STORE)
    item = await owe(talk)
    for verb in ("stockzero", "stock", "stockok"):
        assert await keys(talk, who, f"a:{verb}:{item}") == ["access.denied"]


async def test_a_store_that_rests_owes_nothing(talk: Talk) -> None:
    venue_id = await keeps(talk, VenueKind.COLD_STORE)
    item = await owe(talk)
    async with talk.db.write() as session:
        venue = await session.get_one(Venue, venue_id)
        await set_trading(session, venue, Trading.RESTING, 1, talk.now)
        top = await root(session)
        assert top is not None
        await owe_totals(session, top, local_day(talk.now, ZONE) + timedelta(days=1), ZONE)
    rows = [(r.id, r.outcome) for r in await talk.rows(Obligation.id, Obligation.outcome)]
    assert rows == [(item, Outcome.CANCELLED)]
    assert await keys(talk, "马兰", f"a:stockzero:{item}") == ["claim.over"]


# -- resuming work ---------------------------------------------------------------------------------


async def rests(talk: Talk) -> int:
    venue_id = await keeps(talk, VenueKind.SITE)
    async with talk.db.write() as session:
        venue = await session.get_one(Venue, venue_id)
        await set_trading(session, venue, Trading.RESTING, 1, talk.now)
    return venue_id


async def trading(talk: Talk) -> str:
    async with talk.db.read() as session:
        return str(await session.scalar(select(Venue.trading)))


async def test_who_passes_opens_and_cannot_apply_again(talk: Talk) -> None:
    await rests(talk)
    await fill(talk, "马兰", "resume", APPLIED)
    (duty,) = await open_of(talk, Kind.CHECK)
    await talk.tap("郑义", f"a:followed:{duty.id}:passed")
    assert await trading(talk) == Trading.OPEN
    assert await tallied(talk) == {"total": 1, "passed": 1}
    assert await keys(talk, "马兰", "a:enter:resume") == ["records.open_already"]


async def test_what_is_refused_is_mended_and_looked_at_anew(talk: Talk) -> None:
    await rests(talk)
    record = await fill(talk, "马兰", "resume", APPLIED)
    (duty,) = await open_of(talk, Kind.CHECK)
    await talk.tap("郑义", f"a:followed:{duty.id}:refused")
    assert [row.id for row in await open_of(talk, Kind.CHECK)] == [duty.id], "the word is asked"
    letters = await talk.say("郑义", "灰太多")
    assert "records.come_back" in [k for one in letters if one.to == "马兰" for k in one.keys]
    assert not await open_of(talk, Kind.CHECK)
    assert await trading(talk) == Trading.RESTING
    await talk.tap("马兰", f"a:correct:{record}")
    await talk.say("马兰", "提交")
    (again,) = await open_of(talk, Kind.CHECK)
    assert again.id != duty.id


async def test_an_order_to_close_is_not_lifted_by_passing(talk: Talk) -> None:
    venue_id = await rests(talk)
    await fill(talk, "马兰", "resume", APPLIED)
    async with talk.db.write() as session:
        venue = await session.get_one(Venue, venue_id)
        await set_trading(session, venue, Trading.SUSPENDED, 1, talk.now)
    (duty,) = await open_of(talk, Kind.CHECK)
    await talk.tap("郑义", f"a:followed:{duty.id}:passed")
    assert await trading(talk) == Trading.SUSPENDED


# -- gatherings ------------------------------------------------------------------------------------


async def test_the_village_names_who_attends_and_nobody_else(talk: Talk) -> None:
    await fill(talk, "王芳", "gathering", FEAST)
    (duty,) = await open_of(talk, Kind.GUIDE)
    for who in ("王芳", "何平", "马兰", "郑义", "赵敏"):
        assert await keys(talk, who, f"a:guide:{duty.id}") == ["access.denied"], who
    assert await keys(talk, "孙丽", f"a:guideby:{duty.id}:99") == ["unknown.button"]
    await talk.tap("孙丽", f"a:guideby:{duty.id}:1")
    (duty,) = await open_of(talk, Kind.GUIDE)
    assert duty.owner_id == 1


async def test_what_came_of_the_day_counts_once(talk: Talk) -> None:
    await fill(talk, "王芳", "gathering", FEAST)
    (duty,) = await open_of(talk, Kind.GUIDE)
    await talk.tap("孙丽", f"a:attended:{duty.id}")
    for line in ("劝停了", "12", "90", "0"):
        await talk.say("孙丽", line)
    assert await tallied(talk) == {"total": 1, "guided": 1, "stopped": 1, "tables": 12}
    assert await keys(talk, "孙丽", f"a:attended:{duty.id}") == ["claim.over"]


async def test_a_withdrawn_gathering_is_attended_by_nobody(talk: Talk) -> None:
    record = await fill(talk, "王芳", "gathering", FEAST)
    await talk.tap("王芳", f"a:withdraw:{record}")
    assert not await open_of(talk, Kind.GUIDE)
    assert await tallied(talk) == {}


async def test_another_day_keeps_who_was_named(talk: Talk) -> None:
    record = await fill(talk, "王芳", "gathering", FEAST)
    (duty,) = await open_of(talk, Kind.GUIDE)
    await talk.tap("孙丽", f"a:guideby:{duty.id}:1")
    await talk.tap("王芳", f"a:correct:{record}")
    for line in ("修改", "日期", "7月11日", "提交"):
        await talk.say("王芳", line)
    (again,) = await open_of(talk, Kind.GUIDE)
    assert (again.id != duty.id, again.owner_id) == (True, 1)
