"""The facts of a report on a period: how it was organised, what was done, what is wrong, what is
next, each with the figures of the daily digests over the same days.

What happened is the sum of those digests; how things stand is as the last of them says. What is in
no register is None, never a guess; where nothing was due there is no row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import TEAM, Assignment
from models.documents.head import head_of
from models.documents.kinds import Facts, Row
from models.documents.sentences import MEASURES, MOST_NAMED, POINTS, Told, conclusion, duty
from models.documents.series import IssuedDocument
from models.documents.signers import names_of
from models.episodes import Episode
from models.messages import Text, Value, verbatim
from models.obligations import Kind
from models.reports.arrivals import ARRIVALS
from models.reports.channels import CHANNELS
from models.reports.chart import Chart, chart_of
from models.reports.checks import mismatches
from models.reports.days import count_days
from models.reports.doors import AWAY, VISITS
from models.reports.figures import checks_of, count_figures
from models.reports.means import SERVICE, STORES
from models.reports.numbers import balance_of
from models.reports.periods import Period, happened, within
from models.reports.sections import ALERTS, BALANCES, DUTY, HELP, LEADS, OBSERVED, SAMPLES
from models.reports.sheet import differing
from models.reports.venues import FIXING, OUTINGS, PROBLEMS, SUSPENDED, VENUES
from models.units import Level, Unit, children
from models.venues.problem import Problem, ProblemStep, Step
from models.venues.team import Team

# What happened day by day, and how things stood at the end of each.
_DAILY = (
    *(LEADS, *CHANNELS, OBSERVED, *BALANCES.values(), ALERTS, SAMPLES, HELP, DUTY),
    *(OUTINGS, PROBLEMS, FIXING, SUSPENDED),
)
# What is counted once in the whole span, however often it came.
_ONCE = (ARRIVALS, VISITS, AWAY, SERVICE, STORES, VENUES, OBSERVED)
# Who was added by hand counts since the beginning there, and is not told day by day.
_CHECKS = [check for check in checks_of(_DAILY) if check.whole != "leads.total"]
_MOST_DAYS = 31  # rows of a table by day
COUNTS = {
    "new": "leads.new",
    "verified": "leads.verified",
    "dismissed": "leads.dismissed",
    "observed_new": "observed.new",
    "observed_ended": "observed.ended",
    "checkin_due": "checkin.due",
    "checkin_done": "checkin.reported",
    "checkin_missing": "checkin.missing",
    "test_due": "test.due",
    "test_done": "test.reported",
    "test_missing": "test.missing",
    "alerts": "alerts.new",
    "positive": "samples.positive",
    "found": "problems.found",
    "closed": "problems.closed",
}
"""Figures that are the sums of the daily digests, by the codes of report.toml."""
STANDING = {
    "waiting": "leads.waiting",
    "observed": "observed.now",
    "alerts_open": "alerts.open",
    "open": "fixing.open",
    "overdue": "fixing.overdue",
}
"""Figures that are those of the last digest."""


async def report_facts(
    session: AsyncSession,
    document: IssuedDocument,
    unit: Unit,
    days: tuple[date, date],
    periods: Sequence[Period],
) -> tuple[Facts, Chart]:
    """All that the report about these days (first, last) says, by the codes of report.toml, and
    what its chart shows; `periods` are the days as the daily digests have them."""
    whole = Period(periods[0].since_at, periods[-1].until_at, periods[0].zone)
    counted = await count_days(session, unit, periods, _DAILY)
    once = await count_figures(session, unit, whole, _ONCE)
    below = await children(session, unit)
    named = await _named(session, unit, whole)
    told = Told(unit, counted, once, chart_of(unit, below, counted), named)
    table, adds_up = _table(told, below)
    facts: dict[str, Value | Sequence[Row]] = {
        **head_of(document, unit, days, whole),
        "length": (days[1] - days[0]).days + 1,
        "author": await _author(session, document),
        "basis": await _basis(session, unit, whole),
        "conclusion": conclusion(told),
        "groups": await _groups(session, unit, told, whole),
        "meetings": None,
        "duty": duty(told),
        "vaccine": None,
        "publicity": None,
        **{code: told.sum(name) for code, name in COUNTS.items()},
        **{code: told.end(name) for code, name in STANDING.items()},
        "observed_before": once["observed.before"],
        "inspections": once["venues.inspections"],
        "sites": once["venues.sites"],
        "check": _check(told, adds_up) or Text("document.check.good"),
        "table": table,
        "daily": _daily(told) if len(periods) <= _MOST_DAYS else [],
    }
    for code, lines in MEASURES.items():
        facts[code] = [_row(n, told=what, do=do) for n, (do, what) in enumerate(lines(told), 1)]
    for code, points in POINTS.items():
        facts[code] = [_row(n, told=what) for n, what in enumerate(points(told), 1)]
    return facts, told.chart


def _row(n: int, **told: Value) -> Row:
    return {"n": n, **told}


async def _author(session: AsyncSession, document: IssuedDocument) -> Value:
    return (await names_of(session, [document.by_id])).get(document.by_id)


async def _basis(session: AsyncSession, unit: Unit, period: Period) -> Value:
    """The packs by which anybody was observed; what else it rests on is in no register."""
    found = await session.scalars(
        select(Episode.pack)
        .join(Unit, Unit.id == Episode.unit_id)
        .where(
            Unit.path.startswith(unit.path),
            Episode.opened_at <= period.until_at,
            ~happened(Episode.outcome_at, period.since_at),
        )
        .distinct()
        .order_by(Episode.pack)
    )
    return [Text(f"pack.{pack}") for pack in found] or None


async def _groups(session: AsyncSession, unit: Unit, told: Told, period: Period) -> Value:
    """Grids, those in post, supervision teams and how often they went out."""
    under = Unit.path.startswith(unit.path)
    grids = await session.scalar(
        select(func.count()).select_from(Unit).where(under, Unit.level == Level.GRID)
    )
    staff = await session.scalar(
        select(func.count(Assignment.account_id.distinct()))
        .join(Unit, Unit.id == Assignment.unit_id)
        .where(
            under,
            Assignment.role.in_(TEAM),
            or_(Assignment.until_at.is_(None), Assignment.until_at > period.until_at),
        )
    )
    teams = await session.scalar(
        select(func.count())
        .select_from(Team)
        .join(Unit, Unit.id == Team.unit_id)
        .where(under, Team.created_at <= period.until_at)
    )
    here: dict[str, Value] = {"grids": grids or 0, "staff": staff or 0}
    if not teams and not told.sum("outings.times"):
        return Text("report.groups", here)
    out = {"teams": teams or 0, "times": told.sum("outings.times")}
    return Text("report.groups.teams", {**here, **out})


async def _named(session: AsyncSession, unit: Unit, period: Period) -> Sequence[tuple[Text, int]]:
    """What was found wrong in venues most often."""
    found = await session.scalars(
        select(Problem)
        .join(ProblemStep, ProblemStep.problem_id == Problem.id)
        .join(Unit, Unit.id == ProblemStep.unit_id)
        .where(
            Unit.path.startswith(unit.path),
            ProblemStep.step.in_((Step.FOUND, Step.SPOT, Step.RELAPSED)),
            within(ProblemStep.at, period),
        )
        .order_by(Problem.id)
    )
    rows = list(found)
    counted = Counter(row.item for row in rows).most_common(MOST_NAMED)
    texts = {row.item: row.text for row in rows}
    return [(texts[item], n) for item, n in counted]


def _line(told: Told, unit_id: int, days: Sequence[int]) -> dict[str, int]:
    """A row of figures: of a unit, over some of the days."""

    def over(name: str) -> int:
        return sum(told.days.on(nth, unit_id).get(name, 0) for nth in days)

    asked = [
        balance_of(told.days.on(nth, unit_id), kind)
        for nth in days
        for kind in (Kind.CHECKIN, Kind.TEST)
    ]
    return {
        "new": over("leads.new"),
        "observed": told.days.on(days[-1], unit_id).get("observed.now", 0),
        "due": sum(one.due for one in asked),
        "done": sum(one.reported for one in asked),
        "missing": sum(one.missing for one in asked),
        "alerts": over("alerts.new"),
        "found": over("problems.found"),
    }


def _table(told: Told, below: Sequence[Unit]) -> tuple[Sequence[Row], bool]:
    """A row for each unit in which anything was, what lies in the unit itself, and the sum; does
    no unit have more than the whole? Where nothing was there is no row at all."""
    every = range(len(told.days.periods))
    total = _line(told, told.unit.id, every)
    rest, rows = dict(total), list[Row]()
    for one in below:
        counts = _line(told, one.id, every)
        rest = {code: rest[code] - n for code, n in counts.items()}
        if any(counts.values()):
            rows.append({"unit": one.name, **counts})
    if any(rest.values()):
        rows.append({"unit": Text("document.itself", {"unit": told.unit.name}), **rest})
    if not rows:
        return [], True
    return [*rows, {"unit": Text("document.total"), **total}], min(rest.values()) >= 0


def _daily(told: Told) -> Sequence[Row]:
    """A row a day; none where nothing was on any of them."""
    rows = [_line(told, told.unit.id, [nth]) for nth in range(len(told.days.periods))]
    if not any(any(row.values()) for row in rows):
        return []
    days = [verbatim(f"{period.on:%m-%d}") for period in told.days.periods]
    return [{"day": day, **row} for day, row in zip(days, rows, strict=True)]


def _check(told: Told, adds_up: bool) -> list[Text]:
    """What does not add up, within a day and from one to the next."""
    figures = [told.days.on(nth, told.unit.id) for nth in range(len(told.days.periods))]
    wrong = [
        mismatch
        for before, day in zip([None, *figures[:-1]], figures, strict=True)
        for mismatch in mismatches(_CHECKS, day, before)
    ]
    return [*differing(wrong), *([] if adds_up else [Text("document.check.table")])]
