"""What a report shows: the sheet to confirm, what was confirmed, who below has reported."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

from models.cards import Brief, action, card
from models.daily import OUTAGE, DailyReport
from models.messages import Button, Outbound, Rows, Style, Text, Value, verbatim
from models.obligations import Obligation, Outcome
from models.reports.figures import Figures
from models.reports.periods import Period
from models.reports.sheet import is_zero, paragraphs
from models.standing import Standing
from models.units import Unit

MOST_NAMES = 40


MOST_DAYS = 7


def report(brief: Brief) -> Outbound:
    """The day to be confirmed; nobody was asked for it while the program was down."""
    return card(brief, OUTAGE if brief.obligation.facts.get(OUTAGE) else "ask")


def changed(brief: Brief) -> Outbound:
    """Not what she was shown: she looks again before she signs."""
    shown = report(brief)
    return Outbound((Text("zero.moved_on"), *shown.lines), shown.rows)


def confirmed(item: Obligation, unit: Unit, on: date) -> Outbound:
    """It is reported; what was forgotten can still be added."""
    late = item.outcome == Outcome.LATE
    said = "zero.confirmed_zero" if item.facts["zero"] else "zero.confirmed"
    told: dict[str, Value] = {"unit": unit.name, "on": on, "at": item.outcome_at}
    lines = [Text(said, told)]
    if late:
        lines.append(Text("zero.late", {"due": item.due_at}))
    return Outbound(tuple(lines), add_row(item))


def add_row(item: Obligation) -> Rows:
    return ((Button(Text("action.reportadd"), action("reportadd", item)),),)


def running(
    unit: Unit,
    last: DailyReport | None,
    period: Period,
    figures: Figures,
    *,
    owes: bool,
    oversees: bool,
) -> Outbound:
    """Nothing to confirm now: what she last said, and what the day has come to so far."""
    lines = [] if last is None else [_last(unit, last)]
    said = "zero.running" if owes else "zero.so_far"
    lines.append(Text(said, {"unit": unit.name, "since": period.since_at}))
    lines += paragraphs(figures)
    if is_zero(figures):
        lines.append(Text("zero.nothing_yet"))
    rows = ((Button(Text("zero.below"), "a:reports"),),) if oversees else ()
    return Outbound(tuple(lines), rows)


def _last(unit: Unit, last: DailyReport) -> Text:
    said = "zero.last_zero" if last.zero else "zero.last"
    return Text(said, {"unit": unit.name, "on": last.on_day, "at": last.at})


def overview(unit: Unit, on: date, found: Standing) -> Outbound:
    """Due = reported + missing + waived, by name; the sum of all sheets below."""
    sums: dict[str, Value] = {
        "unit": unit.name,
        "on": on,
        "due": found.due,
        "reported": found.reported,
        "missing": len(found.missing),
        "waived": found.waived,
        "zeros": found.zeros,
        "late": found.late,
    }
    lines = [Text("zero.standing", sums)]
    if found.missing:
        names = names_of([there for _, there in found.missing])
        lines.append(Text("zero.missing_names", {"names": names}))
    lines += _earlier(found)
    if found.moved:
        lines.append(Text("zero.moved", {"names": [verbatim(name) for name in found.moved]}))
    lines.append(Text("zero.sum", {"unit": unit.name}))
    lines += paragraphs(found.figures)
    if is_zero(found.figures):
        lines.append(Text("zero.unsaid"))
    label = Text("zero.nudge", {"n": len(found.missing)})
    nudge = (Button(label, "a:reportnudge", style=Style.PRIMARY),)
    return Outbound(tuple(lines), (nudge,) if found.missing else ())


def _earlier(found: Standing) -> Iterator[Text]:
    """Days before of which somebody still owes the report, and whether it was our doing."""
    days: defaultdict[date, list[tuple[Obligation, Unit]]] = defaultdict(list)
    for item, unit in found.earlier:
        days[date.fromisoformat(item.facts["on"])].append((item, unit))
    for on in sorted(days, reverse=True)[:MOST_DAYS]:
        told: dict[str, Value] = {"on": on, "names": names_of([unit for _, unit in days[on]])}
        down = any(item.facts.get(OUTAGE) for item, _ in days[on])
        yield Text("zero.earlier_outage" if down else "zero.earlier", told)


def names_of(units: Sequence[Unit]) -> list[Text]:
    """Names of units; a long list is cut."""
    names = [verbatim(unit.name) for unit in units[:MOST_NAMES]]
    if len(units) > MOST_NAMES:
        names.append(Text("zero.more", {"n": len(units) - MOST_NAMES}))
    return names
