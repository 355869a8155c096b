"""The fixed cast: a small district, its staff, and residents whose papers check out.

Everybody is invented. Residents marked `known` stand in the roster; the others are strangers
until they write. Knows the tables, no chat.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import Account, Assignment, Gate, Role
from models.crypto import one_way
from models.entries import ROSTER_KEPT
from models.identity import IdDocument, IdKind
from models.people import Household, Person, address_index, id_index, phone_index
from models.units import Level, Unit, add_unit
from models.venues.kinds import VenueKind
from models.venues.managing import Told, add_venue, appoint_manager
from models.venues.venue import Venue
from models.volunteers import Day, Part, Skill, Volunteer

CHANNEL = "phone"
PACKS = ["cn-covid-v9", "mpox-cn"]

# name -> code, level, the unit above
UNITS: Mapping[str, tuple[str, Level, str]] = {
    "清河区": ("QH", Level.DISTRICT, ""),
    "城关镇": ("QH01", Level.TOWNSHIP, "清河区"),
    "花园社区": ("QH0101", Level.VILLAGE, "城关镇"),
    "花园小区一网格": ("QH010101", Level.GRID, "花园社区"),
    "花园小区二网格": ("QH010102", Level.GRID, "花园社区"),
    "柳林乡": ("QH02", Level.TOWNSHIP, "清河区"),
    "柳林村": ("QH0201", Level.VILLAGE, "柳林乡"),
    "柳林村一网格": ("QH020101", Level.GRID, "柳林村"),
}


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody with a role, signed in."""

    role: Role
    unit: str
    phone: str


STAFF: Mapping[str, Staff] = {
    "李强": Staff(Role.GRID_WORKER, "花园小区一网格", "13900000001"),
    "赵敏": Staff(Role.GRID_WORKER, "花园小区一网格", "13900000002"),
    "孙丽": Staff(Role.COMMUNITY, "花园社区", "13900000003"),
    "钱伟": Staff(Role.TOWNSHIP, "城关镇", "13900000004"),
    "吴刚": Staff(Role.DISTRICT, "清河区", "13900000005"),
    "刘洋": Staff(Role.GRID_WORKER, "柳林村一网格", "13900000006"),
    "何平": Staff(Role.COMMUNITY, "柳林村", "13900000007"),
    "高峰": Staff(Role.TOWNSHIP, "柳林乡", "13900000008"),
    "冯静": Staff(Role.ADMIN, "清河区", "13900000009"),
    "许红": Staff(Role.SENTINEL, "花园社区", "13900000010"),
    "郑义": Staff(Role.INSPECTOR, "城关镇", "13900000011"),
    "马兰": Staff(Role.VENUE, "花园社区", "13900000012"),
}


@dataclass(frozen=True, slots=True)
class Resident:
    """A resident. `lang` is what her phone tells us; `guardian` answers for one without a phone."""

    number: str
    phone: str
    address: str
    unit: str = "花园小区一网格"
    lang: str = "zh-hans"
    guardian: str = ""
    known: bool = False


_CHEN, _ZHOU = "花园小区5栋1单元301", "柳林村2组15号"
RESIDENTS: Mapping[str, Resident] = {
    "王芳": Resident("510107199003071025", "13812345678", "花园小区3栋2单元501"),
    "周涛": Resident("510107198811233075", "13812345679", _ZHOU, "柳林村一网格"),
    "David": Resident(
        "510107199512305088", "13812345680", "花园小区1栋1单元101", lang="en-GB"
    ),
    "林志明": Resident("440306199205184016", "13812345681", "花园小区1栋1单元102", lang="zh-TW"),
    "周大山": Resident(
        "510107195612083015", "13812345684", _ZHOU, "柳林村一网格", known=True
    ),
    "陈建国": Resident("510107195804122015", "13812345682", _CHEN, known=True),
    "林秀英": Resident("510107196008233042", "", _CHEN, guardian="陈建国", known=True),
    "陈小明": Resident("510107201506014057", "", _CHEN, guardian="陈建国", known=True),
    "陈奶奶": Resident("510107193509152060", "", _CHEN, guardian="陈建国", known=True),
    "路人": Resident("510107197702146090", "13812345683", "花园小区9栋9单元909"),
}  # fmt: skip
HEADS = {_CHEN: "陈建国", _ZHOU: "周大山"}


def chat_of(name: str) -> str:
    """A person's chat on the phones of the stage."""
    return f"{CHANNEL}:{name}"


def phone_of(name: str) -> str:
    """A person's own number."""
    return STAFF[name].phone if name in STAFF else RESIDENTS[name].phone


def lang_of(name: str) -> str:
    """The language that a person's phone tells us."""
    return RESIDENTS[name].lang if name in RESIDENTS else "zh-hans"


def gate_token(unit: str) -> str:
    """What the QR code on a unit's gate says."""
    return f"gate-{UNITS[unit][0].lower()}"


async def settle(session: AsyncSession, now: datetime) -> None:
    """Put the whole cast into an empty database."""
    units = await _add_units(session)
    for name, (code, _, _) in UNITS.items():
        token = one_way(f"gate-{code.lower()}")
        session.add(Gate(token_hash=token, unit_id=units[name].id, created_at=now))
    for name, staff in STAFF.items():
        await _add_staff(session, name, staff, units[staff.unit], now)
    for name, resident in RESIDENTS.items():
        if resident.known:
            await add_resident(session, name, now)
    await session.flush()


async def _add_units(session: AsyncSession) -> dict[str, Unit]:
    units: dict[str, Unit] = {}
    for name, (code, level, above) in UNITS.items():
        units[name] = await add_unit(session, code, name, level, units.get(above))
    units["清河区"].packs = PACKS
    return units


async def _add_staff(
    session: AsyncSession, name: str, staff: Staff, unit: Unit, now: datetime
) -> None:
    account = Account(chat=chat_of(name), name=name, created_at=now)
    session.add(account)
    await session.flush()
    session.add(
        Assignment(
            role=staff.role,
            unit_id=unit.id,
            account_id=account.id,
            name=name,
            phone=staff.phone,
            phone_index=phone_index(staff.phone),
            since_at=now,
        )
    )


async def add_resident(session: AsyncSession, name: str, now: datetime) -> Person:
    """A resident in the roster, with household and, where she has a phone, her account."""
    resident = RESIDENTS[name]
    unit = await _unit(session, resident.unit)
    document = IdDocument(kind=IdKind.RESIDENT, number=resident.number)
    household = await _household(session, resident.address, unit)
    person = Person(
        unit_id=unit.id,
        household_id=household.id,
        name=name,
        phone=resident.phone or None,
        phone_index=phone_index(resident.phone) if resident.phone else None,
        id_kind=document.kind,
        id_number=document.number,
        id_index=id_index(document),
        address=resident.address,
        created_at=now,
        listed_at=now,
        purge_on=(now + ROSTER_KEPT).date(),
    )
    session.add(person)
    await session.flush()
    if HEADS.get(resident.address) == name:
        household.head_id = person.id
    if resident.guardian:
        guardian = await _account(session, resident.guardian, now)
        person.guardian_id = guardian.id
    elif resident.phone:
        (await _account(session, name, now)).person_id = person.id
    await session.flush()
    return person


async def _unit(session: AsyncSession, name: str) -> Unit:
    return (await session.execute(select(Unit).where(Unit.name == name))).scalar_one()


async def _household(session: AsyncSession, address: str, unit: Unit) -> Household:
    index = address_index(address)
    found = await session.scalar(select(Household).where(Household.address_index == index))
    if found is None:
        found = Household(unit_id=unit.id, address=address, address_index=index)
        session.add(found)
        await session.flush()
    return found


async def _account(session: AsyncSession, name: str, now: datetime) -> Account:
    found = await session.scalar(select(Account).where(Account.chat == chat_of(name)))
    if found is None:
        found = Account(chat=chat_of(name), name=name, created_at=now)
        session.add(found)
        await session.flush()
    return found


async def add_volunteer(
    session: AsyncSession, name: str, now: datetime, **columns: Any
) -> Volunteer:
    """Somebody who can do everything at any hour, confirmed; a resident in her grid."""
    found = [person for person in await session.scalars(select(Person)) if person.name == name]
    person = found[0] if found else await add_resident(session, name, now)
    account = await _account(session, name, now)
    account.person_id = account.person_id or person.id
    told: dict[str, Any] = {
        "unit_id": person.unit_id,
        "account_id": account.id,
        "person_id": person.id,
        "name": name,
        "phone": person.phone,
        "phone_index": person.phone_index,
        "skills": list(Skill),
        "days": list(Day),
        "parts": list(Part),
        "offered_at": now,
        "confirmed_at": now,
    }
    volunteer = Volunteer(**{**told, **columns})
    session.add(volunteer)
    await session.flush()
    return volunteer


async def add_managed(
    session: AsyncSession, kind: VenueKind, name: str, address: str, now: datetime
) -> Venue:
    """A venue of 花园社区, quietly; 马兰 answers for it inside."""
    unit = (await session.scalars(select(Unit).where(Unit.name == "花园社区"))).one()
    venue = await add_venue(session, Told(kind, name, address, unit.id), None, now)
    await appoint_manager(session, venue, "马兰", STAFF["马兰"].phone, now)
    return venue
