"""Duty (值班): posts where somebody has to stand, and the shifts of those who do.

A post says what to do there; a shift is one person's hours. What is due of it are obligations,
made in rota.py; what was done stands here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from math import asin, cos, radians, sin, sqrt
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Float, ForeignKey, String, UniqueConstraint, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.accounts import Account, Assignment
from models.base import Base, Id
from models.crypto import Sealed
from models.messages import Text, Value
from models.volunteers import Volunteer

EARTH_M = 6_371_000
# What a post's sheet tells besides its name: where and what it is, what to do, what to do about
# what happens often, and about what hardly ever does.
ELEMENTS = ("overview", "tasks", "handling", "special")


class Post(Base):
    """A place that is manned. `located`: whoever signs in is asked where she is; `nightly`:
    somebody has to be on the rota every night."""

    __tablename__ = "posts"

    id: Mapped[Id]
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    located: Mapped[bool] = mapped_column(default=False)
    nightly: Mapped[bool] = mapped_column(default=False)
    brief: Mapped[dict[str, Any]] = mapped_column(default=dict)  # ELEMENTS -> words
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    def distance_m(self, latitude: float, longitude: float) -> int | None:
        """How far a point is from the post, in metres; None where the post has no place."""
        if self.latitude is None or self.longitude is None:
            return None
        here, there = radians(self.latitude), radians(latitude)
        half = sin((there - here) / 2) ** 2
        half += cos(here) * cos(there) * sin(radians(longitude - self.longitude) / 2) ** 2
        return round(2 * EARTH_M * asin(min(1.0, sqrt(half))))


class Shift(Base):
    """One person's hours at a post.

    `rota_id` is whom the rota named, `assignment_id` and `account_id` who stands there now: a
    stand-in makes them differ, and staff who never signed in to the program have no account. A
    volunteer (`volunteer_id`) stands in none of the team's places.
    `due_at` ends the time for signing in; `asked_id` is a colleague who has been asked to stand in.
    """

    __tablename__ = "shifts"
    __table_args__ = (UniqueConstraint("post_id", "since_at", "rota_id"),)

    id: Mapped[Id]
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    rota_id: Mapped[int | None] = mapped_column(ForeignKey("assignments.id"))
    assignment_id: Mapped[int | None] = mapped_column(ForeignKey("assignments.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    volunteer_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"), index=True)
    asked_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    since_at: Mapped[datetime] = mapped_column(index=True)
    until_at: Mapped[datetime]
    due_at: Mapped[datetime]
    signed_in_at: Mapped[datetime | None]
    distance_m: Mapped[int | None]
    signed_out_at: Mapped[datetime | None]
    served_minutes: Mapped[int | None]  # a volunteer's, as far as the rota asked for them
    note: Mapped[str | None] = mapped_column(Sealed("shifts.note"))
    read_at: Mapped[datetime | None]  # the next one has read the note
    cancelled_at: Mapped[datetime | None]

    @property
    def on_post(self) -> bool:
        """Has signed in, and not out."""
        return self.signed_in_at is not None and self.signed_out_at is None

    def missed(self, now: datetime) -> bool:
        """The time for signing in went by and nobody had."""
        return self.due_at < (self.signed_in_at or now)


def signin_key(shift_id: int) -> str:
    return f"duty:s{shift_id}"


def signout_key(shift_id: int) -> str:
    return f"signout:s{shift_id}"


def hours(shift: Shift, post: Post, zone: ZoneInfo) -> dict[str, Value]:
    """What fills the placeholders of a sentence about a shift: where, from when, until when."""
    ends = shift.until_at.astimezone(zone)
    until: Value = ends.time()
    if ends.date() != shift.since_at.astimezone(zone).date():
        until = Text("duty.next_day", {"until": ends.time()})
    return {"post": post.name, "since": shift.since_at, "until": until}


async def names_of(session: AsyncSession, *shifts: Shift) -> Mapping[int, str]:
    """Who stands there, by shift: as the staff list has her, else as her account does."""
    staff = {shift.assignment_id for shift in shifts if shift.assignment_id}
    helping = {shift.volunteer_id for shift in shifts if shift.volunteer_id}
    others = {shift.account_id for shift in shifts if shift.account_id and not shift.assignment_id}
    listed = {
        row.id: row.name
        for row in await session.scalars(select(Assignment).where(Assignment.id.in_(staff)))
    }
    serving = {
        row.id: row.name
        for row in await session.scalars(select(Volunteer).where(Volunteer.id.in_(helping)))
    }
    known = {
        row.id: row.name
        for row in await session.scalars(select(Account).where(Account.id.in_(others)))
    }
    return {
        shift.id: listed.get(shift.assignment_id or 0)
        or serving.get(shift.volunteer_id or 0)
        or known.get(shift.account_id or 0)
        or ""
        for shift in shifts
    }
