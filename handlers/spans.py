"""The days that a document or a ledger can be about: a week, a month, any others. Pure."""

from __future__ import annotations

from datetime import date, timedelta

from models.messages import UserError

SPANS = ("lastweek", "week", "lastmonth", "month")
LEDGER_SPANS = ("today", "sevendays", "month", "lastmonth")
MOST_DAYS = 366
_DAY = timedelta(days=1)


def days_of(span: str, today: date) -> tuple[date, date]:
    """First and last day of one of SPANS or LEDGER_SPANS, also of one that still runs."""
    monday = today - today.weekday() * _DAY
    first = today.replace(day=1)
    match span:
        case "today":
            return today, today
        case "sevendays":
            return today - 6 * _DAY, today
        case "week":
            return monday, monday + 6 * _DAY
        case "lastweek":
            return monday - 7 * _DAY, monday - _DAY
        case "month":
            return first, (first + 31 * _DAY).replace(day=1) - _DAY
        case "lastmonth":
            return (first - _DAY).replace(day=1), first - _DAY
        case _:
            raise UserError("unknown.button")


def checked(first: date, last: date, today: date) -> tuple[date, date]:
    """Any days, in their order; UserError when nothing can be known of them or too much."""
    first, last = min(first, last), max(first, last)
    if first > today:
        raise UserError("document.days_ahead")
    if (last - first).days >= MOST_DAYS:
        raise UserError("document.days_many", n=MOST_DAYS)
    return first, last
