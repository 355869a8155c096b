"""A slip as the worker hands it over, and what it opens for who scans it."""

from __future__ import annotations

from datetime import date

from handlers.visits.views import named, tap
from models.messages import Outbound, Poster, Style, Text, Value, verbatim
from models.people import Household
from models.units import Unit
from models.visits import Visit


def slip(home: Household, unit: Unit, by: str, visit: Visit, until: date, token: str) -> Outbound:
    """The picture for the door, and for the worker what it is good for. No door and nobody who
    lives there is named on it: anybody may see it."""
    facts: dict[str, Value] = {"by": by, "at": visit.at, "until": until}
    shown = (
        verbatim(unit.name),
        Text("slip.came", facts),
        Text("slip.what", facts),
        Text("slip.until", facts),
    )
    told = Text("slip.hand", {"door": named(home.address), "until": until})
    return Outbound((told,), poster=Poster(token, shown))


def scanned(home: Household, token: str, done: bool) -> Outbound:
    """Which door it is, and three ways to answer."""
    rows = (
        (tap(Text("slip.well"), f"slipwell:{token}", Style.PRIMARY),),
        (tap(Text("slip.report"), f"slipreport:{token}"),),
        (tap(Text("slip.call"), f"slipcall:{token}"),),
    )
    lines = (Text("slip.ask", {"address": home.address}),)
    if done:
        return Outbound((Text("slip.answered"), *lines), rows[1:])
    return Outbound(lines, rows)
