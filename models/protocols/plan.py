"""From a pack, a category and its day 0 to dated stages, dated duties and the way out.

Pure: the same arguments give the same plan, whenever it is asked. It knows no database and no
clock; who is told, and what was done, are not its business.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from models.clock import at_local, local_day
from models.protocols.pack import (
    Anchor,
    Category,
    Hours,
    Kind,
    Measure,
    Pack,
    Stage,
    Upgrade,
)

NEGATIVE = "negative"
POSITIVE = "positive"


class PlanError(ValueError):
    """These days make no plan; `code` says why, `anchor` which day is at fault."""

    def __init__(self, code: Literal["missing_anchor", "empty_window"], anchor: Anchor) -> None:
        super().__init__(f"{code}: {anchor}")
        self.code = code
        self.anchor = anchor


@dataclass(frozen=True, slots=True)
class PlannedStage:
    """A stage with its dates, both included."""

    id: str
    measure: Measure
    first_on: date
    last_on: date


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing that is due. `code` names it once within an episode.

    `day` counts from the category's day 0, `stage_day` from the stage's first day; `slot` is the
    check-in's slot, the task's id or the event that asked for the test.
    """

    code: str
    kind: Kind
    day: int
    stage: str
    stage_day: int
    on: date
    slot: str
    opens_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """`duties` in the order they fall due; `passed` are those already over at the opening."""

    day_one_on: date
    ends_on: date
    stages: tuple[PlannedStage, ...]
    duties: tuple[Duty, ...]
    passed: tuple[Duty, ...]

    def day_of(self, on: date) -> int:
        """Overall number of a calendar day."""
        return (on - self.day_one_on).days + 1


@dataclass(frozen=True, slots=True)
class ExitFacts:
    """What release is judged on.

    `results` by duty code; whatever is neither negative nor positive is no result yet.
    `contact_results` are the index contact's, in order of sampling. `afebrile_for` is the time
    since the last fever, None when no reading tells.
    """

    today: date
    ends_on: date
    planned_tests: Collection[str]
    results: Mapping[str, str]
    contact_results: Sequence[str] = ()
    afebrile_for: timedelta | None = None


def plan(
    pack: Pack,
    category_id: str,
    anchor_on: date,
    opened_at: datetime,
    zone: ZoneInfo,
    *,
    anchors: Mapping[Anchor, date] | None = None,
    conditions: Collection[str] = (),
) -> Plan:
    """The dated plan of one person, from the instant at which her episode is opened.

    `anchors` holds the days that `Category.anchors` names after the first; `conditions` are
    those of her household ("no_home") that may set a fallback off.
    """
    category = pack.categories[category_id]
    stages = stages_of(pack, category_id, anchor_on, anchors=anchors, conditions=conditions)
    bare = Plan(_date(pack, anchor_on, 1), max(s.last_on for s in stages), stages, (), ())
    found: dict[str, Duty] = {}
    for stage, placed in zip(category.stages, stages, strict=True):
        for duty in _duties(pack, stage, placed, bare, zone):
            # Overlapping stages may ask for the same thing; it is one thing, done once.
            found.setdefault(duty.code, duty)
    ordered = sorted(found.values(), key=lambda duty: (duty.due_at, duty.code))
    opened_at = opened_at.astimezone(UTC)
    due = [replace(d, opens_at=max(d.opens_at, opened_at)) for d in ordered if d.due_at > opened_at]
    passed = [duty for duty in ordered if duty.due_at <= opened_at]
    return replace(bare, duties=tuple(due), passed=tuple(passed))


def stages_of(
    pack: Pack,
    category_id: str,
    anchor_on: date,
    *,
    anchors: Mapping[Anchor, date] | None = None,
    conditions: Collection[str] = (),
) -> tuple[PlannedStage, ...]:
    """The dated stages of one person alone."""
    category = pack.categories[category_id]
    known = {**(anchors or {}), category.anchor: anchor_on}
    return tuple(_place(pack, category, known, conditions))


def event_test(
    pack: Pack, category_id: str, event: str, reported_at: datetime, planned: Plan, zone: ZoneInfo
) -> Duty | None:
    """The test that an event calls for, None when the category asks for none.

    One a day and event. Whoever reports daily holds it back while an earlier one has no result.
    """
    rules = pack.categories[category_id].event_tests
    rule = next((rule for rule in rules if rule.when == event), None)
    if rule is None:
        return None
    on = local_day(reported_at, zone)
    stage = next((s for s in planned.stages if on <= s.last_on), planned.stages[-1])
    opens_at = reported_at.astimezone(UTC)
    return Duty(
        code=f"test:{event}:{on.isoformat()}",
        kind="test",
        day=planned.day_of(on),
        stage=stage.id,
        stage_day=(on - stage.first_on).days + 1,
        on=on,
        slot=event,
        opens_at=opens_at,
        due_at=opens_at + timedelta(hours=rule.within_hours),
    )


def upgrade(pack: Pack, category_id: str, event: str) -> Upgrade | None:
    """Where an event moves a person of this category, None when nowhere."""
    rules = pack.categories[category_id].upgrades
    return next((rule for rule in rules if rule.on == event), None)


def unmet(pack: Pack, category_id: str, facts: ExitFacts) -> list[str]:
    """Codes of the exit conditions that do not hold yet; empty means release may be proposed."""
    category = pack.categories[category_id]
    out: list[str] = []
    early = category.exit.days_done == "on_last_day"
    if facts.today < facts.ends_on or (facts.today == facts.ends_on and not early):
        out.append("days")
    out += _unmet_tests(category, facts)
    first = category.exit.contact_tests_negative
    if first and not _contact_cleared(facts.contact_results, first):
        out.append("contact_tests")
    hours = category.exit.afebrile_hours
    if hours and (facts.afebrile_for is None or facts.afebrile_for <= timedelta(hours=hours)):
        out.append("fever")
    return out


def _unmet_tests(category: Category, facts: ExitFacts) -> list[str]:
    if not category.exit.all_tests_negative:
        return []
    if POSITIVE in facts.results.values():
        return ["test_positive"]
    untested = category.has_tests and NEGATIVE not in facts.results.values()
    waiting = any(facts.results.get(code) != NEGATIVE for code in facts.planned_tests)
    # An episode opened after its last test day has none planned; that clears nobody.
    return ["tests_missing"] if untested or waiting else []


def _contact_cleared(results: Sequence[str], first: int) -> bool:
    read = [result for result in results if result in (NEGATIVE, POSITIVE)]
    return len(read) >= first and POSITIVE not in read


def _date(pack: Pack, anchor_on: date, day: int) -> date:
    return anchor_on + timedelta(days=pack.day0_offset + day - 1)


def _place(
    pack: Pack, category: Category, known: Mapping[Anchor, date], conditions: Collection[str]
) -> Iterator[PlannedStage]:
    swaps = {f.measure: f.becomes for f in category.fallbacks if f.when in conditions}
    next_on = _date(pack, _anchored(known, category.anchor), 1)
    for stage in category.stages:
        if stage.window:
            first_on, last_on = _window(pack, category, stage, known)
        else:
            first_on, last_on = next_on, next_on + timedelta(days=stage.shortest - 1)
            next_on = last_on + timedelta(days=1)
        yield PlannedStage(stage.id, swaps.get(stage.measure, stage.measure), first_on, last_on)


def _window(
    pack: Pack, category: Category, stage: Stage, known: Mapping[Anchor, date]
) -> tuple[date, date]:
    assert stage.window
    first = stage.window.first_anchor or category.anchor
    last = stage.window.last_anchor or category.anchor
    first_on = _date(pack, _anchored(known, first), stage.window.first_day)
    last_on = _date(pack, _anchored(known, last), stage.window.last_day)
    if last_on < first_on:
        raise PlanError("empty_window", first)
    return first_on, last_on


def _anchored(known: Mapping[Anchor, date], anchor: Anchor) -> date:
    if anchor not in known:
        raise PlanError("missing_anchor", anchor)
    return known[anchor]


def _duties(
    pack: Pack, stage: Stage, placed: PlannedStage, bare: Plan, zone: ZoneInfo
) -> Iterator[Duty]:
    for stage_day in range(1, (placed.last_on - placed.first_on).days + 2):
        on = placed.first_on + timedelta(days=stage_day - 1)
        day = bare.day_of(on)
        for code, kind, slot, hours in _due_on(pack, stage, stage_day, day, on):
            opens_at, due_at = at_local(on, hours.opens, zone), at_local(on, hours.due, zone)
            yield Duty(code, kind, day, stage.id, stage_day, on, slot, opens_at, due_at)


def _due_on(
    pack: Pack, stage: Stage, stage_day: int, day: int, on: date
) -> Iterator[tuple[str, Kind, str, Hours]]:
    if stage.checkin_days is None or stage_day in stage.checkin_days:
        for slot in stage.checkins:
            yield f"checkin:{on.isoformat()}:{slot}", "checkin", slot, pack.slots[slot]
    if stage_day in stage.tests:
        yield f"test:d{day}", "test", "", pack.windows["test"]
    if stage_day in stage.calls:
        yield f"call:d{day}", "call", "", pack.windows["call"]
    for task in stage.tasks:
        if stage_day in task.days or (task.every and (stage_day - 1) % task.every == 0):
            yield f"task:{task.id}:d{day}", "task", task.id, pack.windows["task"]
