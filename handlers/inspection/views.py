"""What an inspection shows: where to go, what is still open there, what came of it."""

from __future__ import annotations

from collections.abc import Sequence

from models.cards.face import button
from models.messages import Button, Outbound, Rows, Style, Text, Value
from models.venues.inspection import Inspection
from models.venues.problem import Problem
from models.venues.situation import order_line
from models.venues.suggestion import Suggestion
from models.venues.suspension import Suspension
from models.venues.venue import Venue

_ADD = (Button(Text("venue.add"), "a:addvenue"),)


def _pick(venues: Sequence[Venue]) -> tuple[tuple[Button, ...], ...]:
    return tuple(
        (Button(Text("inspect.pick", {"name": one.name[:24]}), f"a:inspect:{one.id}"),)
        for one in venues
    )


def due(venues: Sequence[Venue]) -> Outbound:
    """Where nobody has been for longest."""
    if not venues:
        return Outbound((Text("inspect.no_venues"),), (_ADD,))
    lines = [Text("inspect.due"), *(_line(n, one) for n, one in enumerate(venues, 1))]
    return Outbound((*lines, Text("inspect.how")), (*_pick(venues), _ADD))


def _line(number: int, venue: Venue) -> Text:
    told: dict[str, Value] = {
        "n": number,
        "name": venue.name,
        "kind": Text(f"venue.kind.choice.{venue.kind}"),
        "address": venue.address,
    }
    if venue.inspected_at is None:
        return Text("inspect.line.never", told)
    return Text("inspect.line.seen", {**told, "at": venue.inspected_at})


def found(venues: Sequence[Venue], query: str) -> Outbound:
    if not venues:
        return Outbound((Text("inspect.not_found", {"query": query[:20]}),), (_ADD,))
    lines = (Text("inspect.found"), *(_line(n, one) for n, one in enumerate(venues, 1)))
    return Outbound(lines, _pick(venues))


def near(found: Sequence[tuple[Venue, int]]) -> Outbound:
    if not found:
        return Outbound((Text("inspect.none_near"),), (_ADD,))
    rows = tuple(
        (
            Button(
                Text("inspect.metres", {"name": venue.name[:24], "metres": metres}),
                f"a:inspect:{venue.id}",
            ),
        )
        for venue, metres in found
    )
    return Outbound((Text("inspect.near"),), rows)


def waiting(venue: Venue, problems: Sequence[Problem]) -> Outbound:
    """What is not closed there, before she looks."""
    lines = [Text("inspect.waiting", {"name": venue.name, "n": len(problems)})]
    lines += [_problem(n, one) for n, one in enumerate(problems, 1)]
    return Outbound(tuple(lines))


def _problem(number: int, problem: Problem) -> Text:
    told: dict[str, Value] = {
        "n": number,
        "item": problem.text,
        "word": problem.word or Text("card.unknown"),
        "due": problem.due_at,
    }
    if not problem.is_open():
        return Text("inspect.problem.spot", told)
    if problem.relapses:
        return Text("inspect.problem.again", {**told, "times": problem.relapses})
    return Text("inspect.problem.new", told)


def _counts(venue: Venue, row: Inspection) -> dict[str, Value]:
    items = len(row.items)
    return {
        "name": venue.name,
        "items": items,
        "good": items - row.failed,
        "failed": row.failed,
        "at": row.at,
    }


def done(venue: Venue, row: Inspection, problems: Sequence[Problem]) -> tuple[Text, ...]:
    """For her who walked: counts, then each problem with its time."""
    key = "inspect.done" if problems else "inspect.all_good"
    listed = (_problem(n, one) for n, one in enumerate(problems, 1))
    return (Text(key, _counts(venue, row)), *listed)


def papers(row: Inspection) -> Rows:
    """What was found, as a notice to print."""
    return ((Button(Text("action.notice"), f"a:notice:{row.id}"),),)


def told(venue: Venue) -> Text:
    return Text("inspect.manager_told", {"name": venue.name})


def nobody(venue: Venue) -> Text:
    return Text("inspect.nobody_told", {"name": venue.name})


def to_sign(venue: Venue, row: Inspection, problems: Sequence[Problem]) -> Outbound:
    """For the manager, in her own chat."""
    sign = Button(Text("action.sign"), f"a:sign:{row.id}", style=Style.PRIMARY)
    head = Text(f"inspect.manager.{row.visit}", _counts(venue, row))
    listed = (_problem(n, one) for n, one in enumerate(problems, 1))
    return Outbound((head, *listed, Text("inspect.please_sign")), ((sign,),))


def signed(venue: Venue, row: Inspection) -> Outbound:
    counts = _counts(venue, row)
    assert row.signed_at is not None, "it has just been signed"
    return Outbound((Text("inspect.signed", {**counts, "signed": row.signed_at}),))


def shut(order: Suspension) -> Outbound:
    """Before she looks: it is closed by order; was it open all the same?"""
    return Outbound((order_line(order),), ((button("sustrading", order.id),),))


def drafted(order: Suspension) -> Text:
    return Text("inspect.drafted", {"ground": Text(f"ground.{order.ground}")})


def advise(row: Inspection) -> Rows:
    return ((button("suggest", row.id),),)


def suggested(venue: Venue, made: Suggestion) -> Outbound:
    """To whom it is for."""
    told: dict[str, Value] = {"name": venue.name, "word": made.word, "at": made.at}
    return Outbound((Text(f"suggestion.told.{made.whom}", told),))


def suggestion_kept(venue: Venue, *, told: bool) -> Text:
    return Text("suggestion.kept" if told else "suggestion.kept_only", {"name": venue.name})
