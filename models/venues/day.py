"""A venue's day as its manager sees it: what is owed, what was entered, who is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from models.clock import local_day
from models.registers import Submission
from models.venues.duties import Log, Owed, owed_by
from models.venues.kinds import Trading
from models.venues.logbook import VenueLog, entries, last_record, owe_now
from models.venues.problem import Problem
from models.venues.problems import open_problems
from models.venues.staff import Calendar, VenueStaff, calendar, staff_of
from models.venues.venue import Venue

AGAIN_AFTER = timedelta(minutes=10)
"""The same log twice within this time is one thumb that tapped twice."""


@dataclass(frozen=True, slots=True)
class VenueDay:
    """What there is to say about one venue today."""

    venue: Venue
    on: date
    entries: Sequence[VenueLog]
    last: Submission | None  # the newest record of disinfection, of any day
    staff: Sequence[VenueStaff]
    lines: Mapping[int, Calendar]
    problems: Sequence[Problem]

    @property
    def owed(self) -> Owed:
        return owed_by(self.venue.kind)

    @property
    def is_open(self) -> bool:
        return self.venue.trading == Trading.OPEN

    @property
    def present(self) -> list[VenueStaff]:
        """Those who may be at work."""
        return [one for one in self.staff if one.home_at is None]

    @property
    def at_home(self) -> list[VenueStaff]:
        return [one for one in self.staff if one.home_at is not None]

    def of(self, log: Log) -> list[VenueLog]:
        """Today's entries of a log."""
        return [entry for entry in self.entries if entry.log == log]

    def lacks(self, log: Log) -> bool:
        return len(self.of(log)) < self.owed.times(log)

    def just_entered(self, log: Log, now: datetime) -> bool:
        """Was it entered a moment ago?"""
        return any(entry.at > now - AGAIN_AFTER for entry in self.of(log))

    def due(self) -> list[VenueStaff]:
        """Who is to be sampled today or was to be before, the longest overdue first."""
        late = [(day, one) for one in self.staff if (day := self.due_on(one)) and day <= self.on]
        return [one for _, one in sorted(late, key=lambda pair: (pair[0], pair[1].id))]

    def due_on(self, one: VenueStaff) -> date | None:
        return self.lines[one.id].due_on

    def sampled(self) -> list[VenueStaff]:
        """Who was sampled today."""
        return [one for one in self.staff if self.lines[one.id].sampled_on(self.on)]


async def venue_day(session: AsyncSession, venue: Venue, now: datetime, zone: ZoneInfo) -> VenueDay:
    """The day, with what it owes made sure of."""
    await owe_now(session, venue, now, zone)
    on = local_day(now, zone)
    staff = await staff_of(session, venue.id)
    return VenueDay(
        venue,
        on,
        await entries(session, venue.id, on),
        await last_record(session, venue.id, Log.DISINFECT),
        staff,
        await calendar(session, staff),
        await open_problems(session, [venue.id]),
    )
