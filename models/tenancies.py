"""Who rents which door: since when, until when, from whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import ForeignKey, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id
from models.crypto import Sealed


class Tenancy(Base):
    """Somebody rents a household's door. Open until `until_on` is known."""

    __tablename__ = "tenancies"

    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id"), index=True)
    since_on: Mapped[date | None]  # None: before anybody wrote it down
    until_on: Mapped[date | None] = mapped_column(index=True)
    landlord_name: Mapped[str | None] = mapped_column(Sealed("tenancies.landlord_name"))
    landlord_phone: Mapped[str | None] = mapped_column(Sealed("tenancies.landlord_phone"))


class Landlord(NamedTuple):
    """From whom somebody rents, as far as it was told."""

    name: str | None = None
    phone: str | None = None


UNTOLD = Landlord()


async def open_tenancies(session: AsyncSession, people: Sequence[int]) -> dict[int, Tenancy]:
    """The running tenancy of each of these people who has one."""
    if not people:
        return {}
    found = await session.scalars(
        select(Tenancy)
        .where(Tenancy.person_id.in_(people), Tenancy.until_on.is_(None))
        .order_by(Tenancy.id)
    )
    return {tenancy.person_id: tenancy for tenancy in found}


async def take_over(
    session: AsyncSession, homes: Mapping[int, tuple[int, Landlord]], today: date
) -> set[int]:
    """Bring the tenancies in line with a list that names each tenant's door and landlord; whose
    changed. What the list leaves empty stays as it was."""
    running = await open_tenancies(session, list(homes))
    changed = set()
    for person_id, (household_id, landlord) in homes.items():
        rents = running.get(person_id)
        if rents is not None and rents.household_id != household_id:
            rents.until_on, rents = today, None
        if rents is None:
            rents = Tenancy(person_id=person_id, household_id=household_id)
            session.add(rents)
            changed.add(person_id)
        told = (landlord.name or rents.landlord_name, landlord.phone or rents.landlord_phone)
        if told != (rents.landlord_name, rents.landlord_phone):
            rents.landlord_name, rents.landlord_phone = told
            changed.add(person_id)
    return changed


async def end_tenancies(session: AsyncSession, people: Sequence[int], on: date) -> None:
    """They rent nothing any more."""
    for tenancy in (await open_tenancies(session, people)).values():
        tenancy.until_on = on
