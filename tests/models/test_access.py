"""Who may see and do what: ids are claims, and whoever has no reach is refused."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import product

import pytest
from cases import (
    ZONE,
    account_of,
    accounts_for,
    actor,
    duties_of,
    duty,
    episode_of,
    person_of,
    unit_of,
)
from cast import RESIDENTS, STAFF, add_resident
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.access import (
    access_episode,
    access_group,
    access_lead,
    access_obligation,
    access_person,
    actor_of,
    visible,
)
from models.accounts import Account, Assignment, Role
from models.actors import Action, Actor
from models.clock import local_day
from models.episodes import running_episode
from models.groups import enter, leave
from models.leads import Lead, LeadSource
from models.messages import UserError
from models.obligations import Kind, Obligation
from models.observation import open_episode
from models.people import Household, Person
from models.protocols import catalogue
from models.units import Level, Unit, add_unit

# 王芳 lives in 花园小区一网格 (花园社区, 城关镇): who of the staff stands above her.
ABOVE = {"李强", "赵敏", "孙丽", "钱伟", "吴刚"}
SUPERVISING = ABOVE - {"李强", "赵敏"}


def allowed(name: str, action: Action) -> bool:
    """The table: what the staff may do to a person in 花园小区一网格."""
    match action:
        case Action.OVERSEE | Action.UNMASK:
            return name in SUPERVISING
        case Action.ADMINISTER:
            return name == "冯静"
        case Action.INSPECT:
            return name in ABOVE or name == "郑义"
        case Action.SUSPEND:
            return name in {"钱伟", "吴刚"}
        case Action.ISSUE:
            return name in SUPERVISING or name == "郑义"
        case Action.CARE:
            return name in {"李强", "赵敏", "孙丽"}
        case _:
            return name in ABOVE


@pytest.fixture
async def observed(session: AsyncSession, now: datetime) -> Person:
    await episode_of(session, "王芳", now)
    await accounts_for(session, ["王芳"], now)
    return await person_of(session, "王芳")


async def first_duty(session: AsyncSession, person: Person) -> Obligation:
    episode = await running_episode(session, person.id)
    assert episode is not None
    return (await duties_of(session, episode))[0]


async def refused(attempt: Awaitable[object]) -> bool:
    try:
        await attempt
    except UserError as error:
        assert error.text.key == "access.denied"  # noqa: PT017 -- the outcome is the table's
        return True
    return False


@pytest.mark.parametrize("name", STAFF)
async def test_staff_reach_a_person_exactly_as_the_table_says(
    session: AsyncSession, now: datetime, observed: Person, name: str
) -> None:
    who = await actor(session, name, now)
    item = await first_duty(session, observed)
    lead = await session.scalar(select(Lead.id).where(Lead.person_id == observed.id))
    assert lead is not None
    assert item.episode_id is not None
    for action in Action:
        no = not allowed(name, action)
        assert await refused(access_person(session, who, observed.id, action)) is no, action
        assert await refused(access_episode(session, who, item.episode_id, action)) is no, action
        assert await refused(access_lead(session, who, lead, action)) is no, action
        assert await refused(access_obligation(session, who, item.id, action)) is no, action


# -- role x action x subject -----------------------------------------------------------------------

STAFFED = (Role.GRID_WORKER, Role.COMMUNITY, Role.TOWNSHIP, Role.DISTRICT)
OVERSEEING = (Role.COMMUNITY, Role.TOWNSHIP, Role.DISTRICT)
# Which roles an action belongs to, and whether it is also the person's own.
RIGHTS: Mapping[Action, tuple[tuple[Role, ...], bool]] = {
    Action.SEE: (STAFFED, True),
    Action.REPORT: (STAFFED, True),
    Action.VERIFY: (STAFFED, False),
    Action.CLAIM: (STAFFED, False),
    Action.REVEAL: (STAFFED, False),
    Action.EXCUSE: (STAFFED, False),
    Action.RELEASE: (STAFFED, False),
    Action.KEEP: (STAFFED, False),
    Action.CARE: ((Role.GRID_WORKER, Role.COMMUNITY), False),
    Action.INSPECT: ((*STAFFED, Role.INSPECTOR), False),
    Action.SUSPEND: ((Role.TOWNSHIP, Role.DISTRICT), False),
    Action.ISSUE: ((*OVERSEEING, Role.INSPECTOR), False),
    Action.EXPORT: (STAFFED, False),
    Action.UNMASK: (OVERSEEING, False),
    Action.OVERSEE: (OVERSEEING, False),
    Action.ADMINISTER: ((Role.ADMIN,), False),
}
# Seen from somebody posted in 花园社区.
PLACES: Mapping[str, bool] = {
    "花园社区": True,  # inside
    "花园小区二网格": True,  # below
    "桃园社区": False,  # beside
    "桃园一网格": False,  # below what is beside
    "城关镇": False,  # above
    "清河区": False,
    "柳林村": False,  # in another branch
}


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody with everything that can be done to: who, and the ids of it."""

    person: Person
    episode_id: int
    lead_id: int
    obligation_id: int

    async def reached(self, session: AsyncSession, who: Actor, action: Action) -> bool:
        """May `who` do it? The four ways to a row must agree."""
        answers = {
            await refused(access_person(session, who, self.person.id, action)),
            await refused(access_episode(session, who, self.episode_id, action)),
            await refused(access_obligation(session, who, self.obligation_id, action)),
        }
        assert len(answers) == 1, (action, self.person.name)
        return answers == {False}


async def _subject(session: AsyncSession, name: str, unit: Unit, now: datetime) -> Subject:
    person = Person(unit_id=unit.id, name=name, created_at=now)
    session.add(person)
    await session.flush()
    lead = Lead(
        person_id=person.id,
        unit_id=unit.id,
        source=LeadSource.VISIT,
        expected_at=now,
        created_at=now,
        purge_on=now.date(),
    )
    session.add(lead)
    await session.flush()
    pack = catalogue.get("cn-covid-v9")
    day = local_day(now, ZONE)
    episode = await open_episode(session, lead, person, pack, "spill-low", day, 1, now, ZONE)
    item = (await duties_of(session, episode))[0]
    return Subject(person, episode.id, lead.id, item.id)


async def _posted(session: AsyncSession, role: Role, unit: Unit, now: datetime) -> Actor:
    chat = f"phone:{role}"
    account = await session.scalar(select(Account).where(Account.chat == chat))
    if account is None:
        account = Account(chat=chat, created_at=now)
        session.add(account)
        await session.flush()
        session.add(Assignment(role=role, unit_id=unit.id, account_id=account.id, since_at=now))
        await session.flush()
    return await actor_of(session, account, now)


async def _unit(session: AsyncSession, name: str) -> Unit:
    return (await session.scalars(select(Unit).where(Unit.name == name))).one()


async def _places(session: AsyncSession, now: datetime) -> dict[str, Subject]:
    town = await unit_of(session, "城关镇")
    beside = await add_unit(session, "QH0102", "桃园社区", Level.VILLAGE, town)
    await add_unit(session, "QH010201", "桃园一网格", Level.GRID, beside)
    return {
        place: await _subject(session, place, await _unit(session, place), now) for place in PLACES
    }


def test_every_action_has_its_row() -> None:
    assert set(RIGHTS) == set(Action)


async def test_a_role_reaches_its_unit_and_what_lies_below(
    session: AsyncSession, now: datetime
) -> None:
    subjects = await _places(session, now)
    for role, (action, (roles, _)) in product(Role, RIGHTS.items()):
        who = await _posted(session, role, await unit_of(session, "花园社区"), now)
        for place, within in PLACES.items():
            subject, expected = subjects[place], within and role in roles
            assert await subject.reached(session, who, action) is expected, (role, action, place)
            lead = access_lead(session, who, subject.lead_id, action)
            assert await refused(lead) is not expected, (role, action, place)


async def test_whoever_answers_for_her_does_what_is_her_own_whatever_her_role(
    session: AsyncSession, now: datetime
) -> None:
    """Herself, a ward, somebody of her household, a stranger: where she has no post."""
    home, post = await unit_of(session, "柳林村"), await unit_of(session, "花园社区")
    names = ("herself", "ward", "household", "stranger")
    people = {name: await _subject(session, name, home, now) for name in names}
    me = people["herself"].person
    family = Household(unit_id=home.id, address="琉璃巷1号", address_index="x", head_id=me.id)
    session.add(family)
    await session.flush()
    people["household"].person.household_id = family.id
    for role in (None, *Role):
        who = await _posted(session, role or Role.RESIDENT, post, now)
        who = replace(who, person_id=me.id, grants=who.grants if role else ())
        people["ward"].person.guardian_id = who.account_id
        await session.flush()
        for (action, (_, own)), name in product(RIGHTS.items(), names):
            subject, expected = people[name], own and name != "stranger"
            assert await subject.reached(session, who, action) is expected, (role, action, name)
            assert await refused(access_lead(session, who, subject.lead_id, action)), (role, name)


async def test_a_person_sees_and_reports_for_herself_and_does_nothing_else(
    session: AsyncSession, now: datetime, observed: Person
) -> None:
    own = await actor(session, "王芳", now)
    item = await first_duty(session, observed)
    for action in Action:
        no = action not in (Action.SEE, Action.REPORT)
        assert await refused(access_person(session, own, observed.id, action)) is no, action
        assert await refused(access_obligation(session, own, item.id, action)) is no, action


async def test_a_guardian_acts_for_her_wards_as_for_herself(
    session: AsyncSession, now: datetime
) -> None:
    guardian = await actor(session, "陈建国", now)
    ward = await person_of(session, "陈奶奶")
    item = await duty(session, "checkin:ward", now, person_id=ward.id)
    for action in Action:
        no = action not in (Action.SEE, Action.REPORT)
        assert await refused(access_person(session, guardian, ward.id, action)) is no, action
        assert await refused(access_obligation(session, guardian, item.id, action)) is no, action


async def test_a_stranger_does_nothing_to_anybody(
    session: AsyncSession, now: datetime, observed: Person
) -> None:
    nobody = Actor(account_id=10_000, person_id=None)
    item = await first_duty(session, observed)
    for action in Action:
        assert await refused(access_person(session, nobody, observed.id, action)), action
        assert await refused(access_obligation(session, nobody, item.id, action)), action
        seen = await session.scalars(select(Person).where(visible(nobody, action)))
        assert list(seen) == [], action


async def test_a_person_without_a_guardian_is_nobodys_ward(
    session: AsyncSession, now: datetime, observed: Person
) -> None:
    """An actor without a person must not match the blanks of a row: a household without a head,
    work without a person."""
    home = await session.get_one(Household, (await person_of(session, "陈建国")).household_id)
    observed.household_id, home.head_id = home.id, None
    item = await duty(session, "contact:staff", now, kind=Kind.CONTACT, unit="花园社区")
    nobody = Actor(10_000, None)
    assert await refused(access_person(session, nobody, observed.id, Action.SEE))
    assert await refused(access_obligation(session, nobody, item.id, Action.SEE))


async def test_the_head_of_a_household_acts_for_who_lives_there(
    session: AsyncSession, now: datetime, observed: Person
) -> None:
    """A ladder tells her what was missed at home, so she can make it good."""
    head = await actor(session, "陈建国", now)
    assert await refused(access_person(session, head, observed.id, Action.REPORT))
    observed.household_id = (await person_of(session, "陈建国")).household_id
    await session.flush()
    assert await access_person(session, head, observed.id, Action.REPORT) is observed
    assert await refused(access_person(session, head, observed.id, Action.VERIFY))


@pytest.mark.parametrize("claimed", [None, 0, -1, 10**12])
async def test_an_id_that_nobody_has_is_refused_like_a_foreign_one(
    session: AsyncSession, now: datetime, claimed: int | None
) -> None:
    who = await actor(session, "吴刚", now)
    assert await refused(access_person(session, who, claimed))
    if claimed is not None:
        assert await refused(access_lead(session, who, claimed))
        assert await refused(access_episode(session, who, claimed, Action.SEE))
        assert await refused(access_obligation(session, who, claimed, Action.SEE))


async def names(session: AsyncSession, who: Actor) -> set[str]:
    return {p.name for p in await session.scalars(select(Person).where(visible(who)))}


async def test_what_is_visible_follows_the_tree(session: AsyncSession, now: datetime) -> None:
    family = {"陈建国", "林秀英", "陈小明", "陈奶奶"}
    known = {name for name, resident in RESIDENTS.items() if resident.known}
    willow = {"周涛"} | {n for n in known if RESIDENTS[n].unit == "柳林村一网格"}
    for name in ("王芳", "周涛"):
        await add_resident(session, name, now)
    seen = {name: await names(session, await actor(session, name, now)) for name in STAFF}
    garden = family | {"王芳"}
    assert seen == {
        "李强": garden,
        "赵敏": garden,
        "孙丽": garden,
        "钱伟": garden,
        "吴刚": garden | willow,
        "刘洋": willow,
        "何平": willow,
        "高峰": willow,
        "冯静": set(),
        "许红": set(),
        "郑义": set(),
        "马兰": set(),
    }
    assert await names(session, await actor(session, "陈建国", now)) == family
    assert await names(session, await actor(session, "王芳", now)) == {"王芳"}


async def test_work_of_a_unit_without_a_person_is_the_units_alone(
    session: AsyncSession, now: datetime
) -> None:
    item = await duty(session, "contact:staff", now, kind=Kind.CONTACT, unit="花园社区")
    reach = {
        name: not await refused(
            access_obligation(session, await actor(session, name, now), item.id, Action.SEE)
        )
        for name in ("李强", "孙丽", "钱伟", "何平", "陈建国")
    }
    assert reach == {"李强": False, "孙丽": True, "钱伟": True, "何平": False, "陈建国": False}


async def test_an_actor_speaks_for_her_highest_unit(session: AsyncSession, now: datetime) -> None:
    account = await account_of(session, "孙丽")
    town = await unit_of(session, "城关镇")
    session.add(
        Assignment(role=Role.TOWNSHIP, unit_id=town.id, account_id=account.id, since_at=now)
    )
    await session.flush()
    who = await actor(session, "孙丽", now)
    top, village = who.top(Role.TOWNSHIP, Role.COMMUNITY), who.top(Role.COMMUNITY)
    assert top is not None
    assert village is not None
    assert (top.level, village.level) == (Level.TOWNSHIP, Level.VILLAGE)
    assert who.top(Role.ADMIN) is None


async def test_a_right_anywhere_is_told_from_a_right_here(
    session: AsyncSession, now: datetime
) -> None:
    who = await actor(session, "李强", now)
    grid, other = await unit_of(session, "花园小区一网格"), await unit_of(session, "花园小区二网格")
    assert who.may(Action.VERIFY)
    assert who.may(Action.VERIFY, grid.path)
    assert not who.may(Action.VERIFY, other.path)
    assert not who.may(Action.OVERSEE)
    assert not Actor(1, None).may(Action.SEE)


async def test_a_group_chat_is_looked_after_by_its_unit_and_those_above(
    session: AsyncSession, now: datetime
) -> None:
    """Before it has a unit it is hers who brought us there; after we left it is nobody's."""
    brought = await account_of(session, "刘洋")
    group = await enter(session, "phone:#群", "群", brought, now)

    async def reaching() -> set[str]:
        found = set()
        for name in STAFF:
            try:
                await access_group(session, await actor(session, name, now), group.id)
            except UserError:
                continue
            found.add(name)
        return found

    assert await reaching() == {"刘洋"}
    group.unit_id = (await unit_of(session, "花园小区一网格")).id
    await session.flush()
    assert await reaching() == ABOVE
    await leave(session, group, now)
    await session.flush()
    assert await reaching() == set()
