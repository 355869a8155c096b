"""What is shown of problems: the list, one with its history, and what came of a deed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from models.messages import Button, Outbound, Rows, Style, Text, Value
from models.venues.colours import Shown
from models.venues.problem import Problem, ProblemStep, State
from models.venues.situation import colour_line
from models.venues.venue import Venue


def listed(
    problems: Sequence[tuple[Problem, str]], now: datetime, *, ledger: bool = False
) -> Outbound:
    """A line and a button each, with the venue's name; the `ledger` has those that are closed."""
    all_of_them = ((Button(Text("problem.ledger"), "a:ledger:problems"),),) if ledger else ()
    if not problems:
        return Outbound((Text("problem.none"),), all_of_them)
    lines = [Text("problem.listed", {"n": len(problems)})]
    rows = []
    for number, (problem, name) in enumerate(problems, 1):
        late = problem.state != State.PROVED and problem.due_at <= now
        state = "late" if late else problem.state
        told: dict[str, Value] = {
            "n": number,
            "venue": name,
            "item": problem.text,
            "due": problem.due_at,
            "state": Text(f"problem.state.{state}"),
        }
        lines.append(Text("problem.line", told))
        label = Text("problem.button", {"n": number, "venue": name[:20]})
        rows.append((Button(label, f"a:problem:{problem.id}"),))
    return Outbound(tuple(lines), (*rows, *all_of_them))


def _about(problem: Problem, venue: Venue) -> dict[str, Value]:
    return {"venue": venue.name, "item": problem.text, "due": problem.due_at}


def card(
    problem: Problem,
    venue: Venue,
    steps: Sequence[ProblemStep],
    shown: Shown | None,
    *,
    inspects: bool,
    notice: bool = False,
) -> Outbound:
    """One problem: where, what, the colour that it gives its venue, everything that happened."""
    told = {**_about(problem, venue), "address": venue.address}
    state = Text(f"problem.state.{problem.state}")
    lines = [Text("problem.card", {**told, "state": state})]
    if shown is not None:
        lines.append(colour_line(shown))
    for step in steps:
        said: dict[str, Value] = {"at": step.at, "step": Text(f"problem.step.{step.step}")}
        key = "problem.happened" if step.word is None else "problem.happened.word"
        lines.append(Text(key, said if step.word is None else {**said, "word": step.word}))
    rows = _inspects(problem) if inspects else _owns(problem)
    if any(step.photo for step in steps):
        rows = (*rows, (_button("probpic", problem),))
    if notice:
        rows = (*rows, (Button(Text("action.notice"), f"a:notice:{problem.inspection_id}"),))
    return Outbound(tuple(lines), rows, protect=True)


def _button(verb: str, problem: Problem, style: Style = Style.PLAIN) -> Button:
    return Button(Text(f"action.{verb}"), f"a:{verb}:{problem.id}", style=style)


def _inspects(problem: Problem) -> Rows:
    if not problem.is_open():
        return ((_button("probheld", problem), _button("probagain", problem)),)
    close = _button("probclose", problem, Style.PRIMARY)
    if problem.state == State.PROVED:
        return ((close, _button("probagain", problem)),)
    return ((close,),)


def _owns(problem: Problem) -> Rows:
    if not problem.is_open() or problem.state == State.PROVED:
        return ()
    note = (_button("proback", problem),) if problem.state == State.ISSUED else ()
    return ((*note, _button("prove", problem, Style.PRIMARY)),)


def acknowledged(problem: Problem, venue: Venue) -> Outbound:
    rows = ((_button("prove", problem, Style.PRIMARY),),)
    return Outbound((Text("problem.acknowledged", _about(problem, venue)),), rows)


def closed(problem: Problem, venue: Venue, days: int) -> Outbound:
    return Outbound((Text("problem.closed", {**_about(problem, venue), "days": days}),))


def closed_told(problem: Problem, venue: Venue, *, off: bool) -> Outbound:
    """To the manager; `off`: the venue's card has come off with it."""
    said = Text("problem.closed_told", _about(problem, venue))
    return Outbound((said, *([Text("colour.off")] if off else [])))


def held(problem: Problem, venue: Venue) -> Outbound:
    return Outbound((Text("problem.held", _about(problem, venue)),))
