"""An alert's clock and its fold: several of one kind for one reader in one message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from models.cards.brief import Brief
from models.cards.card import card, facts
from models.cards.face import action
from models.messages import Button, Outbound, Text, Value
from models.obligations import REPORTED, Obligation, Outcome

HOUR_MINUTES = 60
A_MINUTE = timedelta(minutes=1)


def span(time: timedelta) -> Text:
    """So long, to the minute."""
    hours, minutes = divmod(int(time.total_seconds()) // 60, HOUR_MINUTES)
    if hours:
        told: dict[str, Value] = {"hours": hours, "minutes": minutes}
        return Text("clock.hours_minutes" if minutes else "clock.hours", told)
    return Text("clock.minutes" if minutes else "clock.moment", {"minutes": minutes})


def clock(item: Obligation, now: datetime) -> Text:
    """From its raising to its being taken on to its end, and how much time is left."""
    claimed: Value = ""
    if item.claimed_at is not None and (item.owner_id is not None or not item.is_open()):
        claimed = span(item.claimed_at - item.opens_at)
    if item.outcome_at is not None:
        whole = span(item.outcome_at - item.opens_at)
        if not claimed:
            return Text("alert.clock.ended", {"whole": whole})
        state = "over_late" if item.outcome == Outcome.LATE else "over"
        return Text(f"alert.clock.{state}", {"claimed": claimed, "whole": whole})
    left = item.due_at - now
    told: dict[str, Value] = {"past": span(now - item.opens_at), "left": span(abs(left))}
    told["claimed"] = claimed
    state = "taken" if claimed else "open"
    if left < A_MINUTE:
        state += "_due" if left > -A_MINUTE else "_late"
    return Text(f"alert.clock.{state}", told)


def timed(message: Outbound, item: Obligation, now: datetime) -> Outbound:
    """An alert's card with its clock below the words."""
    head, *more = message.lines
    return replace(message, lines=(head, clock(item, now), *more))


def _end(item: Obligation) -> Text:
    if item.outcome not in REPORTED:
        return Text("alert.end.off")
    return Text("alert.end.late" if item.outcome == Outcome.LATE else "alert.end.done")


def _state(item: Obligation, by: str, now: datetime) -> Text:
    if not item.is_open():
        return Text("alert.state.over", {"end": _end(item)})
    state = "open" if item.owner_id is None else "taken"
    if now > item.due_at:
        state += "_late"
    return Text(f"alert.state.{state}", {"by": by})


def folded(items: Sequence[Brief], names: Mapping[int, str], now: datetime) -> Outbound:
    """Alerts of one kind in one message. `names` are those of the owners."""
    head = Text("alert.fold", {"cause": _cause(items[0]), "n": len(items)})
    below = alert_lines(items, names, now, mixed=False)
    return replace(below, lines=(head, *below.lines))


def alert_lines(
    items: Sequence[Brief],
    names: Mapping[int, str],
    now: datetime,
    *,
    mixed: bool = True,
) -> Outbound:
    """A line each with how it stands, and a button to open each that is not over; of `mixed` kinds
    each line names its own."""
    said = [facts(brief) for brief in items]
    lines = []
    rows = []
    for number, (brief, told) in enumerate(zip(items, said, strict=True), 1):
        item = brief.obligation
        state = _state(item, names.get(item.owner_id or 0, ""), now)
        line = {**told, "n": number, "state": state}
        lines.append(Text("alert.fold.any", line) if mixed else Text("alert.fold.line", line))
        if item.is_open():
            label = Text("alert.fold.act", {"n": number, "name": str(told["name"])[:20]})
            rows.append((Button(label, action("card", item)),))
    return Outbound(tuple(lines), tuple(rows), protect=True)


def _cause(brief: Brief) -> Text:
    return Text(f"alert.cause.{brief.obligation.facts['cause']}")


def called(items: Sequence[Brief], say: str, names: Mapping[int, str], now: datetime) -> Outbound:
    """Alerts of one kind as a rung says them; `names` are those of the owners."""
    if len(items) > 1:
        return folded(items, names, now)
    message = card(items[0], say)
    return message if say == "new" else timed(message, items[0].obligation, now)


def taken(brief: Brief, by: str, now: datetime) -> Outbound:
    """What colleagues see of an alert that somebody has taken on, or brought to its end."""
    item = brief.obligation
    told: dict[str, Value] = {**facts(brief), "by": by}
    if item.is_open():
        rows = ((Button(Text("alert.see"), action("card", item)),),)
        return Outbound((Text("alert.taken", told), clock(item, now)), rows, protect=True)
    if item.outcome not in REPORTED:
        return Outbound((Text("alert.off", told),), protect=True)
    told["end"] = _end(item)
    return Outbound((Text("alert.over", told), clock(item, now)), protect=True)


def returned(brief: Brief, by: str, now: datetime) -> Outbound:
    """An alert that somebody has given back: it is anybody's again."""
    message = card(brief, "open")
    head = Text("alert.returned", {**facts(brief), "by": by})
    lines = (head, *message.lines[1:])
    return timed(replace(message, lines=lines), brief.obligation, now)
