"""What is checked in which kind of venue: the lists that ship with the program, and what a
district has added to them or switched off."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import ForeignKey, String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id
from models.messages import Text, UserError
from models.venues.kinds import VenueKind, item_text

FILE = Path(__file__).with_name("checklists.toml")
OWN = "own."  # an item that a district wrote itself: its number follows
COMMON = "common"


class _Item(BaseModel):
    """One line of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    basis: str
    star: bool = False
    photo: bool = True


class Book(BaseModel):
    """The whole file: every list of one version."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    version: int = Field(ge=1)
    lapsed_on: date
    sources: Mapping[str, str]
    items: Mapping[str, Mapping[str, _Item]]
    common: Mapping[VenueKind, tuple[str, ...]]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if set(self.common) != set(VenueKind) or set(self.items) != {*VenueKind, COMMON}:
            raise ValueError("every kind of venue has a list, and no other")
        unknown = {n for names in self.common.values() for n in names} - set(self.items[COMMON])
        cited = {item.basis for block in self.items.values() for item in block.values()}
        if unknown or cited != set(self.sources):
            raise ValueError(f"unknown items or sources: {unknown | (cited ^ set(self.sources))}")
        return self


@dataclass(frozen=True, slots=True)
class Item:
    """One item. `code` is "shop.air", or "own.12" for one of the district's."""

    code: str
    star: bool = False
    photo: bool = True
    basis: str = ""
    words: str = ""  # of a district's own

    @property
    def text(self) -> Text:
        return item_text(self.code, self.words)

    @property
    def label(self) -> Text:
        """As it stands on a button or in a list, with its star."""
        return Text("checklist.starred", {"item": self.text}) if self.star else self.text


class ChecklistChange(Base):
    """What a district changed in a list: an item of its own (`words`), or one switched off."""

    __tablename__ = "checklist_changes"

    id: Mapped[Id]
    kind: Mapped[VenueKind] = mapped_column(String(12), index=True)
    code: Mapped[str | None] = mapped_column(String(40))  # of the item that is switched off
    words: Mapped[str | None] = mapped_column(String(200))
    star: Mapped[bool] = mapped_column(default=False)
    by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


def pictured(code: str) -> bool:
    """Does a failure of this item need a picture?"""
    block, _, name = code.partition(".")
    item = book().items.get(block, {}).get(name)
    return item is None or item.photo


def based_on(codes: Iterable[str]) -> list[str]:
    """What these items are based on, each source once; a district's own have none."""
    found: dict[str, None] = {}
    for code in codes:
        block, _, name = code.partition(".")
        if item := book().items.get(block, {}).get(name):
            found[book().sources[item.basis]] = None
    return list(found)


@cache
def book() -> Book:
    """The lists of checklists.toml, validated."""
    return Book.model_validate(tomllib.loads(FILE.read_text(encoding="utf-8")))


def shipped(kind: VenueKind) -> tuple[Item, ...]:
    """The list of a kind as it ships: the common items first."""
    found = book()
    common = {f"{COMMON}.{n}": found.items[COMMON][n] for n in found.common[kind]}
    own = {f"{kind}.{n}": item for n, item in found.items[kind].items()}
    return tuple(
        Item(code, item.star, item.photo, found.sources[item.basis])
        for code, item in {**common, **own}.items()
    )


async def standing(session: AsyncSession, kind: VenueKind) -> Sequence[ChecklistChange]:
    """The changes that hold now, oldest first."""
    found = await session.scalars(
        select(ChecklistChange)
        .where(ChecklistChange.kind == kind, ChecklistChange.ended_at.is_(None))
        .order_by(ChecklistChange.id)
    )
    return found.all()


async def checklist(session: AsyncSession, kind: VenueKind) -> tuple[Item, ...]:
    """The list of a kind as the district has it."""
    changes = await standing(session, kind)
    off = {change.code for change in changes if change.code}
    added = (
        Item(f"{OWN}{change.id}", change.star, words=change.words)
        for change in changes
        if change.words
    )
    return (*(item for item in shipped(kind) if item.code not in off), *added)


async def items_named(
    session: AsyncSession, kind: VenueKind, codes: Sequence[str]
) -> tuple[Item, ...]:
    """These items in this order, whether they still stand on the list or not: a list that was
    changed while somebody walked through the venue is the one that she began with."""
    known = {item.code: item for item in shipped(kind)}
    numbers = [int(code.removeprefix(OWN)) for code in codes if code.startswith(OWN)]
    for change in await session.scalars(
        select(ChecklistChange).where(ChecklistChange.id.in_(numbers))
    ):
        if change.words:
            code = f"{OWN}{change.id}"
            known[code] = Item(code, change.star, words=change.words)
    return tuple(known[code] for code in codes if code in known)


async def switch_off(
    session: AsyncSession, kind: VenueKind, code: str, by: int, now: datetime
) -> None:
    """The item is not checked any more in this district; one of its own is taken away."""
    if code not in {item.code for item in await checklist(session, kind)}:
        raise UserError("checklist.not_on_it")
    if code.startswith(OWN):
        change = await session.get_one(ChecklistChange, int(code.removeprefix(OWN)))
        change.ended_at = now
        return
    session.add(ChecklistChange(kind=kind, code=code, by_id=by, at=now))
    await session.flush()


async def switch_on(session: AsyncSession, kind: VenueKind, code: str, now: datetime) -> None:
    """A shipped item is checked again."""
    for change in await standing(session, kind):
        if change.code == code:
            change.ended_at = now
    await session.flush()


async def add_item(
    session: AsyncSession, kind: VenueKind, words: str, by: int, now: datetime, *, star: bool
) -> ChecklistChange:
    """An item of the district's own."""
    row = ChecklistChange(kind=kind, words=words, star=star, by_id=by, at=now)
    session.add(row)
    await session.flush()
    return row
