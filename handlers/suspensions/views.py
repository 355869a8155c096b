"""What is shown of a suspension: to whoever decides, to whoever inspects, to the venue."""

from __future__ import annotations

from collections.abc import Sequence

from models.cards.face import button, primary
from models.messages import Button, Outbound, Rows, Text, Value, verbatim
from models.venues.checklists import based_on, book
from models.venues.problem import Problem
from models.venues.suspension import Standing, Suspension
from models.venues.venue import Venue


def _about(order: Suspension, venue: Venue) -> dict[str, Value]:
    return {
        "venue": venue.name,
        "address": venue.address,
        "ground": Text(f"ground.{order.ground}"),
        "days": order.days,
        "since": order.from_on,
        "until": order.until_on,
    }


def card(
    order: Suspension, venue: Venue, problems: Sequence[Problem], *, decides: bool
) -> Outbound:
    """All of it: why, what was found, on what grounds, how long, where it stands."""
    told = _about(order, venue)
    lines = [Text("suspension.card", {**told, "state": Text(f"suspension.state.{order.state}")})]
    if order.issued_at is not None:
        lines.append(Text("suspension.span", told))
    lines += [_problem(one) for one in problems]
    if order.word:
        lines.append(Text("suspend.said", {"word": order.word}))
    if sources := based_on(one.item for one in problems):
        basis = [verbatim(source) for source in sources]
        lines.append(Text("suspend.basis", {"basis": basis, "on": book().lapsed_on}))
    return Outbound(tuple(lines), _rows(order, problems, decides=decides), protect=True)


def _problem(problem: Problem) -> Text:
    told: dict[str, Value] = {
        "item": problem.text,
        "word": problem.word or Text("card.unknown"),
        "state": Text(f"problem.state.{problem.state}"),
    }
    return Text("suspension.problem", told)


def _rows(order: Suspension, problems: Sequence[Problem], *, decides: bool) -> Rows:
    if order.state == Standing.DRAFTED and decides:
        return ((primary("susissue", order.id), button("susrefuse", order.id)),)
    if order.state == Standing.ISSUED:
        shut = (primary("susopen", order.id), button("susshut", order.id))
        return (shut, (button("sustrading", order.id),), *_look(problems))
    return _look(problems)


def _look(problems: Sequence[Problem]) -> Rows:
    """What is still open has to be closed first: the way there."""
    return tuple(
        (Button(Text("suspension.see", {"item": one.text}), f"a:problem:{one.id}"),)
        for one in problems
        if one.is_open()
    )


def proposed(venue: Venue, order: Suspension) -> Text:
    """To whoever inspects: it waits for the officer."""
    return Text("suspension.proposed", {"venue": venue.name, "days": order.days})


def issued(order: Suspension, venue: Venue, *, told: bool) -> Outbound:
    """To the officer."""
    longer = "longer" if order.extends_id is not None else "issued"
    lines = [Text(f"suspension.{longer}", _about(order, venue))]
    key = "suspension.manager_told" if told else "suspension.nobody_told"
    return Outbound((*lines, Text(key, {"venue": venue.name})))


def issued_told(order: Suspension, venue: Venue) -> Outbound:
    """To whoever found what it rests on."""
    longer = "longer" if order.extends_id is not None else "issued"
    return Outbound((Text(f"suspension.{longer}", _about(order, venue)),))


def refused_told(order: Suspension, venue: Venue) -> Outbound:
    told: dict[str, Value] = {"venue": venue.name, "word": order.word or Text("card.unknown")}
    return Outbound((Text("suspension.refused_told", told),), protect=True)


def ordered(order: Suspension, venue: Venue, problems: Sequence[Problem]) -> Outbound:
    """To the manager: closed from when until when, why, and what to do."""
    told = _about(order, venue)
    if order.extends_id is not None:
        return Outbound((Text("suspension.extended", told),))
    lines = [Text("suspension.ordered", told)]
    lines += [Text("suspend.item", {"item": one.text}) for one in problems]
    lines.append(Text("suspension.what_to_do", told))
    rows = ((Button(Text("venue.own_problems"), "a:go:problems"),),)
    return Outbound(tuple(lines), rows if any(one.is_open() for one in problems) else ())


def reopened(venue: Venue) -> Outbound:
    return Outbound((Text("suspension.reopened", {"venue": venue.name}),))


def stays(venue: Venue, order: Suspension) -> Text:
    """To whoever has looked."""
    return Text("suspension.stays", {"venue": venue.name, "at": order.look_at})


def stays_told(venue: Venue, order: Suspension, word: str) -> Outbound:
    """To the manager."""
    told: dict[str, Value] = {"venue": venue.name, "word": word, "at": order.look_at}
    return Outbound((Text("suspension.stays_told", told),))
