"""How shifts, posts and what is handed over look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from models.attendance import Turnout
from models.cards import shift_rows, signout_rows, substitute
from models.clock import local_day
from models.duty import ELEMENTS, Post, Shift, hours
from models.messages import Button, Outbound, Rows, Style, Text, Value

FAR_M = 500  # from here on a distance is said as "not near the post"


def _button(verb: str, number: int, *rest: str, style: Style = Style.PLAIN) -> Button:
    return Button(Text(f"action.{verb}"), ":".join(("a", verb, str(number), *rest)), style=style)


def state(shift: Shift, now: datetime, zone: ZoneInfo) -> Text:
    """Where a shift stands; that nobody came is said with its hour."""

    def clock(at: datetime | None) -> Value:
        return at.astimezone(zone).time() if at else None

    came, left = clock(shift.signed_in_at), clock(shift.signed_out_at)
    if left is not None:
        return Text("duty.state.out", {"since": came, "at": left})
    if came is not None:
        return Text("duty.state.late" if shift.missed(now) else "duty.state.in", {"at": came})
    if shift.missed(now):
        return Text("duty.state.missed", {"at": clock(shift.due_at)})
    return Text("duty.state.ahead")


def day(
    rows: Sequence[tuple[Shift, Post]],
    names: Mapping[int, str],
    me: int,
    figures: Turnout | None,
    now: datetime,
    zone: ZoneInfo,
) -> Outbound:
    """Today's duty, hers on top, with the day's figures and buttons for a leader."""
    leading = figures is not None
    lines = [Text("duty.today" if rows else "duty.nothing", {"on": local_day(now, zone)})]
    if figures is not None and figures.expected:
        lines.append(_figures(figures))
    buttons: list[tuple[Button, ...]] = []
    for n, (shift, post) in enumerate(rows, 1):
        about = {
            **hours(shift, post, zone),
            "n": n,
            "name": names[shift.id],
            "state": state(shift, now, zone),
        }
        lines.append(Text("duty.line", about))
        buttons.append(
            (_row_button(n, shift, post, names[shift.id], shift.account_id == me, leading),)
        )
    if leading:
        new = (
            Button(Text("action.manpost"), "a:manpost"),
            Button(Text("action.newpost"), "a:newpost"),
        )
        buttons.append(new)
        buttons.append((Button(Text("action.dutymonth"), "a:dutymonth"),))
    return Outbound(tuple(lines), tuple(buttons), protect=True)


def _figures(day: Turnout) -> Text:
    params: dict[str, Value] = {
        "expected": day.expected,
        "present": day.present,
        "absent": day.absent,
        "later": day.later,
    }
    return Text("duty.figures_later" if day.later else "duty.figures", params)


def _row_button(n: int, shift: Shift, post: Post, name: str, mine: bool, leading: bool) -> Button:
    """Her own shift and a leader's open; of a colleague one wants the number."""
    verb = "dutyshift" if mine or leading else "dutycall"
    label = Text(
        "list.act",
        {"n": n, "verb": Text(f"action.{verb}"), "name": (post.name if mine else name)[:20]},
    )
    return Button(label, f"a:{verb}:{shift.id}")


def card(
    shift: Shift,
    post: Post,
    name: str,
    now: datetime,
    zone: ZoneInfo,
    *,
    mine: bool,
    leading: bool,
) -> Outbound:
    """One shift, with the buttons of her holder, of a colleague who was asked, of a leader."""
    about = {**hours(shift, post, zone), "name": name, "state": state(shift, now, zone)}
    lines = [Text("duty.card", about)]
    if shift.distance_m is not None:
        lines.append(_distance(shift.distance_m))
    over = shift.cancelled_at is not None or shift.signed_out_at is not None
    rows: Rows = ()
    if mine and not over:
        rows = after_rows(shift) if shift.on_post else before_rows(shift)
    elif leading and not over:
        rows = _leader_rows(shift)
    return Outbound(tuple(lines), rows, protect=True)


def _leader_rows(shift: Shift) -> Rows:
    call, off = _button("dutycall", shift.id), _button("dutyoff", shift.id)
    if shift.signed_in_at is not None:
        return ((call,), (off,))
    return ((call, substitute(shift.id)), (off,))


def before_rows(shift: Shift) -> Rows:
    return shift_rows(shift.id)


def after_rows(shift: Shift) -> Rows:
    return (*signout_rows(shift.id), (_button("dutypost", shift.id),))


def man_rows(post_id: int) -> Rows:
    return ((_button("manpost", post_id),),)


def plan(post: Post) -> Outbound:
    """The five elements, as far as somebody has written them down."""
    lines = [Text("duty.plan", {"post": post.name})]
    lines += [
        Text(f"duty.plan.{part}", {"words": words})
        for part in ELEMENTS
        if (words := post.brief.get(part))
    ]
    if len(lines) == 1:
        lines.append(Text("duty.plan.none"))
    return Outbound(tuple(lines))


def _distance(metres: int) -> Text:
    return Text("duty.near" if metres <= FAR_M else "duty.far", {"m": metres})


def signed_in(shift: Shift, post: Post, notes: Sequence[Shift], zone: ZoneInfo) -> Outbound:
    """She is there: until when, and what the one before her left."""
    lines = [Text("duty.signed_in", {**hours(shift, post, zone), "at": shift.signed_in_at})]
    if shift.distance_m is not None:
        lines.append(_distance(shift.distance_m))
    if not notes:
        return Outbound(tuple(lines), after_rows(shift))
    return Outbound((*lines, *_notes(notes)), ((_read_button(shift),), *after_rows(shift)))


def _notes(notes: Sequence[Shift]) -> list[Text]:
    return [
        Text("duty.note", {"at": note.signed_out_at, "note": note.note or ""}) for note in notes
    ]


def _read_button(shift: Shift) -> Button:
    return _button("noteread", shift.id, style=Style.PRIMARY)


def read(shift: Shift, post: Post, zone: ZoneInfo) -> Outbound:
    return Outbound((Text("duty.note_read", hours(shift, post, zone)),), after_rows(shift))


def unread(shift: Shift, notes: Sequence[Shift]) -> Outbound:
    return Outbound((Text("duty.read_first"), *_notes(notes)), ((_read_button(shift),),))


def signed_out(shift: Shift, post: Post, zone: ZoneInfo) -> tuple[Text, ...]:
    return (Text("duty.signed_out", {**hours(shift, post, zone), "at": shift.signed_out_at}),)


def asked(shift: Shift, post: Post, name: str, zone: ZoneInfo) -> Outbound:
    """Would she stand in? One tap either way."""
    rows = (
        (_button("standyes", shift.id, style=Style.PRIMARY), _button("standno", shift.id)),
        (_button("dutypost", shift.id),),
    )
    return Outbound((Text("duty.asked", {**hours(shift, post, zone), "name": name}),), rows)


def sure(shift: Shift, post: Post, zone: ZoneInfo) -> Outbound:
    off = _button("dutyoff", shift.id, "yes", style=Style.DANGER)
    return Outbound((Text("duty.sure", hours(shift, post, zone)),), ((off,),))
