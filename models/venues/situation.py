"""How a venue stands as words: its colour and what ends it, what is drafted or ordered, what was
suggested. Shown to whoever inspects it and to its manager."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from models.cards.face import button, primary
from models.messages import Outbound, Rows, Text, Value
from models.rules import rules_for
from models.units import Unit
from models.venues.colours import Shown, worst
from models.venues.problem import Problem, State
from models.venues.suggestion import Suggestion, latest_suggestions
from models.venues.suspension import Standing, Suspension
from models.venues.suspensions import live_of
from models.venues.venue import Venue

SUGGESTIONS = 3  # so many of the latest are shown


@dataclass(frozen=True, slots=True)
class Situation:
    """How a venue stands now. `suggested`: how many suggestions there are, and the latest."""

    shown: Shown | None
    draft: Suspension | None
    order: Suspension | None
    suggested: tuple[int, Sequence[Suggestion]]


async def situation_of(
    session: AsyncSession,
    venue: Venue,
    problems: Sequence[Problem],
    now: datetime,
    zone: ZoneInfo,
    *,
    own: bool = False,
) -> Situation:
    """With its open problems; `own`: as its manager may know it, to whom a draft is not told."""
    rules = await rules_for(session, await session.get_one(Unit, venue.unit_id))
    return Situation(
        worst(problems, now, rules, zone),
        None if own else await live_of(session, venue.id, Standing.DRAFTED),
        await live_of(session, venue.id, Standing.ISSUED),
        await latest_suggestions(session, venue.id, SUGGESTIONS, own=own),
    )


def colour_line(shown: Shown) -> Text:
    """Which colour, what for, since when, and what ends it."""
    stands = "late" if shown.late else shown.colour
    if shown.problem.state == State.PROVED:
        stands = "waits"
    return Text(f"colour.line.{stands}", _told(shown))


def _told(shown: Shown) -> dict[str, Value]:
    return {
        "colour": Text(f"colour.{shown.colour}"),
        "item": shown.problem.text,
        "since": shown.since_at,
        "next": shown.next_at,
    }


def lines(found: Situation) -> list[Text]:
    """What stands on a venue's card below its name."""
    said: list[Text] = []
    if found.order is not None:
        said.append(order_line(found.order))
    elif found.shown is not None:
        said.append(colour_line(found.shown))
    if found.draft is not None:
        said.append(Text("suspension.drafted", {"at": found.draft.drafted_at}))
    n, latest = found.suggested
    if n:
        said.append(Text("suggestion.listed", {"n": n}))
        said += [Text(f"suggestion.{one.whom}", {"at": one.at, "word": one.word}) for one in latest]
    return said


def order_line(order: Suspension) -> Text:
    """Since when it is closed, until when, and what ends that."""
    told: dict[str, Value] = {
        "since": order.from_on,
        "until": order.until_on,
        "ground": Text(f"ground.{order.ground}"),
    }
    return Text("suspension.stands", told)


def rows(found: Situation, venue: Venue) -> Rows:
    """What whoever inspects can do about a suspension."""
    if found.order is not None:
        number = found.order.id
        shut = (button("susopen", number), button("susshut", number))
        return (shut, (button("sustrading", number), button("suspension", number)))
    if found.draft is not None:
        return ((button("suspension", found.draft.id),),)
    return ((button("susdraft", venue.id),),) if venue.is_there() else ()


# -- told by the program --------------------------------------------------------------------------


def warning(venue: Venue, shown: Shown) -> Outbound:
    """To the manager: a card, and what to do."""
    stands = "late" if shown.late else shown.colour
    said = Text(f"colour.told.{stands}", {**_told(shown), "venue": venue.name})
    return Outbound((said,), ((primary("prove", shown.problem.id),),))


def warning_officer(venue: Venue, shown: Shown) -> Outbound:
    """To the officer of its trade: a red card."""
    said = Text("colour.told.officer", {**_told(shown), "venue": venue.name})
    return Outbound((said,), ((button("problem", shown.problem.id),),))
