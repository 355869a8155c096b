"""People and their households: who lives where, and who answers for whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, ForeignKey, String, and_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column, validates

from models.addresses import parse
from models.base import Base, Id
from models.crypto import Sealed, blind_index
from models.identity import IdDocument, IdKind
from models.units import Unit


class Residence(StrEnum):
    """How somebody belongs to her door (户籍, 流动, 外出)."""

    REGISTERED = "registered"
    TENANT = "tenant"
    AWAY = "away"


class Care(StrEnum):
    """Special groups (特殊人群): who needs somebody to look in."""

    ALONE = "alone"  # old and living alone
    DISABLED = "disabled"
    CHRONIC = "chronic"
    MATERNITY = "maternity"
    CHILD = "child"  # whose parents are away, or in hardship
    NEEDY = "needy"  # on welfare


class Household(Base):
    """One door. Its address leads to the grid.

    `position` is its place in the walk through its building, None until models/buildings.py has
    looked at its address.
    """

    __tablename__ = "households"

    id: Mapped[Id]
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    address: Mapped[str] = mapped_column(Sealed("households.address"))
    address_index: Mapped[str] = mapped_column(String(32), index=True)
    # No foreign key, since people live in households.
    head_id: Mapped[int | None] = mapped_column(info={"of": "people"})
    building_id: Mapped[int | None] = mapped_column(ForeignKey("buildings.id"), index=True)
    position: Mapped[int | None]


class Person(Base):
    """A person whom we know. `guardian_id` is the account that reports for one without a phone."""

    __tablename__ = "people"

    id: Mapped[Id]
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    household_id: Mapped[int | None] = mapped_column(ForeignKey("households.id"), index=True)
    guardian_id: Mapped[int | None] = mapped_column(index=True)  # of accounts, which have a person
    name: Mapped[str] = mapped_column(Sealed("people.name"))
    phone: Mapped[str | None] = mapped_column(Sealed("people.phone"))
    phone_index: Mapped[str | None] = mapped_column(String(32), index=True)
    id_kind: Mapped[str | None] = mapped_column(String(12))
    id_number: Mapped[str | None] = mapped_column(Sealed("people.id_number"))
    id_index: Mapped[str | None] = mapped_column(String(32), unique=True)
    address: Mapped[str | None] = mapped_column(Sealed("people.address"))
    residence: Mapped[Residence | None] = mapped_column(String(10))  # None: not told
    care: Mapped[str | None] = mapped_column(Sealed("people.care"))  # as `dump_care` writes it
    created_at: Mapped[datetime]
    listed_at: Mapped[datetime | None]  # in the base roster since; None: only reported
    moved_out_at: Mapped[datetime | None]
    purge_on: Mapped[date | None] = mapped_column(index=True)  # None: purged
    # How her name sounds and looks (models/twins.py); None: she was not heard since she changed.
    sound_index: Mapped[str | None] = mapped_column(String(32), index=True)
    look_index: Mapped[str | None] = mapped_column(String(32), index=True)

    @validates("name", "unit_id", "phone", "id_number", "address", "household_id", "moved_out_at")
    def _changed(self, field: str, value: object) -> object:
        if field not in self.__dict__ or self.__dict__[field] != value:
            self.sound_index = self.look_index = None
        return value

    @property
    def groups(self) -> tuple[Care, ...]:
        """The special groups that she belongs to."""
        return tuple(Care(code) for code in self.care.split(",")) if self.care else ()


class KnownAs(Base):
    """Another document, or another name behind a door, by which lists go on naming somebody: what
    a merged row was found by. It tells who she is and nothing else of her."""

    __tablename__ = "known_as"

    id: Mapped[Id]
    mark: Mapped[str] = mapped_column(String(32), unique=True)  # as `id_index`, `door_mark` make it
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)


def dump_care(groups: Iterable[Care]) -> str | None:
    """What `Person.care` holds: codes in the order of their declaration."""
    told = set(groups)
    return ",".join(group for group in Care if group in told) or None


def living() -> ColumnElement[bool]:
    """Condition on Person: stands in the base roster now."""
    return and_(Person.listed_at.is_not(None), Person.moved_out_at.is_(None))


def id_index(document: IdDocument) -> str:
    """Blind index of an identity document."""
    return paper_index(document.kind, document.number)


def paper_index(kind: IdKind, number: str) -> str:
    """Blind index of the number of a document, in its normal form."""
    return blind_index(f"{kind}:{number}", "people.id_number")


def phone_index(phone: str) -> str:
    """Blind index of a phone number, shared by people and staff."""
    return blind_index(phone, "phone")


def address_index(address: str) -> str:
    """Blind index of a door, however it is spelt."""
    return door_index(parse(address).key)


def door_index(key: str) -> str:
    """Blind index of a door by the key of its address."""
    return blind_index(key, "households.address")


def door_mark(village_id: int, name: str, address: str) -> str:
    """Blind index of a name behind a door: who somebody without papers is in a list."""
    return blind_index(f"{village_id}:{name}:{parse(address).key}", "known_as.mark")


async def person_by_document(session: AsyncSession, document: IdDocument) -> Person | None:
    mark = id_index(document)
    found = await session.scalar(select(Person).where(Person.id_index == mark))
    return found or await session.scalar(
        select(Person).join(KnownAs, KnownAs.person_id == Person.id).where(KnownAs.mark == mark)
    )


async def households_at(
    session: AsyncSession, address: str, path: str, inside: Sequence[str] = ()
) -> list[Household]:
    """Households with this address within the units under `path`; it may begin with the names of
    units that they lie `inside`."""
    door = parse(address, inside=inside).key
    found = await session.scalars(
        select(Household)
        .join(Unit, Unit.id == Household.unit_id)
        .where(Household.address_index == address_index(door), Unit.path.startswith(path))
    )
    return list(found)
