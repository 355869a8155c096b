"""What a protocol pack may say: categories, stages, what is due on which day, when it ends.

Shape and consistency only: it knows no dates, no people, no files and no words.
"""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

Code: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+([-_][a-z0-9]+)*$")]
Kind: TypeAlias = Literal["checkin", "test", "call", "task"]
WindowKind: TypeAlias = Literal["test", "call", "task"]  # a check-in has slots instead
Anchor: TypeAlias = Literal[
    "first_exposure",
    "last_exposure",
    "departure",
    "arrival",
    "onset",
    "sampling",
    "off_post",
    "discharge",
]
Measure: TypeAlias = Literal[
    "central", "home", "home_monitoring", "monitoring", "self_monitoring", "exclusion"
]

CASE = "case"  # where an upgrade ends observation: the person is a patient now


def _ascending(days: tuple[int, ...]) -> tuple[int, ...]:
    if list(days) != sorted(set(days)):
        raise ValueError("days must ascend, each once")
    return days


Days: TypeAlias = Annotated[tuple[Annotated[int, Field(ge=1)], ...], AfterValidator(_ascending)]


class _Part(BaseModel):
    """A misspelt key in a pack is an error: ignored, it would silently drop a duty."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Hours(_Part):
    """Local clock times between which something is to be done."""

    opens: time
    due: time

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.opens >= self.due:
            raise ValueError("opens must be before due")
        return self


class DayWindow(_Part):
    """A stage that stands on its own days, like day 5 after the first to day 21 after the last.

    An end without an anchor of its own counts from the category's.
    """

    first_day: int = Field(ge=1)
    last_day: int = Field(le=366)
    first_anchor: Anchor | None = None
    last_anchor: Anchor | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.first_day > self.last_day:
            raise ValueError("first_day must not be after last_day")
        return self


class Task(_Part):
    """Work on the surroundings rather than a person, on listed days or every so many days."""

    id: Code
    days: Days = ()
    every: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _listed_or_repeated(self) -> Self:
        if bool(self.days) == (self.every is not None):
            raise ValueError("a task has either days or every")
        return self


class Stage(_Part):
    """Days under one measure. Day numbers here restart at 1 on the stage's first day.

    Stages with `days` follow one another; a stage with a `window` may overlap them.
    """

    id: Code
    measure: Measure
    days: int | None = Field(default=None, ge=1, le=366)
    window: DayWindow | None = None
    checkins: tuple[Code, ...] = ()  # slots
    checkin_days: Days | None = None  # None: every day
    tests: Days = ()
    calls: Days = ()
    tasks: tuple[Task, ...] = ()

    @property
    def shortest(self) -> int:
        """Days that the stage has at least; anchors further apart only stretch a window."""
        if self.window:
            return self.window.last_day - self.window.first_day + 1
        return self.days or 0

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.days is None) == (self.window is None):
            raise ValueError("a stage has either days or window")
        if self.checkin_days is not None and not self.checkins:
            raise ValueError("checkin_days without checkins")
        listed = [self.checkin_days or (), self.tests, self.calls, *(t.days for t in self.tasks)]
        late = sorted({day for days in listed for day in days if day > self.shortest})
        if late:
            raise ValueError(f"days {late} are beyond the stage's {self.shortest}")
        return self


class Exit(_Part):
    """What must all hold before release is proposed; days are always among it.

    `contact_tests_negative` is how many first tests of the index contact must be negative;
    `afebrile_hours` must be exceeded since the last fever. Zero means not asked.
    """

    days_done: Literal["on_last_day", "after_last_day"] = "after_last_day"
    all_tests_negative: bool = False
    contact_tests_negative: int = Field(default=0, ge=0)
    afebrile_hours: int = Field(default=0, ge=0)


class Upgrade(_Part):
    """An event that moves a person to another category, or with `beside` starts it as well."""

    on: Code
    to: Code
    beside: bool = False


class Fallback(_Part):
    """What a measure becomes when a condition of the household rules it out."""

    when: Code
    measure: Measure
    becomes: Measure


class EventTest(_Part):
    """A test that no calendar knows: it falls due when something is reported."""

    when: Code
    within_hours: int = Field(ge=1)


class Category(_Part):
    """One kind of person under observation. `verify`: numbers not seen in an official text."""

    anchor: Anchor
    stages: tuple[Stage, ...] = Field(min_length=1)
    exit: Exit = Exit()
    upgrades: tuple[Upgrade, ...] = ()
    fallbacks: tuple[Fallback, ...] = ()
    event_tests: tuple[EventTest, ...] = ()
    verify: bool = False

    @property
    def anchors(self) -> tuple[Anchor, ...]:
        """Every day that must be known before this category can be planned; its own first."""
        windows = [stage.window for stage in self.stages if stage.window]
        ends = [end for w in windows for end in (w.first_anchor, w.last_anchor) if end]
        return tuple(dict.fromkeys([self.anchor, *ends]))

    @property
    def has_tests(self) -> bool:
        """Whether the calendar alone demands a test."""
        return any(stage.tests for stage in self.stages)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        _once("stage", [stage.id for stage in self.stages])
        _once("upgrade", [rule.on for rule in self.upgrades])
        _once("event test", [rule.when for rule in self.event_tests])
        _once("task", [task.id for stage in self.stages for task in stage.tasks])
        if self.exit.all_tests_negative and not (self.has_tests or self.event_tests):
            raise ValueError("all_tests_negative without any test")
        missing = {f.measure for f in self.fallbacks} - {s.measure for s in self.stages}
        if missing:
            raise ValueError(f"fallback for a measure that no stage has: {sorted(missing)}")
        return self


class Pack(_Part):
    """The rules of one disease in one edition. An episode keeps the version it began with.

    `source` is the citation of the rule. `day0_offset` days after the anchor is day 1.
    """

    id: Code
    version: int = Field(ge=1)
    disease: Code
    source: str = Field(min_length=1)
    historical: bool = False
    lapsed_on: date | None = None
    fever_celsius: Decimal = Field(ge=35, le=40)
    day0_offset: int = Field(default=1, ge=0, le=1)
    slots: dict[Code, Hours] = {}
    windows: dict[WindowKind, Hours] = {}
    categories: dict[Code, Category] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.historical != (self.lapsed_on is not None):
            raise ValueError("historical and lapsed_on go together")
        for name, category in self.categories.items():
            unknown = {r.to for r in category.upgrades} - {CASE, *self.categories}
            if unknown:
                raise ValueError(f"{name}: upgrade to unknown category {sorted(unknown)}")
            for stage in category.stages:
                self._check_hours(f"{name}.{stage.id}", stage)
        return self

    def _check_hours(self, where: str, stage: Stage) -> None:
        unknown = [slot for slot in stage.checkins if slot not in self.slots]
        if unknown:
            raise ValueError(f"{where}: unknown slots {unknown}")
        due: dict[WindowKind, object] = {
            "test": stage.tests,
            "call": stage.calls,
            "task": stage.tasks,
        }
        missing = [kind for kind, items in due.items() if items and kind not in self.windows]
        if missing:
            raise ValueError(f"{where}: no hours in windows for {missing}")


def _once(what: str, codes: list[str]) -> None:
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        raise ValueError(f"{what} named twice: {twice}")


def word_keys(pack: Pack) -> list[str]:
    """Keys of every word that showing this pack may need, sorted."""
    keys = {f"pack.{pack.id}"}
    for name, category in pack.categories.items():
        keys.add(f"pack.{pack.id}.category.{name}")
        keys.update(f"measure.{stage.measure}" for stage in category.stages)
        keys.update(f"measure.{rule.becomes}" for rule in category.fallbacks)
        tasks = [task for stage in category.stages for task in stage.tasks]
        keys.update(f"pack.{pack.id}.task.{task.id}" for task in tasks)
    return sorted(keys)
