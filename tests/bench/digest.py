"""(h) The district's evening digest, read from what was kept at the cut-off, beside twelve grouped
queries over a covering index; equal to a full recount in the same run."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from models.clock import monotonic
from models.closed import closed_numbers, keep_closed
from models.obligations import GONE, REPORTED, Kind, Obligation, Outcome, volunteered
from models.reports.digest import compose
from models.reports.figures import count_below
from models.reports.numbers import count
from models.reports.periods import Period, happened, previous, running_period, within
from models.reports.sections import COUNTED
from models.session import Database
from models.units import Unit
from tests.bench import databases, district
from tests.bench.district import Size
from tests.bench.people import NOW, ZONE
from tests.bench.report import Row, times
from tests.bench.rounds import Round, Scale, compete

DAYS, MORE_DAYS = 14, 42
PEOPLE, CHECKINS, GRIDS = 1_000_000, 1_000_000, 5_000
FEW = (2_000, 2_800, 50)
AIM_MS, AIM_TIMES, AIM_FLAT = 100.0, 5.0, 1.3
ROUNDS = 3
WHY = (
    "of 15 ms for half the district on SQLite 4 are for what is overdue, 6 for the open alerts, 2"
    " for where nobody works"
)
COVERING = (
    "CREATE INDEX covering ON obligations (kind, due_at, unit_id, opens_at, outcome_at, outcome)"
)
OURS, TWELVE, RECOUNT, RUNNING = "ours", "twelve", "recount", "running"


def _conditions(period: Period) -> Mapping[str, ColumnElement[bool]]:
    """What twelve queries ask, six of the check-ins and six of the tests."""
    known = happened(Obligation.outcome_at, period.until_at)
    expected = or_(~known, Obligation.outcome.not_in(GONE))
    asked = ~volunteered()
    return {
        "due": and_(asked, expected),
        "reported": and_(asked, known, Obligation.outcome.in_(REPORTED)),
        "missing": and_(asked, ~known),
        "unreachable": and_(asked, known, Obligation.outcome == Outcome.UNREACHABLE),
        "waived": and_(asked, known, Obligation.outcome == Outcome.WAIVED),
        "volunteered": volunteered(),
    }


@dataclass(frozen=True, slots=True)
class _Evening:
    """A filled database, when the day is over."""

    db: Database
    period: Period

    async def top(self, session: AsyncSession) -> Unit:
        return await session.get_one(Unit, 1)

    async def close(self) -> float:
        """Seconds for the cut-off: everything is counted for every unit, and kept."""
        for period in (previous(self.period), self.period):
            began = monotonic()
            async with self.db.write() as session:
                top = await self.top(session)
                sheets = await count_below(session, top, period, COUNTED)
                await keep_closed(session, top, sheets, period, NOW)
        return monotonic() - began

    async def ours(self) -> float:
        """Milliseconds for the whole message: both days, what is overdue, where nobody works."""
        async with self.db.write() as session:
            top = await self.top(session)
            began = monotonic()
            await compose(session, top, NOW, ZONE)
            return (monotonic() - began) * 1000

    async def recount(self) -> float:
        """Milliseconds for the day's figures from the rows; they must be those that are kept."""
        async with self.db.write() as session:
            top = await self.top(session)
            began = monotonic()
            found = await count(session, top, self.period)
            spent = (monotonic() - began) * 1000
            (kept,) = await closed_numbers(session, top, [self.period], NOW)
        assert found["checkin.due"] > 0
        assert all(kept[name] == n for name, n in found.figures.items())
        return spent

    async def running(self) -> float:
        """Milliseconds for the digest of the day that still runs, which is kept nowhere."""
        async with self.db.write() as session:
            top = await self.top(session)
            period = await running_period(session, top, NOW, ZONE)
            began = monotonic()
            await compose(session, top, NOW, ZONE, period)
            return (monotonic() - began) * 1000

    async def twelve(self) -> float:
        """Milliseconds for the figures of check-ins and tests alone, added up by unit."""
        sums = {}
        async with self.db.write() as session:
            began = monotonic()
            for kind in (Kind.CHECKIN, Kind.TEST):
                for part, condition in _conditions(self.period).items():
                    found = await session.execute(
                        select(Obligation.unit_id, func.count())
                        .where(Obligation.kind == kind, within(Obligation.due_at, self.period))
                        .where(condition)
                        .group_by(Obligation.unit_id)
                    )
                    sums[f"{kind}.{part}"] = sum(row[1] for row in found)
            spent = (monotonic() - began) * 1000
            top = await self.top(session)
            (kept,) = await closed_numbers(session, top, [self.period], NOW)
        assert all(kept[name] == n for name, n in sums.items()), sums
        return spent


async def measure(scale: Scale) -> list[Row]:
    rows = await _measure(scale, "SQLite", "")
    return rows + (await _measure(scale, "PostgreSQL", scale.postgres) if scale.postgres else [])


async def _measure(scale: Scale, name: str, server: str) -> list[Row]:
    sides: dict[str, Round] = {}
    closing = {}
    async with AsyncExitStack() as stack:

        async def filled(days: int) -> _Evening:
            made = databases.postgres(server) if server else databases.sqlite()
            db = await stack.enter_async_context(made)
            await district.fill(db, Size(*scale.of((PEOPLE, CHECKINS, GRIDS), FEW), days))
            return _Evening(db, district.last_period())

        for days in (DAYS, MORE_DAYS):
            evening = await filled(days)
            closing[days] = await evening.close()
            sides[f"{OURS} {days}"] = evening.ours
            if days == DAYS:
                sides |= {RECOUNT: evening.recount, RUNNING: evening.running}
        # In a database of its own: an index that ours has not would change how ours is read.
        other = await filled(DAYS)
        await other.close()
        async with other.db.write() as session:
            await session.execute(text(COVERING))
        sides[TWELVE] = other.twelve
        found = await compete(sides, scale.of(ROUNDS, 1))
    return _rows(name, found, closing)


def _rows(name: str, found: Mapping[str, float], closing: Mapping[int, float]) -> list[Row]:
    ours, longer, twelve = found[f"{OURS} {DAYS}"], found[f"{OURS} {MORE_DAYS}"], found[TWELVE]
    what = f"ms for the evening digest of {GRIDS:,} grids, {CHECKINS:,} check-ins in {DAYS} days"
    flat = longer / ours
    return [
        Row(
            "h",
            f"{what} ({name})",
            f"{ours:.0f}",
            f"{twelve:.0f}: twelve grouped queries over a covering index",
            times(twelve / ours),
            f"at most {AIM_MS:.0f}, at least {AIM_TIMES:.0f}x",
            ours <= AIM_MS and twelve >= AIM_TIMES * ours,
            f"{name}: {times(twelve / ours)}: {WHY}.",
        ),
        Row(
            "h",
            f"ms for the same after {DAYS}, {MORE_DAYS} days ({name})",
            f"{ours:.0f}, {longer:.0f}",
            "",
            f"{times(flat)} from first to last",
            f"at most {AIM_FLAT}x",
            flat <= AIM_FLAT,
            f"{name}: what is overdue is counted when it is asked for, and grows with the days in"
            " which nobody ended anything",
        ),
        Row(
            "h",
            f"s at the cut-off, all figures for all units, after {DAYS}, {MORE_DAYS} days ({name})",
            ", ".join(f"{closing[days]:.1f}" for days in (DAYS, MORE_DAYS)),
        ),
        Row(
            "h",
            f"ms to count the day's figures from the rows, which are the same ({name})",
            f"{found[RECOUNT]:.0f}",
            f"{found[RUNNING]:.0f}: the digest of the day that still runs",
        ),
    ]
