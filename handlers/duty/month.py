"""A month's rota and attendance as a sheet, in one tap; it can be brought back as a rota. The
months before and after are a tap away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time

from sqlalchemy import select

from handlers.turn import Turn
from models.access import under
from models.accounts import SUPERVISORS
from models.actors import Action
from models.attendance import turnout
from models.clock import at_local, local_day
from models.duty import Post, Shift, names_of
from models.files import keep_file
from models.messages import Button, Outbound, Rows, Text, UserError, Value
from models.reports.periods import Period
from models.served import minutes_of
from models.sheets import SHEET, written
from models.units import Unit

COLUMNS = (
    "on",
    "post",
    "unit",
    "since",
    "until",
    "name",
    "who",
    "came",
    "left",
    "state",
    "minutes",
)
MOST = 5000
AROUND = 12  # months


async def send_month(turn: Turn, arguments: Sequence[str]) -> None:
    """a:dutymonth[:<year and month>]: every shift of her posts in a month, this one unless another
    is named, with who came when."""
    actor = await turn.actor()
    if not actor.may(Action.OVERSEE):
        raise UserError("access.staff_only")
    first = _named(turn, arguments)
    period = Period(at_local(first, time(), turn.zone), at_local(_next(first), time(), turn.zone))
    found = await turn.session.execute(
        select(Shift, Post.name, Unit.name)
        .join(Post, Post.id == Shift.post_id)
        .join(Unit, Unit.id == Shift.unit_id)
        .where(
            under(actor.paths(Action.OVERSEE), Shift.unit_id),
            Shift.cancelled_at.is_(None),
            Shift.since_at >= period.since_at,
            Shift.since_at < period.until_at,
        )
        .order_by(Shift.since_at, Post.id, Shift.id)
        .limit(MOST)
    )
    rows = [(shift, post, unit) for shift, post, unit in found]
    if not rows:
        on = f"{first:%Y-%m}"
        turn.send(Outbound((Text("duty.month_none", {"on": on}),), _around(turn, first)))
        return
    names = await names_of(turn.session, *(shift for shift, _, _ in rows))
    heads = [turn.say(Text(f"duty.column.{name}")) for name in COLUMNS]
    sheet = written([heads, *(_cells(turn, *row, names) for row in rows)])
    await _send(turn, sheet, first, len(rows), period)


def _named(turn: Turn, arguments: Sequence[str]) -> date:
    """The first day of the month that a button names, if it is one of those around today."""
    this = turn.today.replace(day=1)
    if not arguments:
        return this
    months = [_shifted(this, by) for by in range(-AROUND, AROUND + 1)]
    named = next((month for month in months if f"{month:%Y%m}" == arguments[0]), None)
    if named is None:
        raise UserError("unknown.button")
    return named


def _shifted(first: date, by: int) -> date:
    """The first day of the month so many months on."""
    year, month = divmod(first.year * 12 + first.month - 1 + by, 12)
    return date(year, month + 1, 1)


def _next(first: date) -> date:
    return _shifted(first, 1)


def _around(turn: Turn, first: date) -> Rows:
    """The months beside it, as far as they are offered."""
    this = turn.today.replace(day=1)
    beside = [_shifted(first, by) for by in (-1, 1)]
    offered = [m for m in beside if _shifted(this, -AROUND) <= m <= _shifted(this, AROUND)]
    label = "action.dutymonth_of"
    return (
        tuple(
            Button(Text(label, {"on": f"{month:%Y-%m}"}), f"a:dutymonth:{month:%Y%m}")
            for month in offered
        ),
    )


def _cells(turn: Turn, shift: Shift, post: str, unit: str, names: Mapping[int, str]) -> list[str]:
    def clock(at: datetime | None) -> str:
        return f"{at.astimezone(turn.zone):%H:%M}" if at else ""

    who = "volunteer" if shift.volunteer_id else "staff"
    stood = shift.signed_in_at is not None and shift.signed_out_at is not None
    return [
        local_day(shift.since_at, turn.zone).isoformat(),
        post,
        unit,
        clock(shift.since_at),
        clock(shift.until_at),
        names[shift.id],
        turn.say(Text(f"duty.who.{who}")),
        clock(shift.signed_in_at),
        clock(shift.signed_out_at),
        turn.say(Text(f"duty.sheet.{_state(turn, shift)}")),
        str(minutes_of(shift)) if stood else "",
    ]


def _state(turn: Turn, shift: Shift) -> str:
    if shift.missed(turn.now):
        return "late" if shift.signed_in_at is not None else "absent"
    return "present" if shift.signed_in_at is not None else "ahead"


async def _send(turn: Turn, sheet: bytes, first: date, n: int, period: Period) -> None:
    on = f"{first:%Y-%m}"
    grant = (await turn.actor()).top(*SUPERVISORS)
    assert grant is not None, "she oversees something"
    unit = await turn.session.get_one(Unit, grant.unit_id)
    until = max(period.since_at, min(period.until_at, turn.now))
    so_far = await turnout(turn.session, unit, Period(period.since_at, until))
    key = await keep_file(
        turn.session,
        turn.say(Text("duty.month_name", {"on": on})),
        SHEET,
        sheet,
        account_id=turn.account.id,
        now=turn.now,
    )
    told: dict[str, Value] = {
        "on": on,
        "n": n,
        "expected": so_far.expected,
        "present": so_far.present,
    }
    turn.audit("duty.month", f"unit:{unit.id}", n=n)
    ahead = period.since_at > turn.now
    line = Text("duty.month_ahead" if ahead else "duty.month_ready", told)
    turn.send(Outbound((line,), _around(turn, first), document=key, protect=True))
