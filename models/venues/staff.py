"""Who works in a venue, and the calendar of her tests (A25).

Each of them has one open line in the calendar, the next: sampled, it is done and the following one
is opened. What a venue owes on a day is logbook.py's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, ForeignKey, Index, String, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id
from models.clock import at_local, local_day
from models.crypto import Sealed
from models.identity import IdDocument
from models.messages import UserError
from models.obligations import Outcome
from models.people import Person, id_index, phone_index
from models.rules import Rules
from models.samples import Result
from models.venues.duties import days_between, post_of
from models.venues.venue import Venue

MOST = 300  # of one venue
_OPEN: ColumnElement[bool] = literal_column("outcome IS NULL")


class VenueStaff(Base):
    """Somebody who works in a venue. `title` is her job as it was told, `post` what the data make
    of it; `home_at`: sent home, and not back yet."""

    __tablename__ = "venue_staff"

    id: Mapped[Id]
    venue_id: Mapped[int] = mapped_column(ForeignKey("venues.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    name: Mapped[str | None] = mapped_column(Sealed("venue_staff.name"))
    title: Mapped[str | None] = mapped_column(Sealed("venue_staff.title"))
    phone: Mapped[str | None] = mapped_column(Sealed("venue_staff.phone"))
    phone_index: Mapped[str | None] = mapped_column(String(32))
    post: Mapped[str] = mapped_column(String(12))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    added_at: Mapped[datetime]
    added_by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    home_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None] = mapped_column(index=True)


class Swab(Base):
    """One line of the calendar: somebody is to be sampled by `due_at`. Not cancelled, it ends as
    done (or late) or waived. A last day that was told when she came in is a cancelled line."""

    __tablename__ = "venue_swabs"
    __table_args__ = (
        Index(
            "ix_venue_swabs_open",
            "staff_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )

    id: Mapped[Id]
    staff_id: Mapped[int] = mapped_column(ForeignKey("venue_staff.id"), index=True)
    venue_id: Mapped[int] = mapped_column(ForeignKey("venues.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    due_on: Mapped[date]
    due_at: Mapped[datetime] = mapped_column(index=True)
    sampled_on: Mapped[date | None]
    result: Mapped[Result | None] = mapped_column(String(8))
    resulted_at: Mapped[datetime | None] = mapped_column(index=True)
    outcome: Mapped[Outcome | None] = mapped_column(String(12))
    outcome_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody as she was told: her job in words, her papers only to find her in the roster."""

    name: str
    title: str = ""
    phone: str = ""
    document: IdDocument | None = None
    last_on: date | None = None


@dataclass(frozen=True, slots=True)
class Calendar:
    """When somebody was sampled last, and when she is due; `result` None while it waits."""

    last: Swab | None
    next: Swab | None

    @property
    def due_on(self) -> date | None:
        return self.next.due_on if self.next else None

    def is_due(self, on: date) -> bool:
        return self.next is not None and self.next.due_on <= on

    def sampled_on(self, on: date) -> bool:
        return self.last is not None and self.last.sampled_on == on


# -- who works there ------------------------------------------------------------------------------


async def staff_of(session: AsyncSession, venue_id: int) -> Sequence[VenueStaff]:
    """Who works there now, in the order in which they came."""
    found = await session.scalars(
        select(VenueStaff)
        .where(VenueStaff.venue_id == venue_id, VenueStaff.left_at.is_(None))
        .order_by(VenueStaff.id)
    )
    return found.all()


async def take_on(
    session: AsyncSession,
    venue: Venue,
    told: Sequence[Newcomer],
    by: int,
    rules: Rules,
    now: datetime,
    zone: ZoneInfo,
) -> list[VenueStaff]:
    """Add those who do not work there yet: the same name is another one only with another phone.

    Raises UserError when the venue would have more than MOST.
    """
    there = list(await staff_of(session, venue.id))
    added = []
    for one in told:
        if _known(there, one):
            continue
        row = await _row(session, venue, one, by, now)
        there.append(row)
        added.append((row, one.last_on))
    if len(there) > MOST:
        raise UserError("venueday.too_many_staff", n=MOST)
    session.add_all(row for row, _ in added)
    await session.flush()
    session.add_all(
        _told_before(row, day, rules, now, zone) for row, day in added if day is not None
    )
    await session.flush()
    rows = [row for row, _ in added]
    await open_lines(session, rows, {venue.id: venue}, rules, now, zone)
    return rows


def _known(there: Sequence[VenueStaff], told: Newcomer) -> bool:
    """Does she work there already? A phone that nobody had told yet is noted."""
    index = phone_index(told.phone) if told.phone else None
    for one in there:
        if one.name == told.name and None in (index, one.phone_index):
            if one.phone_index is None and index is not None:
                one.phone, one.phone_index = told.phone, index
            return True
        if one.name == told.name and one.phone_index == index:
            return True
    return False


async def _row(
    session: AsyncSession, venue: Venue, told: Newcomer, by: int, now: datetime
) -> VenueStaff:
    person = None
    if told.document is not None:
        person = await session.scalar(
            select(Person.id).where(Person.id_index == id_index(told.document))
        )
    return VenueStaff(
        venue_id=venue.id,
        unit_id=venue.unit_id,
        name=told.name,
        title=told.title or None,
        phone=told.phone or None,
        phone_index=phone_index(told.phone) if told.phone else None,
        post=post_of(told.title),
        person_id=person,
        added_at=now,
        added_by=by,
    )


def _told_before(row: VenueStaff, day: date, rules: Rules, now: datetime, zone: ZoneInfo) -> Swab:
    """A sample from before she was on the list: it counts for the calendar, in no figure."""
    due_at = at_local(day, rules.venue_evening, zone)
    end = {"outcome": Outcome.CANCELLED, "outcome_at": now}
    about = {"staff_id": row.id, "venue_id": row.venue_id, "unit_id": row.unit_id}
    return Swab(**about, due_on=day, due_at=due_at, sampled_on=day, **end)


async def leave(session: AsyncSession, rows: Sequence[VenueStaff], now: datetime) -> None:
    """They work there no more; nothing is due from them."""
    for row in rows:
        row.left_at = now
    await _end_open(session, Swab.staff_id.in_([row.id for row in rows]), Outcome.CANCELLED, now)


# -- the calendar ---------------------------------------------------------------------------------


async def calendar(session: AsyncSession, rows: Sequence[VenueStaff]) -> Mapping[int, Calendar]:
    """The last sample and the next of each, by her id."""
    found = await session.scalars(
        select(Swab).where(Swab.staff_id.in_([row.id for row in rows])).order_by(Swab.id)
    )
    last: dict[int, Swab] = {}
    due: dict[int, Swab] = {}
    for one in found:
        if one.outcome is None:
            due[one.staff_id] = one
        elif one.sampled_on is not None and one.sampled_on >= _day(last.get(one.staff_id)):
            last[one.staff_id] = one
    return {row.id: Calendar(last.get(row.id), due.get(row.id)) for row in rows}


def _day(line: Swab | None) -> date:
    return date.min if line is None or line.sampled_on is None else line.sampled_on


async def open_lines(
    session: AsyncSession,
    rows: Sequence[VenueStaff],
    venues: Mapping[int, Venue],
    rules: Rules,
    now: datetime,
    zone: ZoneInfo,
) -> None:
    """Give each of them her next line, unless she has one: from her last sample on, never in the
    past, and from the evening on not today."""
    lines = await calendar(session, rows)
    today = local_day(now, zone)
    first = today if now < at_local(today, rules.venue_evening, zone) else today + timedelta(days=1)
    for row in rows:
        known = lines[row.id]
        if known.next is not None or row.left_at is not None:
            continue
        due_on = first
        if known.last is not None and known.last.sampled_on is not None:
            days = days_between(venues[row.venue_id].kind, row.post, rules)
            due_on = max(first, known.last.sampled_on + timedelta(days=days))
        session.add(_line(row, due_on, rules, zone))
    await session.flush()


def _line(row: VenueStaff, due_on: date, rules: Rules, zone: ZoneInfo) -> Swab:
    about = {"staff_id": row.id, "venue_id": row.venue_id, "unit_id": row.unit_id}
    return Swab(**about, due_on=due_on, due_at=at_local(due_on, rules.venue_evening, zone))


async def note_sampled(
    session: AsyncSession,
    venue: Venue,
    rows: Sequence[VenueStaff],
    rules: Rules,
    now: datetime,
    zone: ZoneInfo,
) -> int:
    """They were sampled today, and the next line is opened; how many were not yet."""
    today, lines = local_day(now, zone), await calendar(session, rows)
    fresh = [row for row in rows if not lines[row.id].sampled_on(today)]
    for row in fresh:
        line = lines[row.id].next or _line(row, today, rules, zone)
        line.sampled_on = today
        line.outcome = Outcome.DONE if now <= line.due_at else Outcome.LATE
        line.outcome_at = now
        session.add(line)
    await session.flush()
    await open_lines(session, fresh, {venue.id: venue}, rules, now, zone)
    return len(fresh)


async def unsample(session: AsyncSession, row: VenueStaff, today: date) -> None:
    """It was tapped by mistake: today's sample is taken back, its line is open again.

    Raises UserError when there is a result already.
    """
    known = (await calendar(session, [row]))[row.id]
    if known.last is None or not known.sampled_on(today):
        return
    if known.last.result is not None:
        raise UserError("venueday.has_result", name=row.name or "")
    if known.next is not None:
        await session.delete(known.next)
        await session.flush()
    known.last.sampled_on = known.last.outcome = known.last.outcome_at = None
    await session.flush()


async def waive_lines(session: AsyncSession, venue_id: int, now: datetime) -> None:
    """The venue is not open: nobody is expected to be sampled for it."""
    await _end_open(session, Swab.venue_id == venue_id, Outcome.WAIVED, now)


async def _end_open(
    session: AsyncSession, which: ColumnElement[bool], outcome: Outcome, now: datetime
) -> None:
    found = await session.scalars(select(Swab).where(which, Swab.outcome.is_(None)))
    for line in found:
        line.outcome, line.outcome_at = outcome, now
    await session.flush()


async def due_in(session: AsyncSession, venues: ColumnElement[bool], on: date) -> Mapping[int, int]:
    """How many of each venue (a condition on Swab) are due by this day, by the venue's id."""
    found = await session.execute(
        select(Swab.venue_id, func.count())
        .where(venues, Swab.outcome.is_(None), Swab.due_on <= on)
        .group_by(Swab.venue_id)
    )
    return {venue: int(n) for venue, n in found}
