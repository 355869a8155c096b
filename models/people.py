"""People and their households: who lives where, and who answers for whom."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id
from models.crypto import Sealed, blind_index
from models.identity import IdDocument
from models.units import Unit


class Household(Base):
    """One door. Its address leads to the grid."""

    __tablename__ = "households"

    id: Mapped[Id]
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    address: Mapped[str] = mapped_column(Sealed("households.address"))
    address_index: Mapped[str] = mapped_column(String(32), index=True)
    head_id: Mapped[int | None]  # of people; no foreign key, since people live in households


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
    created_at: Mapped[datetime]
    purge_on: Mapped[date | None] = mapped_column(index=True)  # None: purged


def id_index(document: IdDocument) -> str:
    """Blind index of an identity document."""
    return blind_index(f"{document.kind}:{document.number}", "people.id_number")


def phone_index(phone: str) -> str:
    """Blind index of a phone number, shared by people and staff."""
    return blind_index(phone, "phone")


def address_key(address: str) -> str:
    """An address without spaces and punctuation, lower case: how two spellings meet."""
    return "".join(c for c in address.casefold() if c.isalnum())


def address_index(address: str) -> str:
    return blind_index(address_key(address), "households.address")


async def person_by_document(session: AsyncSession, document: IdDocument) -> Person | None:
    return await session.scalar(select(Person).where(Person.id_index == id_index(document)))


async def households_at(session: AsyncSession, address: str, path: str) -> list[Household]:
    """Households with this address within the units under `path`."""
    found = await session.scalars(
        select(Household)
        .join(Unit, Unit.id == Household.unit_id)
        .where(Household.address_index == address_index(address), Unit.path.startswith(path))
    )
    return list(found)
