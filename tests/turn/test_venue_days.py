"""A venue's day in chat: whose it is, what a second tap does, whom a fever calls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from cast import add_resident
from sqlalchemy import func, select
from talk import ZONE, Read, Talk

from models.accounts import Assignment, Role, invite
from models.audit import AuditRow
from models.cards import action
from models.clock import local_day
from models.obligations import Kind, Obligation, Outcome
from models.registers import Submission
from models.units import Unit
from models.venues.kinds import Trading, VenueKind
from models.venues.logbook import VenueLog
from models.venues.managing import Told, add_venue, set_trading
from models.venues.staff import VenueStaff
from models.venues.venue import Venue

MANAGER, OTHER = "马兰", "周涛"
INSPECTORS = ("郑义", "孙丽", "钱伟", "李强")
OUTSIDE = ("路人", "刘洋", "何平", "高峰", "许红", *INSPECTORS)
# Each button of a venue and of somebody who works there, as a forger would write it.
OF_VENUE = (
    *("venueday", "tempok", "tempill", "venuestaff", "staffadd", "deputy", "deputyoff"),
    *("swabs", "swaball", "swabresults", "swabneg"),
)
OF_STAFF = ("onestaff", "staffgone", "staffback", "swab", "swabres")
REST = {"staffgone": ":yes", "swabres": ":positive:yes", "swabneg": ":999"}


class Town:
    """Two venues of the village: one is her who stands in the cast, the other somebody else's."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.own = self.other = 0

    async def settle(self) -> None:
        for name in (MANAGER, OTHER, *OUTSIDE):
            await self.talk.say(name, "/help")
        self.own = await self._venue("花园超市", MANAGER)
        async with self.talk.db.write() as session:
            unit = (await session.scalars(select(Unit).where(Unit.name == "花园社区"))).one()
            code = await invite(session, Role.VENUE, unit.id, self.talk.now)
        await self.talk.say(OTHER, f"/start {code}")
        self.other = await self._venue("花园旅馆", OTHER)

    async def _venue(self, name: str, manager: str) -> int:
        account = await self.talk.account(manager)
        assert account is not None
        async with self.talk.db.write() as session:
            unit = (await session.scalars(select(Unit).where(Unit.name == "花园社区"))).one()
            told = Told(VenueKind.SHOP, name, f"{name}一楼", unit.id)
            venue = await add_venue(session, told, None, self.talk.now)
            held = select(Assignment.id).where(
                Assignment.role == Role.VENUE, Assignment.account_id == account.id
            )
            venue.manager_id = await session.scalar(held)
            return venue.id

    async def hire(self, person: str, venue: int, *lines: str) -> list[int]:
        await self.talk.tap(person, f"a:staffadd:{venue}")
        await self.talk.say(person, "\n".join(lines))
        return [row[0] for row in await self.talk.rows(VenueStaff.id)]


@pytest.fixture
async def town(talk: Talk) -> Town:
    found = Town(talk)
    await found.settle()
    return found


def keys(letters: Sequence[Read]) -> list[str]:
    return [key for one in letters for key in one.keys]


def refused(letters: Sequence[Read]) -> bool:
    return any(key.startswith("access.") for key in keys(letters))


async def alerts(talk: Talk) -> list[Obligation]:
    async with talk.db.read() as session:
        found = await session.scalars(
            select(Obligation).where(Obligation.kind == Kind.ALERT).order_by(Obligation.id)
        )
        return list(found)


async def many(talk: Talk, table: type[VenueLog] | type[Submission]) -> int:
    async with talk.db.read() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def ill(talk: Talk, town: Town, name: str, temperature: str) -> list[Read]:
    """Somebody is not well at the roll-call."""
    await talk.tap(MANAGER, f"a:tempill:{town.own}")
    for said in (name, "体温高", temperature):
        await talk.say(MANAGER, said)
    return await talk.say(MANAGER, "没问题")


# -- whose it is -----------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", OF_VENUE)
async def test_a_venue_is_its_managers_alone(talk: Talk, town: Town, verb: str) -> None:
    await town.hire(MANAGER, town.own, "张三 收银")
    rest = REST.get(verb, "")
    for person in (OTHER, *OUTSIDE):
        assert refused(await talk.tap(person, f"a:{verb}:{town.own}{rest}")), person
    assert not refused(await talk.tap(MANAGER, f"a:{verb}:{town.own}{rest}"))
    await talk.say(MANAGER, "/cancel")
    for forged in (town.other, 0, 999, "x", ""):
        assert refused(await talk.tap(MANAGER, f"a:{verb}:{forged}{rest}")), forged


@pytest.mark.parametrize("verb", OF_STAFF)
async def test_who_works_there_is_the_managers_alone(talk: Talk, town: Town, verb: str) -> None:
    (mine,) = await town.hire(MANAGER, town.own, "张三 收银")
    _, theirs = await town.hire(OTHER, town.other, "李四 保洁")
    rest = REST.get(verb, "")
    for person in (OTHER, *OUTSIDE):
        assert refused(await talk.tap(person, f"a:{verb}:{mine}{rest}")), person
    for forged in (theirs, 0, 999, "x", ""):
        assert refused(await talk.tap(MANAGER, f"a:{verb}:{forged}{rest}")), forged
    assert not refused(await talk.tap(MANAGER, f"a:{verb}:{mine}{rest}"))


@pytest.mark.parametrize("verb", ["enter", "asbefore"])
async def test_a_record_of_a_venue_is_its_managers_alone(talk: Talk, town: Town, verb: str) -> None:
    for person in (OTHER, *OUTSIDE):
        assert refused(await talk.tap(person, f"a:{verb}:disinfect:v{town.own}")), person
    for forged in (f"v{town.other}", "v0", "v", "vx"):
        assert refused(await talk.tap(MANAGER, f"a:{verb}:disinfect:{forged}")), forged
    assert not refused(await talk.tap(MANAGER, f"a:{verb}:disinfect:v{town.own}"))


async def test_what_is_of_no_venue_cannot_be_entered_for_one(talk: Talk, town: Town) -> None:
    for verb in ("enter", "asbefore"):
        letters = await talk.tap(MANAGER, f"a:{verb}:absence:v{town.own}")
        assert keys(letters) == ["unknown.button"]


async def test_she_sees_her_own_problems_and_nothing_else(talk: Talk, town: Town) -> None:
    for venue in (town.own, town.other):
        await talk.tap("郑义", f"a:inspect:{venue}")
        for said in ("口罩", "没戴口罩"):
            await talk.say("郑义", said)
        await talk.deliver(talk.event("郑义", kind="photo", file="p"))
        await talk.say("郑义", "否")
        await talk.say("郑义", "没问题")
    (card,) = await talk.say(MANAGER, "/venue")
    assert "venueday.problems" in card.keys
    mine = [data for data in card.taps if data.startswith("a:problem:")]
    assert len(mine) == 1
    assert not refused(await talk.tap(MANAGER, mine[0]))
    assert refused(await talk.tap(OTHER, mine[0]))
    letters = await talk.tap(MANAGER, f"a:loggaps:{local_day(talk.now, ZONE):%Y%m%d}")
    assert refused(letters)


async def test_she_who_was_manager_sees_nothing_of_it_any_more(talk: Talk, town: Town) -> None:
    (mine,) = await town.hire(MANAGER, town.own, "张三")
    await talk.tap(MANAGER, f"a:tempill:{town.own}")
    async with talk.db.write() as session:
        venue = await session.get_one(Venue, town.own)
        venue.manager_id = (await session.get_one(Venue, town.other)).manager_id
    assert refused(await talk.say(MANAGER, "张三"))  # a form half-filled
    await talk.say(MANAGER, "/cancel")
    assert keys(await talk.say(MANAGER, "/venue")) == ["venue.none_yours"]
    for data in (f"a:venueday:{town.own}", f"a:onestaff:{mine}", f"a:swab:{mine}"):
        assert refused(await talk.tap(MANAGER, data)), data
    assert not refused(await talk.tap(OTHER, f"a:onestaff:{mine}"))


async def test_a_record_can_be_corrected_by_her_who_still_answers_for_it(
    talk: Talk, town: Town
) -> None:
    await town.hire(MANAGER, town.own, "张三")
    await talk.tap(MANAGER, f"a:tempok:{town.own}")
    correct = await talk.button(MANAGER, "receipt.correct")
    withdraw = await talk.button(MANAGER, "receipt.withdraw")
    async with talk.db.write() as session:
        (await session.get_one(Venue, town.own)).manager_id = None
    assert refused(await talk.tap(MANAGER, correct))
    await talk.say(MANAGER, "/cancel")
    assert refused(await talk.tap(MANAGER, withdraw))
    assert await many(talk, VenueLog) == 1


async def test_only_the_manager_herself_names_a_deputy(talk: Talk, town: Town) -> None:
    async with talk.db.write() as session:
        venue = await session.get_one(Venue, town.own)
        venue.deputy_id = (await session.get_one(Venue, town.other)).manager_id
    assert not refused(await talk.tap(OTHER, f"a:venueday:{town.own}"))
    for verb in ("deputy", "deputyoff"):
        assert keys(await talk.tap(OTHER, f"a:{verb}:{town.own}")) == ["venueday.manager_only"]
    await talk.tap(MANAGER, f"a:deputyoff:{town.own}")
    assert refused(await talk.tap(OTHER, f"a:venueday:{town.own}"))


async def test_the_gaps_are_for_those_who_inspect_there(talk: Talk, town: Town) -> None:
    await talk.tap(MANAGER, f"a:venueday:{town.own}")
    talk.now += timedelta(hours=14)  # 21:00
    for person in ("郑义", "孙丽", "钱伟"):
        assert keys(await talk.say(person, "/venue"))[0] == "loggaps.head", person
    for person in ("何平", "高峰"):
        assert keys(await talk.say(person, "/venue")) == ["loggaps.none"], person
    for person in ("路人", "许红"):
        assert refused(await talk.say(person, "/venue")), person
    assert keys(await talk.tap("孙丽", "a:loggaps:x")) == ["unknown.button"]
    async with talk.db.read() as session:
        looked = select(func.count()).where(AuditRow.action == "venue.gaps")
        assert await session.scalar(looked) == 5


# -- what a tap does -------------------------------------------------------------------------------


async def test_a_double_tap_is_one_roll_call_and_one_round(talk: Talk, town: Town) -> None:
    await town.hire(MANAGER, town.own, "张三")
    await talk.tap(MANAGER, f"a:tempok:{town.own}")
    assert "venueday.just_now" in keys(await talk.tap(MANAGER, f"a:tempok:{town.own}"))
    await talk.tap(MANAGER, f"a:enter:disinfect:v{town.own}")
    for said in ("酒精", "30", "跳过"):
        await talk.say(MANAGER, said)
    await talk.say(MANAGER, "确认提交")
    again = f"a:asbefore:disinfect:v{town.own}"
    assert "venueday.just_now" in keys(await talk.tap(MANAGER, again))
    assert await many(talk, VenueLog) == 2
    talk.now += timedelta(minutes=11)
    await talk.tap(MANAGER, again)
    assert await many(talk, VenueLog) == 3


async def test_nothing_is_written_down_while_it_rests(talk: Talk, town: Town) -> None:
    await town.hire(MANAGER, town.own, "张三")
    async with talk.db.write() as session:
        venue = await session.get_one(Venue, town.own)
        await set_trading(session, venue, Trading.SUSPENDED, 1, talk.now)
    for data in (
        f"a:tempok:{town.own}",
        f"a:asbefore:disinfect:v{town.own}",
        f"a:swabs:{town.own}",
    ):
        assert keys(await talk.tap(MANAGER, data)) == ["venueday.not_open"], data
    assert "venueday.closed" in keys(await talk.say(MANAGER, "/venue"))


async def test_a_fever_calls_the_unit_once_and_sends_her_home(talk: Talk, town: Town) -> None:
    await town.hire(MANAGER, town.own, "张三 收银 13900000021", "李四")
    letters = await ill(talk, town, "张三", "38.2")
    assert "stafftemps.sent_home" in keys(letters)
    (alert,) = await alerts(talk)
    assert alert.facts == {"cause": "fever", "venue": town.own}
    assert alert.details()["phone"] == "13900000021"
    letters = await talk.pass_time(timedelta(minutes=1))
    assert [one.to for one in letters if "alert.new" in one.keys] == ["孙丽"]
    assert not refused(await talk.tap("孙丽", action("claim", alert)))
    assert refused(await talk.tap("刘洋", action("claim", alert)))
    # At home she is called up no more.
    (asked,) = await talk.tap(MANAGER, f"a:tempill:{town.own}")
    assert "张三" not in str(asked.message.rows)


@pytest.mark.parametrize(("reading", "called"), [("37.2", 0), ("37.3", 1)])
async def test_a_fever_begins_where_the_district_says(
    talk: Talk, town: Town, reading: str, called: int
) -> None:
    await town.hire(MANAGER, town.own, "张三")
    await ill(talk, town, "张三", reading)
    assert len(await alerts(talk)) == called


async def test_a_resident_is_looked_after_where_she_lives(talk: Talk, town: Town) -> None:
    async with talk.db.write() as session:
        person = await add_resident(session, "王芳", talk.now)
    await town.hire(MANAGER, town.own, "王芳 收银 510107199003071025")
    await ill(talk, town, "王芳", "38.2")
    (alert,) = await alerts(talk)
    assert (alert.person_id, alert.unit_id) == (person.id, person.unit_id)


async def test_a_roll_call_that_is_taken_back_calls_nobody(talk: Talk, town: Town) -> None:
    await town.hire(MANAGER, town.own, "张三", "李四")
    await ill(talk, town, "张三", "38.2")
    await talk.press(MANAGER, "receipt.withdraw")
    (alert,) = await alerts(talk)
    assert (alert.outcome, alert.reason) == (Outcome.CANCELLED, "corrected")
    assert await many(talk, VenueLog) == 0
    async with talk.db.read() as session:
        home = await session.scalars(select(VenueStaff.home_at))
        assert set(home) == {None}
    # Ill after all: the same alert is raised once more.
    await ill(talk, town, "张三", "38.4")
    (alert,) = await alerts(talk)
    assert alert.is_open()


async def test_a_positive_result_is_asked_twice_and_calls_the_unit(talk: Talk, town: Town) -> None:
    (one,) = await town.hire(MANAGER, town.own, "张三")
    await talk.tap(MANAGER, f"a:swaball:{town.own}")
    await talk.tap(MANAGER, f"a:swabres:{one}:positive")
    assert await alerts(talk) == []
    await talk.tap(MANAGER, f"a:swabres:{one}:positive:yes")
    (alert,) = await alerts(talk)
    assert alert.facts["cause"] == "positive"
    again = await talk.tap(MANAGER, f"a:swabres:{one}:negative")
    assert keys(again) == ["venueday.result_known"]


async def test_nobody_on_the_list_means_that_she_is_asked_for_it(talk: Talk, town: Town) -> None:
    letters = await talk.tap(MANAGER, f"a:tempok:{town.own}")
    assert keys(letters)[0] == "venueday.no_staff"
    assert "newstaff.people.ask" in keys(letters)


async def test_a_long_list_of_staff_is_paged(talk: Talk, town: Town) -> None:
    await town.hire(MANAGER, town.own, *(f"员工{'一二三四五六七八九十'[n]}号" for n in range(10)))
    await town.hire(MANAGER, town.own, *(f"店员{'一二三四五六七八九十'[n]}号" for n in range(10)))
    (first,) = await talk.tap(MANAGER, f"a:venuestaff:{town.own}")
    (second,) = await talk.tap(MANAGER, f"a:venuestaff:{town.own}:1")
    seen = [
        data for page in (first, second) for data in page.taps if data.startswith("a:onestaff:")
    ]
    assert len(seen) == len(set(seen)) == 20
    (far,) = await talk.tap(MANAGER, f"a:venuestaff:{town.own}:999")
    assert not [data for data in far.taps if data.startswith("a:onestaff:")]
