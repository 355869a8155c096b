"""What the person is told when observation begins, and how a list of leads looks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from models.cards import Brief, category_text, line, list_buttons
from models.clock import local_day
from models.episodes import Episode
from models.messages import Button, Outbound, Text, Value
from models.protocols.pack import Pack
from models.protocols.plan import Plan


def timeline(pack: Pack, episode: Episode, plan: Plan, name: str, contact: Text) -> Outbound:
    """Plain words: what this is, until when, which tests on which days, whom to ask."""
    lines = [
        Text(
            "episode.opened",
            {"name": name, "category": category_text(episode), "until": plan.ends_on},
        ),
        *stages(plan),
    ]
    tests = _days(plan, "test")
    if tests:
        lines.append(Text("episode.tests", {"days": tests}))
    if calls := _days(plan, "call"):
        lines.append(Text("episode.calls", {"days": calls}))
    lines.append(Text(f"episode.checkins.{len(pack.slots)}"))
    if plan.passed:
        lines.append(Text("episode.passed", {"n": len(plan.passed)}))
    lines += [Text("episode.exit" if tests else "episode.exit_untested"), contact]
    if pack.historical:
        lines.append(Text("pack.historical"))
    return Outbound(tuple(lines), ((Button(Text("command.status.label"), "a:go:status"),),))


def stages(plan: Plan) -> list[Text]:
    return [
        Text(
            "episode.stage",
            {
                "measure": Text(f"measure.{stage.measure}"),
                "since": stage.first_on,
                "until": stage.last_on,
            },
        )
        for stage in plan.stages
    ]


def _days(plan: Plan, kind: str) -> Sequence[Text]:
    return [
        Text("episode.day", {"on": duty.on, "day": duty.day})
        for duty in plan.duties
        if duty.kind == kind
    ]


def waiting(items: Sequence[Brief], upcoming: int, now: datetime, zone: ZoneInfo) -> Outbound:
    """The worker's open leads, a line and a button each."""
    if not items:
        key = "verify.none_upcoming" if upcoming else "verify.none"
        return Outbound((Text(key, {"n": upcoming}),))
    head: dict[str, Value] = {"n": len(items), "on": local_day(now, zone)}
    lines = [Text("verify.list", head), *(line(b, i, now) for i, b in enumerate(items, 1))]
    return Outbound(tuple(lines), list_buttons(items), protect=True)
