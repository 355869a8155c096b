"""The ladder as data, and the colours that follow from it: on the edges of each step."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cases import ZONE

from models.rules import Rules
from models.venues.colours import colour_of, steps_of, working_days_later, worst
from models.venues.ladder import Colour, Ground, gravest, suspension_ladder
from models.venues.problem import Problem, State

FRIDAY = datetime(2022, 7, 8, 2, 30, tzinfo=UTC)
RULES, MINUTE = Rules(), timedelta(minutes=1)


def problem(due_at: datetime, **told: object) -> Problem:
    return Problem(**{"item": "common.masks", "state": State.ISSUED, "due_at": due_at, **told})


@pytest.mark.parametrize(
    ("days", "on"), [(0, 8), (1, 11), (3, 13), (5, 15), (6, 18)], ids=lambda n: str(n)
)
def test_working_days_leave_out_the_weekend(days: int, on: int) -> None:
    later = working_days_later(FRIDAY, days, ZONE).astimezone(ZONE)
    local = FRIDAY.astimezone(ZONE)
    assert (later.day, later.time()) == (on, local.time())


def test_a_colour_turns_on_its_minute_and_not_before() -> None:
    one = problem(FRIDAY)
    steps = steps_of(one, RULES, ZONE)
    for at, colour in (
        (steps.yellow_at - MINUTE, None),
        (steps.yellow_at, Colour.YELLOW),
        (steps.red_at - MINUTE, Colour.YELLOW),
        (steps.red_at, Colour.RED),
        (steps.suspend_at, Colour.RED),
    ):
        shown = colour_of(one, at, RULES, ZONE)
        assert (shown.colour if shown else None) == colour, at
    assert shown is not None
    assert shown.late


def test_the_steps_are_the_districts_own() -> None:
    ours = Rules(yellow_days=0, red_days=1, suspend_days=1)
    steps = steps_of(problem(FRIDAY), ours, ZONE)
    assert (steps.yellow_at, steps.red_at) == (FRIDAY, FRIDAY + timedelta(days=1))
    assert steps.suspend_at == FRIDAY + timedelta(days=3)  # from Saturday to Monday


def test_a_closed_problem_has_no_colour_and_a_proof_stops_the_clock() -> None:
    late = FRIDAY + timedelta(days=60)
    assert colour_of(problem(FRIDAY, state=State.CLOSED), late, RULES, ZONE) is None
    proved = problem(FRIDAY, state=State.PROVED, proved_at=FRIDAY)
    assert colour_of(proved, late, RULES, ZONE) is None
    too_late = problem(FRIDAY, state=State.PROVED, proved_at=FRIDAY + timedelta(days=2))
    shown = colour_of(too_late, late, RULES, ZONE)
    assert shown is not None
    assert shown.colour == Colour.YELLOW


def test_a_venue_has_the_darkest_colour_of_its_problems() -> None:
    now = FRIDAY + timedelta(days=4, minutes=1)
    old, new = problem(FRIDAY), problem(FRIDAY + timedelta(days=2))
    shown = worst([new, old], now, RULES, ZONE)
    assert shown is not None
    assert (shown.problem, shown.colour) == (old, Colour.RED)
    assert worst([], now, RULES, ZONE) is None


@pytest.mark.parametrize(
    ("item", "fixed", "ground"),
    [
        ("common.scan", False, Ground.UNCHECKED),
        ("common.fever", False, Ground.UNCHECKED),
        ("common.scan", True, None),
        ("clinic.no_fever", True, Ground.FEVER_PATIENT),
        ("hotel.risk_guests", True, Ground.GUESTS),
        ("pharmacy.register", False, Ground.DRUGS),
        ("cold_store.papers", False, Ground.COLD_CHAIN),
        ("leisure.closed", True, Ground.AGAINST_ORDER),
        ("common.masks", False, None),
        ("own.7", False, None),
    ],
)
def test_what_is_drafted_at_once(item: str, fixed: bool, ground: Ground | None) -> None:
    assert suspension_ladder().at_once(item, fixed=fixed) == ground


def test_lengths_are_three_days_or_seven() -> None:
    ladder = suspension_ladder()
    assert (ladder.days(["common.masks"]), ladder.days(["common.tested"])) == (3, 7)
    assert ladder.days(["common.masks", "hotel.risk_guests"]) == 7
    assert ladder.extension.days == 7
    assert gravest([Ground.RELAPSE, Ground.GUESTS]) == Ground.GUESTS
