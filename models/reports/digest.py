"""The supervisor's digest as a message: keys and figures, no words, no names.

Names are behind a button, where access is checked again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.clock import at_local, local_day
from models.messages import Button, Outbound, Style, Text, Value
from models.obligations import Kind, Obligation, look_again
from models.reports.numbers import Numbers, count, overdue
from models.reports.periods import Period, closed_period
from models.staffing import nobody_in, unstaffed
from models.units import Unit


async def compose(
    session: AsyncSession,
    unit: Unit,
    now: datetime,
    zone: ZoneInfo,
    period: Period | None = None,
) -> Outbound:
    """The digest of a unit: of the last closed period, or of the one given."""
    numbers = await count(session, unit, period or await closed_period(session, unit, now, zone))
    late = await session.scalar(
        select(func.count()).select_from(overdue(unit, now).order_by(None).subquery())
    )
    empty = await unstaffed(session, [unit.path], now)
    return write(unit, numbers, late or 0, empty)


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


def write(unit: Unit, numbers: Numbers, late: int, empty: Sequence[str] = ()) -> Outbound:
    """Figures to paragraphs: what is new, who is observed, what balances, what is overdue."""
    lines = [
        Text(
            "digest.head",
            {
                "unit": unit.name,
                "since": numbers.period.since_at,
                "until": numbers.period.until_at,
            },
        ),
        Text("digest.leads", _figures(numbers)),
        Text("digest.observed", _figures(numbers)),
        *_sums(numbers),
        Text("digest.alerts", _figures(numbers)),
    ]
    if _nothing(numbers):
        lines.append(Text("digest.nothing", {"unit": unit.name}))
    lines.append(Text("digest.overdue" if late else "digest.overdue_none", {"n": late}))
    if empty:
        lines.append(nobody_in(empty))
    lines += [
        Text("digest.mismatch", {"what": Text(f"digest.check.{name}")})
        for name in numbers.mismatches()
    ]
    rows = ((Button(Text("digest.names"), "a:overdue", style=Style.PRIMARY),),) if late else ()
    return Outbound(tuple(lines), rows)


def _sums(numbers: Numbers) -> Iterator[Text]:
    """What was due and what became of it; what came unasked stands beside it."""
    for kind, balance in numbers.balances.items():
        if kind == Kind.ZERO and not balance.due:
            continue
        yield Text(f"digest.{kind}", _balance(numbers, kind))
        if kind == Kind.CHECKIN and numbers.volunteered:
            yield Text("digest.volunteered", {"n": numbers.volunteered})


def _figures(numbers: Numbers) -> dict[str, Value]:
    names = (
        "leads_new leads_verified leads_dismissed leads_waiting leads_total observed_before "
        "episodes_new episodes_ended observed episodes_total alerts_new alerts_open positive"
    )
    return {name: getattr(numbers, name) for name in names.split()}


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
            numbers.leads_new,
            numbers.episodes_new,
            numbers.episodes_ended,
            numbers.alerts_new,
            numbers.alerts_open,
            numbers.positive,
            *(balance.missing for balance in numbers.balances.values()),
        )
    )
