"""The facts of a report on a period: how it was organised, what was done, what is wrong, what is
next, each with the figures of the daily digests over the same days.

What happened is the sum of those digests; how things stand is as the last of them says. What is in
no register is None, never a guess; where nothing was due there is no row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import TEAM, Assignment
from models.clock import local_day
from models.documents.kinds import Facts, Row
from models.documents.notice import lapsed_text
from models.documents.series import IssuedDocument
from models.documents.signers import names_of
from models.episodes import Episode
from models.leads import LeadSource
from models.messages import Text, Value, verbatim
from models.obligations import Kind
from models.reports.arrivals import ARRIVALS
from models.reports.channels import CHANNELS
from models.reports.chart import Chart, chart_of
from models.reports.days import Days, count_days
from models.reports.doors import AWAY, VISITS
from models.reports.figures import Figures, count_figures
from models.reports.means import SERVICE, STORES
from models.reports.numbers import balance_of
from models.reports.periods import Period, happened, within
from models.reports.sections import ALERTS, BALANCES, DUTY, HELP, LEADS, OBSERVED, SAMPLES, SECTIONS
from models.reports.sheet import figure_text
from models.reports.venues import FIXING, OUTINGS, PROBLEMS, SUSPENDED, VENUES
from models.tallies import ADDED
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
_Measure: TypeAlias = tuple[Text, Value]  # what is done, and its figures
_MOST_DAYS = 31  # rows of a table by day
_MOST_NAMED = 3
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


@dataclass(frozen=True, slots=True)
class _Told:
    """All that was counted; `named` are the problems that were met most often."""

    unit: Unit
    days: Days
    once: Figures
    chart: Chart
    named: Sequence[tuple[Text, int]]

    def sum(self, name: str) -> int:
        return self.days.total(self.unit.id, name)

    def end(self, name: str) -> int:
        """As the last day ended."""
        return self.days.on(len(self.days.periods) - 1, self.unit.id).get(name, 0)

    def section(self, code: str, *names: str) -> dict[str, int]:
        """What happened in all, by the names within a section."""
        return {name: self.sum(f"{code}.{name}") for name in names}


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
    told = _Told(unit, counted, once, chart_of(unit, below, counted), named)
    table, adds_up = _table(told, below)
    facts: dict[str, Value | Sequence[Row]] = {
        **_head(document, unit, days, whole),
        "author": await _author(session, document),
        "basis": await _basis(session, unit, whole),
        "conclusion": _conclusion(told),
        "groups": await _groups(session, unit, told, whole),
        "meetings": None,
        "duty": _duty(told),
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
    for code, lines in _MEASURES.items():
        facts[code] = [_row(n, told=what, do=do) for n, (do, what) in enumerate(lines(told), 1)]
    for code, points in _POINTS.items():
        facts[code] = [_row(n, told=what) for n, what in enumerate(points(told), 1)]
    return facts, told.chart


def _row(n: int, **told: Value) -> Row:
    return {"n": n, **told}


def _head(
    document: IssuedDocument, unit: Unit, days: tuple[date, date], period: Period
) -> dict[str, Value]:
    """Which report of whose it is, and about when. No day of issue lies before its cut-off."""
    return {
        "number": document.number_text(unit),
        "issue": document.number,
        "year": str(document.year),
        "unit": unit.name,
        "since": days[0],
        "until": days[1],
        "length": (days[1] - days[0]).days + 1,
        "since_at": period.since_at,
        "until_at": period.until_at,
        "issued_on": max(local_day(document.issued_at, period.zone), period.on),
        "remark": lapsed_text(),
    }


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


async def _groups(session: AsyncSession, unit: Unit, told: _Told, period: Period) -> Value:
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


def _duty(told: _Told) -> Value:
    shifts = told.section("duty", "expected", "present", "absent")
    return Text("report.duty" if shifts["expected"] else "report.duty.none", dict(shifts))


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
    counted = Counter(row.item for row in rows).most_common(_MOST_NAMED)
    texts = {row.item: row.text for row in rows}
    return [(texts[item], n) for item, n in counted]


# -- sentences -------------------------------------------------------------------------------------


def _conclusion(told: _Told) -> Value:
    """What there was, in a few words; that there was nothing is said as well."""
    total = told.chart.total
    share = f"{100 * total.done // total.due}%" if total.due else ""
    figures = (
        ("leads.new", told.sum("leads.new")),
        ("observed.now", told.end("observed.now")),
        ("alerts.new", told.sum("alerts.new")),
        ("samples.positive", told.sum("samples.positive")),
        ("problems.found", told.sum("problems.found")),
    )
    parts = [figure_text(name, n) for name, n in figures if n]
    if total.due:
        parts.append(Text("report.done", {"due": total.due, "done": total.done, "share": share}))
    return parts or Text("report.quiet")


def _imported(told: _Told) -> Iterator[_Measure]:
    leads = told.section("leads", "new", "verified", "dismissed")
    waiting = told.end("leads.waiting")
    if any(leads.values()) or waiting:
        yield Text("report.leads"), Text("report.leads.told", {**leads, "waiting": waiting})
    came = {f"from_{one}.new": told.sum(f"from_{one}.new") for one in LeadSource}
    if any(came.values()):
        yield Text("report.channels"), [figure_text(name, n) for name, n in came.items() if n]
    in_time, late = (sum(told.sum(f"from_{one}.{n}") for one in LeadSource) for n in _IN_TIME)
    if in_time or late:
        yield Text("report.answered"), Text("report.answered.told", {"n": in_time, "late": late})
    arrived = {name: told.once[f"arrivals.{name}"] for name in ARRIVALS.names}
    if arrived["came"]:
        yield Text("report.arrivals"), Text("report.arrivals.told", dict(arrived))


_IN_TIME = ("in_time", "late")


def _inside(told: _Told) -> Iterator[_Measure]:
    seen = told.section("observed", "new", "ended")
    before, now = told.once["observed.before"], told.end("observed.now")
    if any(seen.values()) or before or now:
        figures = {**seen, "before": before, "now": now}
        yield Text("report.observed"), Text("report.observed.told", dict(figures))
    for kind, do in ((Kind.CHECKIN, "report.checkins"), (Kind.TEST, "report.tests")):
        asked = told.section(kind, "due", "reported", "missing", "unreachable", "waived")
        if asked["due"]:
            yield Text(do), Text("report.balance", dict(asked))
    if told.once["visits.visited"]:
        doors = {name: told.once[f"visits.{name}"] for name in ("visited", "met", "unmet")}
        yield Text("report.visits"), Text("report.visits.told", dict(doors))
    if told.once["venues.inspections"]:
        walks = {name: told.once[f"venues.{name}"] for name in VENUES.names}
        fixed = told.section("problems", "found", "closed")
        yield Text("report.venues"), Text("report.venues.told", {**walks, **fixed})
    if records := list(_records(told)):
        yield Text("report.registers"), records


def _records(told: _Told) -> Iterator[Text]:
    """How many entries each register has had."""
    sections = {one.code for one in (*SECTIONS, *BALANCES.values())} | {ADDED}
    for name in sorted(told.days.names(told.unit.id)):
        code, _, figure = name.partition(".")
        if code not in sections and figure == "total":
            title, n = Text(f"{code}.title"), told.sum(name)
            yield Text("report.register", {"title": title, "n": n})


def _emergency(told: _Told) -> Iterator[_Measure]:
    alerts, positive = told.sum("alerts.new"), told.sum("samples.positive")
    still = told.end("alerts.open")
    if alerts or positive or still:
        figures = {"new": alerts, "open": still, "positive": positive}
        yield Text("report.alerts"), Text("report.alerts.told", dict(figures))
    closures = told.section("suspended", "ordered", "reopened")
    if any(closures.values()):
        yield Text("report.suspended"), Text("report.suspended.told", dict(closures))


def _support(told: _Told) -> Iterator[_Measure]:
    wishes = {**told.section("help", "new", "done"), "overdue": told.end("help.overdue")}
    if any(wishes.values()):
        yield Text("report.help"), Text("report.help.told", dict(wishes))
    for section, do in ((SERVICE, "report.service"), (STORES, "report.stores")):
        figures = {name: told.once[f"{section.code}.{name}"] for name in section.names}
        if any(figures.values()) and section.line is not None:
            yield Text(do), section.line(figures)


def _people(told: _Told) -> Iterator[Text]:
    for kind, key in ((Kind.CHECKIN, "report.people.checkin"), (Kind.TEST, "report.people.test")):
        asked = told.section(kind, "missing", "unreachable")
        if any(asked.values()):
            yield Text(key, dict(asked))
    if back := told.once["away.unannounced"]:
        yield Text("report.people.back", {"n": back})


def _places(told: _Told) -> Iterator[Text]:
    problems = told.section("problems", "found", "relapsed")
    overdue = told.end("fixing.overdue")
    if any(problems.values()) or overdue:
        yield Text("report.places", {**problems, "overdue": overdue})
    if told.named:
        named = [Text("report.named", {"what": text, "n": n}) for text, n in told.named]
        yield Text("report.places.named", {"named": named})


def _grassroots(told: _Told) -> Iterator[Text]:
    behind = [bar for bar in told.chart.by_unit if bar.missing][:_MOST_NAMED]
    if behind:
        named = [Text("report.named", {"what": bar.name, "n": bar.missing}) for bar in behind]
        yield Text("report.behind", {"named": named})
    if absent := told.sum("duty.absent"):
        yield Text("report.absent", {"n": absent})
    if missing := told.sum("zero.missing"):
        yield Text("report.unreported", {"n": missing})
    if late := sum(told.sum(f"from_{one}.late") for one in LeadSource):
        yield Text("report.late", {"n": late})


def _enforcing(told: _Told) -> Iterator[Text]:
    if still := told.end("fixing.open"):
        yield Text("report.fix", {"n": still, "overdue": told.end("fixing.overdue")})
    if closed := told.end("suspended.closed"):
        yield Text("report.reopen", {"n": closed})


def _securing(told: _Told) -> Iterator[Text]:
    for name, key in (
        ("leads.waiting", "report.verify"),
        ("alerts.open", "report.settle"),
        ("observed.now", "report.observe"),
        ("help.overdue", "report.assist"),
    ):
        if n := told.end(name):
            yield Text(key, {"n": n})
    if short := told.once["stores.short"]:
        yield Text("report.restock", {"n": short})


_MEASURES: Mapping[str, Callable[[_Told], Iterable[_Measure]]] = {
    "imported": _imported,
    "inside": _inside,
    "emergency": _emergency,
    "support": _support,
}
_POINTS: Mapping[str, Callable[[_Told], Iterable[Text]]] = {
    "people": _people,
    "places": _places,
    "grassroots": _grassroots,
    "enforcing": _enforcing,
    "securing": _securing,
}


# -- tables ----------------------------------------------------------------------------------------


def _line(told: _Told, unit_id: int, days: Sequence[int]) -> dict[str, int]:
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


def _table(told: _Told, below: Sequence[Unit]) -> tuple[Sequence[Row], bool]:
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


def _daily(told: _Told) -> Sequence[Row]:
    """A row a day; none where nothing was on any of them."""
    rows = [_line(told, told.unit.id, [nth]) for nth in range(len(told.days.periods))]
    if not any(any(row.values()) for row in rows):
        return []
    days = [verbatim(f"{period.on:%m-%d}") for period in told.days.periods]
    return [{"day": day, **row} for day, row in zip(days, rows, strict=True)]


def _check(told: _Told, adds_up: bool) -> list[Text]:
    """What does not add up."""
    sums = {f"{kind}.{part}": told.sum(f"{kind}.{part}") for kind in BALANCES for part in _PARTS}
    wrong = [
        Text(f"digest.check.{kind}") for kind in BALANCES if not balance_of(sums, kind).holds()
    ]
    seen = told.once["observed.before"] + told.sum("observed.new") - told.sum("observed.ended")
    if seen != told.end("observed.now"):
        wrong.append(Text("digest.check.observed"))
    if not adds_up:
        wrong.append(Text("document.check.table"))
    return wrong


_PARTS = ("due", "reported", "missing", "unreachable", "waived")
