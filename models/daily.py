"""Daily reports: what a unit confirmed for a day, and what it has come to since.

Silence is a missing report, not a zero: who owes one has an obligation, and only a person's
confirmation ends it. Nothing is counted by hand; what was signed stays as it was signed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, Select, UniqueConstraint, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.accounts import STAFF_OF, Account, Assignment
from models.base import Base, Id
from models.clock import local_day
from models.messages import Outbound, Text
from models.obligations import GONE, REPORTED, Kind, Obligation, Outcome, fulfil, oblige
from models.outbox import Letter, Priority, enqueue
from models.reports.figures import Figures, count_below
from models.reports.periods import Period, closed_period
from models.reports.sections import SECTIONS
from models.reports.sheet import compact, differences, figure_text, is_zero
from models.rules import rules_of
from models.units import Level, Unit, ancestor_ids


class DailyReport(Base):
    """What a unit's day came to when somebody confirmed it; a later version says what it has come
    to since, and nobody signed that."""

    __tablename__ = "daily_reports"
    __table_args__ = (UniqueConstraint("unit_id", "on_day", "version"),)

    id: Mapped[Id]
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    on_day: Mapped[date] = mapped_column(index=True)
    version: Mapped[int]
    since_at: Mapped[datetime]
    until_at: Mapped[datetime]
    figures: Mapped[dict[str, Any]]
    zero: Mapped[bool]
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))


# -- who owes one ---------------------------------------------------------------------------------


async def open_reports(session: AsyncSession, top: Unit, now: datetime, zone: ZoneInfo) -> Period:
    """Every unit of the district that owes a report for the closed day is asked for it, with its
    figures composed."""
    rules, period = rules_of(top), await closed_period(session, top, now, zone)
    levels = (Level.VILLAGE, Level.GRID) if rules.grids_report else (Level.VILLAGE,)
    owing = await session.scalars(
        select(Unit).where(Unit.path.startswith(top.path), Unit.level.in_(levels))
    )
    sheets = await count_below(session, top, period, SECTIONS)
    due_at = max(now, period.until_at) + timedelta(minutes=rules.report_minutes)
    on = local_day(period.until_at, zone)
    rows = [
        {
            "key": report_key(unit.id, on),
            "kind": Kind.ZERO,
            "unit_id": unit.id,
            "opens_at": period.until_at,
            "due_at": due_at,
            "facts": _facts(period, on, sheets[unit.id]),
        }
        for unit in owing
    ]
    await oblige(session, rows)
    return period


def report_key(unit_id: int, on: date) -> str:
    return f"zero:u{unit_id}:{on.isoformat()}"


def _facts(period: Period, on: date, figures: Figures) -> dict[str, Any]:
    """What an obligation to report carries: the day, and what it comes to."""
    return {
        "on": on.isoformat(),
        "since": period.since_at.isoformat(),
        "until": period.until_at.isoformat(),
        "figures": compact(figures),
        "zero": is_zero(figures),
    }


def day_of(item: Obligation) -> tuple[date, Period]:
    """The day that a report is about."""
    facts = item.facts
    since, until = (datetime.fromisoformat(facts[name]) for name in ("since", "until"))
    period = Period(since, until)
    return date.fromisoformat(facts["on"]), period


# -- composing and confirming ---------------------------------------------------------------------


async def compose_again(session: AsyncSession, item: Obligation) -> bool:
    """Count the day anew; is it what was shown?"""
    unit = await session.get(Unit, item.unit_id)
    assert unit is not None, "a report belongs to a unit"
    on, period = day_of(item)
    figures = (await count_below(session, unit, period, SECTIONS))[unit.id]
    same = bool(compact(figures) == item.facts["figures"])
    item.facts = _facts(period, on, figures)
    return same


async def confirm(session: AsyncSession, item: Obligation, by: int, now: datetime) -> None:
    """She signs what she was shown."""
    on, period = day_of(item)
    session.add(
        DailyReport(
            unit_id=item.unit_id,
            on_day=on,
            version=1,
            since_at=period.since_at,
            until_at=period.until_at,
            figures=item.facts["figures"],
            zero=item.facts["zero"],
            at=now,
            by_id=by,
        )
    )
    await fulfil(session, item, by, now)


# -- what has changed since -----------------------------------------------------------------------


def _newest(*where: Any) -> Select[DailyReport]:
    """The newest version of each report."""
    last = (
        select(DailyReport.unit_id, DailyReport.on_day, func.max(DailyReport.version).label("v"))
        .where(*where)
        .group_by(DailyReport.unit_id, DailyReport.on_day)
        .subquery()
    )
    return select(DailyReport).join(
        last,
        (DailyReport.unit_id == last.c.unit_id)
        & (DailyReport.on_day == last.c.on_day)
        & (DailyReport.version == last.c.v),
    )


async def reconsider(session: AsyncSession, unit: Unit, at: datetime, now: datetime) -> None:
    """A figure of `at` was mended in a unit: reports that hold it are corrected, at once."""
    where = (
        DailyReport.unit_id.in_(ancestor_ids(unit.path)),
        DailyReport.since_at < at,
        DailyReport.until_at >= at,
    )
    for report in list(await session.scalars(_newest(*where))):
        there = await session.get(Unit, report.unit_id)
        assert there is not None, "a report belongs to a unit"
        period = Period(report.since_at, report.until_at)
        figures = await count_below(session, there, period, SECTIONS)
        await _correct(session, {there.id: there}, [report], figures, now)


async def reconsider_day(session: AsyncSession, top: Unit, on: date, now: datetime) -> None:
    """The whole district's reports of a day, counted once more."""
    units = {
        unit.id: unit
        for unit in await session.scalars(select(Unit).where(Unit.path.startswith(top.path)))
    }
    reports = list(await session.scalars(_newest(DailyReport.on_day == on)))
    here = [report for report in reports if report.unit_id in units]
    for period in {Period(report.since_at, report.until_at) for report in here}:
        figures = await count_below(session, top, period, SECTIONS)
        same = [r for r in here if Period(r.since_at, r.until_at) == period]
        await _correct(session, units, same, figures, now)


async def _correct(
    session: AsyncSession,
    units: Mapping[int, Unit],
    reports: Sequence[DailyReport],
    figures: Mapping[int, Figures],
    now: datetime,
) -> None:
    """A new version where the figures have moved, and word of it to the unit and the one above."""
    letters: list[Letter] = []
    for report in reports:
        changed = differences(report.figures, figures[report.unit_id])
        if not changed:
            continue
        version = report.version + 1
        session.add(
            DailyReport(
                unit_id=report.unit_id,
                on_day=report.on_day,
                version=version,
                since_at=report.since_at,
                until_at=report.until_at,
                figures=compact(figures[report.unit_id]),
                zero=is_zero(figures[report.unit_id]),
                at=now,
            )
        )
        unit = units[report.unit_id]
        message = _correction(unit, report.on_day, changed)
        told = await staff_of(session, [i for i in (unit.id, unit.parent_id) if i], now)
        key = f"corrected:u{unit.id}:{report.on_day.isoformat()}:v{version}"
        for account in dict.fromkeys(a for accounts in told.values() for a in accounts):
            letters.append(Letter(f"{key}:a{account}", account, message, Priority.NOTICE))
    await session.flush()
    await enqueue(session, letters, now)


def _correction(unit: Unit, on: date, changed: Mapping[str, tuple[int, int]]) -> Outbound:
    lines = [Text("zero.corrected", {"unit": unit.name, "on": on})]
    lines += [
        Text("zero.change", {"was": figure_text(name, was), "now": figure_text(name, n)})
        for name, (was, n) in changed.items()
    ]
    return Outbound(tuple(lines))


async def staff_of(
    session: AsyncSession, unit_ids: Sequence[int], now: datetime
) -> Mapping[int, list[int]]:
    """The accounts that speak for each unit."""
    found = await session.execute(
        select(Unit.id, Unit.level, Assignment.role, Assignment.account_id)
        .join(Assignment, Assignment.unit_id == Unit.id)
        .join(Account, Account.id == Assignment.account_id)
        .where(
            Unit.id.in_(unit_ids),
            or_(Assignment.until_at.is_(None), Assignment.until_at > now),
            Account.blocked_at.is_(None),
        )
        .order_by(Assignment.id)
    )
    staff: dict[int, list[int]] = {unit_id: [] for unit_id in unit_ids}
    for unit_id, level, role, account_id in found:
        if account_id is not None and role == STAFF_OF[Level(level)]:
            staff[unit_id].append(account_id)
    return staff


# -- the unit above -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """How the reports of a day stand below a unit: due = reported + missing + waived."""

    due: int
    reported: int
    zeros: int
    late: int
    waived: int
    missing: Sequence[tuple[Obligation, Unit]]
    moved: Sequence[str]
    """Units whose figures are not what they last said: shown, never hidden."""
    figures: Figures
    """The sheet of the unit itself: the sum of all below it."""


async def standing(session: AsyncSession, unit: Unit, period: Period) -> Standing:
    """Who below a unit has reported the closed day, and who has not."""
    found = await session.execute(
        select(Obligation, Unit)
        .join(Unit, Unit.id == Obligation.unit_id)
        .where(
            Obligation.kind == Kind.ZERO,
            Obligation.opens_at == period.until_at,
            Unit.path.startswith(unit.path),
            Unit.id != unit.id,
        )
        .order_by(Unit.path)
    )
    owed = [(row[0], row[1]) for row in found if row[0].outcome not in GONE]
    reports = {
        report.unit_id: report
        for report in await session.scalars(_newest(DailyReport.until_at == period.until_at))
    }
    figures = await count_below(session, unit, period, SECTIONS)
    done = [one for one in owed if one[0].outcome in REPORTED]
    signed = [(reports[there.id], there) for _, there in done if there.id in reports]
    return Standing(
        due=len(owed),
        reported=len(done),
        zeros=sum(report.zero for report, _ in signed),
        late=sum(item.outcome == Outcome.LATE for item, _ in owed),
        waived=sum(item.outcome in (Outcome.WAIVED, Outcome.UNREACHABLE) for item, _ in owed),
        missing=[one for one in owed if one[0].is_open()],
        moved=[there.name for r, there in signed if differences(r.figures, figures[there.id])],
        figures=figures[unit.id],
    )


async def newest_report(session: AsyncSession, unit_id: int) -> DailyReport | None:
    """What a unit last said."""
    return await session.scalar(
        select(DailyReport)
        .where(DailyReport.unit_id == unit_id)
        .order_by(DailyReport.on_day.desc(), DailyReport.version.desc())
        .limit(1)
    )


async def owed_by(session: AsyncSession, unit_ids: Sequence[int]) -> Obligation | None:
    """The report that these units owe: of the newest day that is open."""
    return await session.scalar(
        select(Obligation)
        .where(
            Obligation.kind == Kind.ZERO,
            Obligation.unit_id.in_(unit_ids),
            Obligation.outcome.is_(None),
        )
        .order_by(Obligation.due_at.desc(), Obligation.id)
        .limit(1)
    )
