"""What a supervision team is shown: its venues of today and why each, or the rota."""

from __future__ import annotations

from collections.abc import Sequence

from models.messages import Button, Outbound, Text, Value, verbatim
from models.venues.supervision import Going
from models.venues.team import Why
from models.venues.venue import Venue


def sites(found: Sequence[tuple[Venue, Why]]) -> Outbound:
    """A line and a button each; walks are marked as supervision."""
    if not found:
        return Outbound((Text("supervise.no_sites"),))
    lines = [Text("supervise.sites", {"n": len(found)})]
    rows = []
    for number, (venue, why) in enumerate(found, 1):
        told: dict[str, Value] = {
            "n": number,
            "name": venue.name,
            "kind": Text(f"venue.kind.choice.{venue.kind}"),
            "address": venue.address,
            "why": Text(f"supervise.why.{why}"),
        }
        lines.append(Text("supervise.site", told))
        label = Text("inspect.pick", {"name": venue.name[:24]})
        rows.append((Button(label, f"a:inspect:{venue.id}:supervision"),))
    return Outbound((*lines, Text("supervise.quietly")), tuple(rows))


def rota(going: Sequence[Going]) -> Outbound:
    """The planned days: when, which team, who."""
    if not going:
        return Outbound((Text("supervise.no_rota"),))
    lines = [
        Text(
            "supervise.day",
            {
                "on": one.outing.on,
                "team": one.team.name,
                "names": [verbatim(name) for name in one.names],
            },
        )
        for one in going
    ]
    return Outbound((Text("supervise.rota"), *lines))
