"""What is said about the chart of a digest."""

from __future__ import annotations

from collections.abc import Mapping

from models.messages import Outbound, Text, Value
from models.reports.chart import Chart

_NO_FILE = '/\\:*?"<>|'


def drawing() -> Outbound:
    return Outbound((Text("chart.drawing"),))


def chart(made: Chart, key: str) -> Outbound:
    """The picture, and its sums in words."""
    total = made.total
    counts = {"due": total.due, "done": total.done, "missing": total.missing}
    told = {**_span(made), **counts, "excused": total.excused}
    return Outbound((Text("chart.caption", told),), photo=key)


def nothing_to_draw(made: Chart) -> Outbound:
    return Outbound((Text("chart.nothing", _span(made)),))


def chart_name(made: Chart) -> Text:
    unit = "".join("-" if char in _NO_FILE else char for char in made.unit)
    return Text("chart.file", {"unit": unit, "last": f"{made.days[-1]}"})


def _span(made: Chart) -> Mapping[str, Value]:
    return {"unit": made.unit, "first": made.days[0], "last": made.days[-1]}
