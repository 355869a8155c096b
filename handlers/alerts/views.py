"""How the list of alerts looks, and what a supervisor has chosen to hear."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from models.alertlist import Week
from models.cards import Brief
from models.cards.calls import alert_lines, span
from models.hearing import Hearing
from models.messages import Button, Outbound, Rows, Text, Value

CHOOSE: Rows = (
    (
        Button(Text("alerts.choose"), "a:alerthours"),
        Button(Text("command.digest.label"), "a:go:digest"),
    ),
)


def listed(
    items: Sequence[Brief], names: Mapping[int, str], total: int, week: Week, now: datetime
) -> Outbound:
    """What is open with a button each, and the week."""
    shown = alert_lines(items, names, now)
    head = Text("alerts.open", {"n": total}) if total else Text("alerts.none")
    lines = [head, *shown.lines]
    if total > len(items):
        lines.append(Text("line.more", {"n": total - len(items)}))
    if week.raised:
        claimed: Value = ""
        if week.claimed_after is not None:
            claimed = Text("alerts.claimed", {"claimed": span(week.claimed_after)})
        told = {"n": week.raised, "late": week.late, "claimed": claimed}
        lines.append(Text("alerts.week", told))
    return Outbound(tuple(lines), shown.rows, protect=bool(items))


def with_choice(message: Outbound, chosen: Hearing | None) -> Outbound:
    """For a supervisor: what she has chosen, the way to choose anew, and back to her digest."""
    return replace(message, lines=(*message.lines, choice(chosen)), rows=(*message.rows, *CHOOSE))


def choice(chosen: Hearing | None) -> Text:
    """What comes to her as a message, and when."""
    if chosen is None:
        return Text("hearing.all")
    if not chosen.causes:
        return Text("hearing.listed")
    kinds = [Text(f"alert.cause.{cause}") for cause in chosen.causes]
    if chosen.since == chosen.until:
        return Text("hearing.always", {"kinds": kinds})
    told: dict[str, Value] = {"kinds": kinds, "since": chosen.since, "until": chosen.until}
    return Text("hearing.hours", told)
