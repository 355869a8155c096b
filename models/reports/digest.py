"""The supervisor's digest as a message: keys and figures, no words, no names.

Names are behind a button, where access is checked again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.alertlist import how_many_open
from models.cards import GROUPS, REMIND
from models.care import Burden, burdens
from models.clock import at_local, local_day
from models.closed import closed_numbers
from models.messages import Button, Outbound, Rows, Style, Text, Value
from models.obligations import Kind, Obligation, look_again
from models.reports import chart
from models.reports.numbers import COMPARED, Numbers, count, overdue
from models.reports.periods import Period, closed_period, previous
from models.reports.sheet import figure_text, warnings
from models.reports.venues import (
    FIXING,
    OUTINGS,
    PROBLEMS,
    SUGGESTIONS,
    SUPERVISED,
    SUSPENDED,
    VENUES,
    by_kind,
    visited_text,
)
from models.rules import rules_for
from models.staffing import unstaffed
from models.units import Level, Unit

# What the words call the figures that they tell.
_WORDS = {
    "leads_new": "leads.new",
    "leads_verified": "leads.verified",
    "leads_dismissed": "leads.dismissed",
    "leads_waiting": "leads.waiting",
    "leads_total": "leads.total",
    "observed_before": "observed.before",
    "episodes_new": "observed.new",
    "episodes_ended": "observed.ended",
    "observed": "observed.now",
    "episodes_total": "observed.total",
    "alerts_new": "alerts.new",
    "alerts_open": "alerts.open",
    "positive": "samples.positive",
}
_NEWS = (
    *("leads.new", "observed.new", "observed.ended"),
    *("alerts.new", "alerts.open", "samples.positive"),
)


async def compose(
    session: AsyncSession,
    unit: Unit,
    now: datetime,
    zone: ZoneInfo,
    period: Period | None = None,
) -> Outbound:
    """The digest of a unit: of a period that is over (the last one, unless another is named) beside
    the one before; of one that runs until now beside nothing."""
    before = None
    period = period or await closed_period(session, unit, now, zone)
    if period.until_at == now:
        numbers = await count(session, unit, period)
    else:
        numbers, before = await closed_numbers(session, unit, (period, previous(period)), now)
    late = await late_by_group(session, unit, now)
    calling = await how_many_open(session, (unit.path,))
    empty = await unstaffed(session, [unit.path], now)
    message = with_alerts(write(unit, numbers, late, empty, before), calling)
    if unit.level == Level.DISTRICT:  # thousands work there: those nearer to them are told
        return message
    tired = await burdens(session, [unit.path], await rules_for(session, unit), now, zone)
    return with_care(message, tired)


def with_alerts(message: Outbound, n: int) -> Outbound:
    """The digest with the way to the alerts that are open now, first of all."""
    if not n:
        return message
    label = Text("digest.open_alerts", {"n": n})
    return replace(message, rows=((Button(label, "a:go:alerts"),), *message.rows))


def with_care(message: Outbound, found: Sequence[Burden]) -> Outbound:
    """The digest with how many of the team should be thought of; a button tells who."""
    if not found:
        return message
    line = Text("digest.care", {"n": len(found)})
    row = (Button(Text("command.care.label"), "a:go:care"),)
    return replace(message, lines=(*message.lines, line), rows=(*message.rows, row))


async def late_by_group(session: AsyncSession, unit: Unit, now: datetime) -> dict[str, int]:
    """How much is overdue of what is done in one go, by the code of its group."""
    late = overdue(unit, now).order_by(None).with_only_columns(Obligation.kind, func.count())
    rows = await session.execute(late.group_by(Obligation.kind))
    by_kind = {Kind(row[0]): row[1] for row in rows}
    sums = {g.code: sum(by_kind.get(kind, 0) for kind in g.kinds) for g in GROUPS}
    return {code: n for code, n in sums.items() if n}


async def move_digest(session: AsyncSession, unit: Unit, now: datetime, zone: ZoneInfo) -> datetime:
    """The unit's hour has changed: the digest that is ahead comes at the next such hour."""
    today = local_day(now, zone)
    at = at_local(today, unit.digest_time, zone)
    if at <= now:
        at = at_local(today + timedelta(days=1), unit.digest_time, zone)
    ahead = await session.scalar(
        select(Obligation).where(
            Obligation.kind == Kind.DIGEST,
            Obligation.unit_id == unit.id,
            Obligation.outcome.is_(None),
        )
    )
    if ahead is not None:
        ahead.opens_at = ahead.due_at = at
        await look_again(session, ahead, at)
    return at


def write(
    unit: Unit,
    numbers: Numbers,
    late: Mapping[str, int],
    empty: Text | None = None,
    before: Numbers | None = None,
) -> Outbound:
    """Figures to paragraphs: what has changed, what is overdue, then the sums of the period."""
    lines = [
        Text(
            "digest.head",
            {
                "unit": unit.name,
                "since": numbers.period.since_at,
                "until": numbers.period.until_at,
            },
        ),
        *_changes(numbers, before),
        *_late(late),
    ]
    if empty:
        lines.append(empty)
    lines += [
        Text("digest.leads", _figures(numbers)),
        Text("digest.observed", _figures(numbers)),
        *_sums(numbers),
        Text("digest.alerts", _figures(numbers)),
        *_venues(numbers),
    ]
    if _nothing(numbers):
        lines.append(Text("digest.nothing", {"unit": unit.name}))
    lines += warnings(numbers.mismatches(before))
    return Outbound(tuple(lines), _rows(late))


def _changes(numbers: Numbers, before: Numbers | None) -> Iterator[Text]:
    """Whatever is not as it was a period ago, in the order of the sheet."""
    if before is None:
        return
    changed = [
        Text("digest.change", {"what": figure_text(name, numbers[name]), "before": before[name]})
        for name in COMPARED
        if numbers[name] != before[name]
    ]
    yield Text("digest.changes", {"changes": changed}) if changed else Text("digest.same")


def _late(late: Mapping[str, int]) -> Iterator[Text]:
    parts = [
        Text("digest.late_of", {"what": Text(f"today.group.{code}"), "n": n})
        for code, n in late.items()
    ]
    n = sum(late.values())
    yield Text("digest.overdue", {"n": n, "parts": parts}) if n else Text("digest.overdue_none")


def _rows(late: Mapping[str, int]) -> Rows:
    """By name; once more to all who are silent; where each thing is written down."""
    ledger = Button(Text("command.records.label"), "a:go:records")
    picture = ((Button(Text("chart.button"), "a:chart"),),) if chart.offered() else ()
    if not late:
        return ((ledger,), *picture)
    names = Button(Text("digest.names"), "a:overdue", style=Style.PRIMARY)
    silent = {group.code for group in GROUPS if set(group.kinds) & set(REMIND)}
    nudge = ((Button(Text("digest.nudge"), "a:nudgeall"),),) if silent & late.keys() else ()
    return ((names, ledger), *nudge, *picture)


def _sums(numbers: Numbers) -> Iterator[Text]:
    """What was due and what became of it; what came unasked stands beside it."""
    for kind, balance in numbers.balances.items():
        if kind == Kind.ZERO and not balance.due:
            continue
        yield Text(f"digest.{kind}", _balance(numbers, kind))
        unasked = numbers["checkin.volunteered"]
        if kind == Kind.CHECKIN and unasked:
            yield Text("digest.volunteered", {"n": unasked})


def _venues(numbers: Numbers) -> Iterator[Text]:
    """Which venues were visited and what became of their problems; nothing where nothing is."""
    if any(numbers[f"venues.{name}"] for name in ("inspections", "sites")):
        kinds = [visited_text(kind, n) for kind, n in by_kind(numbers.figures).items()]
        seen: dict[str, Value] = {name: numbers[f"venues.{name}"] for name in VENUES.names}
        told = {**seen, "kinds": kinds, "ordered": numbers["problems.ordered"]}
        yield Text("digest.venues", told)
    problems = {name: numbers[f"problems.{name}"] for name in PROBLEMS.names}
    fixing = {name: numbers[f"fixing.{name}"] for name in FIXING.names}
    if any(problems.values()) or any(fixing.values()):
        yield Text("digest.problems", {**problems, **fixing})
    for section in (OUTINGS, SUPERVISED, SUGGESTIONS, SUSPENDED):
        figures = {name: numbers[f"{section.code}.{name}"] for name in section.names}
        if any(figures.values()):
            yield Text(f"daily.{section.code}", figures)


def _figures(numbers: Numbers) -> dict[str, Value]:
    return {word: numbers[figure] for word, figure in _WORDS.items()}


def _balance(numbers: Numbers, kind: Kind) -> dict[str, Value]:
    balance = numbers.balances[kind]
    return {
        "due": balance.due,
        "reported": balance.reported,
        "missing": balance.missing,
        "unreachable": balance.unreachable,
        "waived": balance.waived,
    }


def _nothing(numbers: Numbers) -> bool:
    """Nothing happened: that is said, because silence would be a missing report."""
    return not any(
        (
            *(numbers[figure] for figure in _NEWS),
            *(balance.missing for balance in numbers.balances.values()),
        )
    )
