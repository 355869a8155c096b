"""What a period report says in sentences: what was done with its figures, what is wrong, what is
next. Where nothing was there is no sentence; the template says so once for the whole part."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from models.leads import LeadSource
from models.messages import Text, Value
from models.obligations import Kind
from models.reports.arrivals import ARRIVALS
from models.reports.chart import Chart
from models.reports.days import Days
from models.reports.figures import Figures
from models.reports.means import SERVICE, STORES
from models.reports.sections import BALANCES, SECTIONS
from models.reports.sheet import figure_text
from models.reports.venues import VENUES
from models.tallies import ADDED
from models.units import Unit

MOST_NAMED = 3
_IN_TIME = ("in_time", "late")
Measure: TypeAlias = tuple[Text, Value]  # what is done, and its figures


@dataclass(frozen=True, slots=True)
class Told:
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


def duty(told: Told) -> Value:
    shifts = told.section("duty", "expected", "present", "absent")
    return Text("report.duty" if shifts["expected"] else "report.duty.none", dict(shifts))


def conclusion(told: Told) -> Value:
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


def _imported(told: Told) -> Iterator[Measure]:
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


def _inside(told: Told) -> Iterator[Measure]:
    seen = told.section("observed", "new", "ended")
    before, now = told.once["observed.before"], told.end("observed.now")
    if any(seen.values()) or before or now:
        figures = {**seen, "before": before, "now": now}
        yield Text("report.observed"), Text("report.observed.told", dict(figures))
    for kind, do in ((Kind.CHECKIN, Text("report.checkins")), (Kind.TEST, Text("report.tests"))):
        asked = told.section(kind, "due", "reported", "missing", "unreachable", "waived")
        if asked["due"]:
            yield do, Text("report.balance", dict(asked))
    if told.once["visits.visited"]:
        doors = {name: told.once[f"visits.{name}"] for name in ("visited", "met", "unmet")}
        yield Text("report.visits"), Text("report.visits.told", dict(doors))
    if told.once["venues.inspections"]:
        walks = {name: told.once[f"venues.{name}"] for name in VENUES.names}
        fixed = told.section("problems", "found", "closed")
        yield Text("report.venues"), Text("report.venues.told", {**walks, **fixed})
    if records := list(_records(told)):
        yield Text("report.registers"), records


def _records(told: Told) -> Iterator[Text]:
    """How many entries each register has had."""
    sections = {one.code for one in (*SECTIONS, *BALANCES.values())} | {ADDED}
    for name in sorted(told.days.names(told.unit.id)):
        code, _, figure = name.partition(".")
        if code not in sections and figure == "total":
            title, n = Text(f"{code}.title"), told.sum(name)
            yield Text("report.register", {"title": title, "n": n})


def _emergency(told: Told) -> Iterator[Measure]:
    alerts, positive = told.sum("alerts.new"), told.sum("samples.positive")
    still = told.end("alerts.open")
    if alerts or positive or still:
        figures = {"new": alerts, "open": still, "positive": positive}
        yield Text("report.alerts"), Text("report.alerts.told", dict(figures))
    closures = told.section("suspended", "ordered", "reopened")
    if any(closures.values()):
        yield Text("report.suspended"), Text("report.suspended.told", dict(closures))


def _support(told: Told) -> Iterator[Measure]:
    wishes = {**told.section("help", "new", "done"), "overdue": told.end("help.overdue")}
    if any(wishes.values()):
        yield Text("report.help"), Text("report.help.told", dict(wishes))
    for section, do in ((SERVICE, Text("report.service")), (STORES, Text("report.stores"))):
        figures = {name: told.once[f"{section.code}.{name}"] for name in section.names}
        if any(figures.values()) and section.line is not None:
            yield do, section.line(figures)


def _people(told: Told) -> Iterator[Text]:
    checkins, tests = (
        told.section(kind, "missing", "unreachable") for kind in (Kind.CHECKIN, Kind.TEST)
    )
    if any(checkins.values()):
        yield Text("report.people.checkin", dict(checkins))
    if any(tests.values()):
        yield Text("report.people.test", dict(tests))
    if back := told.once["away.unannounced"]:
        yield Text("report.people.back", {"n": back})


def _places(told: Told) -> Iterator[Text]:
    problems = told.section("problems", "found", "relapsed")
    overdue = told.end("fixing.overdue")
    if any(problems.values()) or overdue:
        yield Text("report.places", {**problems, "overdue": overdue})
    if told.named:
        named = [Text("report.named", {"what": text, "n": n}) for text, n in told.named]
        yield Text("report.places.named", {"named": named})


def _grassroots(told: Told) -> Iterator[Text]:
    behind = [bar for bar in told.chart.by_unit if bar.missing][:MOST_NAMED]
    if behind:
        named = [Text("report.named", {"what": bar.name, "n": bar.missing}) for bar in behind]
        yield Text("report.behind", {"named": named})
    if absent := told.sum("duty.absent"):
        yield Text("report.absent", {"n": absent})
    if missing := told.sum("zero.missing"):
        yield Text("report.unreported", {"n": missing})
    if late := sum(told.sum(f"from_{one}.late") for one in LeadSource):
        yield Text("report.late", {"n": late})


def _enforcing(told: Told) -> Iterator[Text]:
    if still := told.end("fixing.open"):
        yield Text("report.fix", {"n": still, "overdue": told.end("fixing.overdue")})
    if closed := told.end("suspended.closed"):
        yield Text("report.reopen", {"n": closed})


def _securing(told: Told) -> Iterator[Text]:
    if n := told.end("leads.waiting"):
        yield Text("report.verify", {"n": n})
    if n := told.end("alerts.open"):
        yield Text("report.settle", {"n": n})
    if n := told.end("observed.now"):
        yield Text("report.observe", {"n": n})
    if n := told.end("help.overdue"):
        yield Text("report.assist", {"n": n})
    if short := told.once["stores.short"]:
        yield Text("report.restock", {"n": short})


MEASURES: Mapping[str, Callable[[Told], Iterable[Measure]]] = {
    "imported": _imported,
    "inside": _inside,
    "emergency": _emergency,
    "support": _support,
}
POINTS: Mapping[str, Callable[[Told], Iterable[Text]]] = {
    "people": _people,
    "places": _places,
    "grassroots": _grassroots,
    "enforcing": _enforcing,
    "securing": _securing,
}
