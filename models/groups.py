"""Group chats that we were added to: which unit each belongs to, and what may be said there.

Nothing that is posted carries a name: a post is made of words from the catalogue, figures, days
and names of units, and of nothing else. A group is written to as an account of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from typing import TypeAlias

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.accounts import Account
from models.base import Base, Id
from models.crypto import Sealed
from models.messages import Button, Outbound, Style, Text, verbatim
from models.outbox import Letter, Priority
from models.units import Unit, ancestor_ids

TOPICS = "topics"  # the kind of job that makes a thread for each grid


class GroupKind(StrEnum):
    """Who reads along."""

    RESIDENTS = "residents"
    STAFF = "staff"


class Posting(StrEnum):
    """What is posted by itself."""

    NUMBERS = "numbers"  # the day's figures, with the digest
    ALERTS = "alerts"  # that there is a new alert or lead, and in which grid


# Among neighbours a figure of one may point at somebody: there it is a decision of the unit.
BY_ITSELF: Mapping[GroupKind, tuple[Posting, ...]] = {
    GroupKind.RESIDENTS: (),
    GroupKind.STAFF: (Posting.NUMBERS, Posting.ALERTS),
}


class Group(Base):
    """A group chat. Without a unit nothing is posted; `left_at`: we are not there any more."""

    __tablename__ = "chat_groups"

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), unique=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    kind: Mapped[GroupKind | None] = mapped_column(String(12))
    title: Mapped[str | None] = mapped_column(Sealed("chat_groups.title"))
    posts: Mapped[list[str]] = mapped_column(default=list)
    added_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    added_at: Mapped[datetime]
    left_at: Mapped[datetime | None]


class Topic(Base):
    """The thread of a group where a grid's own posts go."""

    __tablename__ = "chat_topics"
    __table_args__ = (UniqueConstraint("group_id", "unit_id"),)

    id: Mapped[Id]
    group_id: Mapped[int] = mapped_column(ForeignKey("chat_groups.id", ondelete="CASCADE"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    thread: Mapped[str] = mapped_column(String(40))


# -- where we are ----------------------------------------------------------------------------------


async def group_at(session: AsyncSession, place: str) -> Group | None:
    """The group of a chat."""
    return await session.scalar(
        select(Group).join(Account, Account.id == Group.account_id).where(Account.chat == place)
    )


async def enter(session: AsyncSession, place: str, title: str, by: Account, now: datetime) -> Group:
    """We are in this group now, brought by somebody, whose language it gets."""
    account = await session.scalar(select(Account).where(Account.chat == place))
    if account is None:
        account = Account(chat=place, created_at=now)
        session.add(account)
        await session.flush()
    account.lang, account.blocked_at = by.lang, None
    group = await session.scalar(select(Group).where(Group.account_id == account.id))
    if group is None:
        group = Group(account_id=account.id, posts=[], added_at=now)
        session.add(group)
    group.title, group.added_by, group.left_at = title or None, by.id, None
    await session.flush()
    return group


async def leave(session: AsyncSession, group: Group, now: datetime) -> None:
    """We are there no more: nothing is posted, the unit is free for another group."""
    account = await session.get(Account, group.account_id)
    assert account is not None, "a group is written to as an account"
    account.blocked_at = account.blocked_at or now
    group.unit_id, group.posts, group.left_at = None, [], now
    for topic in await session.scalars(select(Topic).where(Topic.group_id == group.id)):
        await session.delete(topic)


async def move(session: AsyncSession, group: Group, place: str) -> None:
    """The platform has given the group another address."""
    account = await session.get(Account, group.account_id)
    assert account is not None, "a group is written to as an account"
    taken = await session.scalar(select(Account).where(Account.chat == place))
    if taken is None:
        account.chat = place
        return
    rival = await session.scalar(select(Group).where(Group.account_id == taken.id))
    if rival is not None and rival.id != group.id:
        rival.account_id, group.account_id = account.id, taken.id
        await session.flush()
        return
    group.account_id = taken.id


async def bound(session: AsyncSession, units: Iterable[int], posting: Posting) -> list[Group]:
    """The groups of these units where something is posted by itself."""
    found = await session.scalars(
        select(Group)
        .where(Group.unit_id.in_(list(units)), Group.left_at.is_(None))
        .order_by(Group.id)
    )
    return [group for group in found if posting in group.posts]


async def thread_of(session: AsyncSession, group: Group, unit: Unit) -> str:
    """The thread for a unit's posts: its own, else of the nearest unit above; "" the main one."""
    found = await session.execute(
        select(Topic.unit_id, Topic.thread).where(
            Topic.group_id == group.id, Topic.unit_id.in_(ancestor_ids(unit.path))
        )
    )
    threads: dict[int, str] = {row.unit_id: row.thread for row in found}
    near = (threads[i] for i in reversed(ancestor_ids(unit.path)) if i in threads)
    return next(near, "")


async def set_thread(session: AsyncSession, group: Group, unit: Unit, thread: str) -> None:
    """A thread is a unit's from now on."""
    found = await session.scalar(
        select(Topic).where(Topic.group_id == group.id, Topic.unit_id == unit.id)
    )
    if found is None:
        session.add(Topic(group_id=group.id, unit_id=unit.id, thread=thread))
    else:
        found.thread = thread


# -- what is said there ----------------------------------------------------------------------------

Plain: TypeAlias = int | date | datetime | time


@dataclass(frozen=True, slots=True)
class Door:
    """A button that leads from the group into the private chat; `start` is what it begins with."""

    label: str
    start: str


@dataclass(frozen=True, slots=True)
class Post:
    """What may be said in a group. There is no place in it for words that somebody typed."""

    key: str
    figures: Mapping[str, Plain] = field(default_factory=dict)
    unit: Unit | None = None
    doors: Sequence[Door] = ()

    def outbound(self, thread: str = "") -> Outbound:
        named = {"unit": self.unit.name} if self.unit else {}
        return Outbound(
            (Text(self.key, {**self.figures, **named}),), _rows(self.doors), topic=thread
        )


@dataclass(frozen=True, slots=True)
class Notice:
    """A unit's own words to its group, which she has seen before they went out.

    Whoever makes one has looked that no number of anybody stands in them.
    """

    words: str
    unit: Unit
    corrected: bool = False

    def outbound(self, thread: str = "") -> Outbound:
        key = "groups.notice_corrected" if self.corrected else "groups.notice"
        head = Text(key, {"unit": self.unit.name})
        return Outbound((head, verbatim(self.words)), topic=thread)


def _rows(doors: Sequence[Door]) -> tuple[tuple[Button, ...], ...]:
    return tuple(
        (Button(Text(door.label), start=door.start, style=Style.PRIMARY),) for door in doors
    )


def posted(
    group: Group,
    said: Post | Notice,
    key: str,
    *,
    thread: str = "",
    not_before_at: datetime | None = None,
) -> Letter:
    """The one way into a group; `key` says what it is, for this group."""
    message = said.outbound(thread)
    return Letter(f"{key}:g{group.id}", group.account_id, message, Priority.REMINDER, not_before_at)
