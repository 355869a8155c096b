"""What those outside hear of a day that venues did not write down: folded, the names behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from models.messages import Button, Outbound, Text, Value, verbatim
from models.venues.duties import Log
from models.venues.gaps import Gap

NAMED = 5  # in a message; the list has them all


def folded(found: Sequence[Gap], nobody: Sequence[Gap], on: date) -> Outbound:
    """One message, however many venues there are: a line a log, the first names of each."""
    lines = [Text("loggaps.head", {"on": on, "n": len(found)})] if found else []
    for log in Log:
        lacking = [gap for gap in found if log in gap.left]
        if lacking:
            people = sum(gap.left[log] for gap in lacking)
            lines.append(Text(f"loggaps.{log}", {**named(lacking), "people": people}))
    if nobody:
        lines.append(Text("loggaps.unmanned", named(nobody)))
    return Outbound(tuple(lines), ((Button(Text("loggaps.list"), f"a:loggaps:{on:%Y%m%d}"),),))


def named(found: Sequence[Gap]) -> dict[str, Value]:
    """How many, and the first names."""
    names = list(_names(found))
    return {"n": len(found), "names": names}


def _names(found: Sequence[Gap]) -> Iterator[Text]:
    for gap in found[:NAMED]:
        yield verbatim(gap.venue.name)
    if len(found) > NAMED:
        yield Text("loggaps.more", {"n": len(found) - NAMED})
