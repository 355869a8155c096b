"""Ladders: which rung of an obligation is due, and when the next one is. Data in ladders.toml.

Pure arithmetic over an obligation's hours; who stands on a rung is found in audience.py.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from models.clock import at_local
from models.obligations import Kind, Obligation

Audience = Literal[
    "person",
    "head",
    "owner",
    "worker",
    "inspector",
    "village",
    "township",
    "district",
    "unit",
    "above",
    "ring",
]
# Said to her whom it is about, or whose own it is to do: with her buttons, not the team's.
OWN_SIDE: tuple[Audience, ...] = ("person", "head", "owner")

_ABOVE: tuple[Audience, ...] = ("village", "township", "district")


def height(to: Audience) -> int:
    """How far above the work somebody stands; 0: at it."""
    return _ABOVE.index(to) + 1 if to in _ABOVE else 0


class Rung(BaseModel):
    """One step: who is told what, how many minutes after the opening or the deadline."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: int
    since: Literal["opens", "due"] = Field(default="opens", alias="from")
    to: Audience
    say: str
    only: Literal["", "unclaimed"] = ""
    after: int = Field(default=0, ge=0)

    def moment(self, opens_at: datetime, due_at: datetime) -> datetime:
        """When this rung is due; never sooner after the obligation opens than it may be."""
        base = opens_at if self.since == "opens" else due_at
        earliest = opens_at + timedelta(minutes=self.after)
        return max(base + timedelta(minutes=self.at), earliest)


class Ladder(BaseModel):
    """The rungs of one kind."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    quiet: bool
    urgent: bool = False
    post: bool = False
    fold: int = Field(default=0, ge=0)
    rungs: tuple[Rung, ...] = Field(min_length=1)

    def moment(self, index: int, obligation: Obligation, zone: ZoneInfo) -> datetime | None:
        """When a rung is due; None beyond the last.

        What opens or falls due in the quiet hours counts from their end: a report of midnight
        reaches the worker in the morning, and is not overtaken by those above her. The time in
        which nobody might be disturbed (hearers.py) does not count.
        """
        if index >= len(self.rungs):
            return None
        opens_at, due_at = obligation.opens_at, obligation.due_at
        if self.quiet:
            hours = ladders().quiet_hours
            opens_at = hours.end(opens_at, zone) or opens_at
            due_at = hours.end(due_at, zone) or due_at
        return self.rungs[index].moment(opens_at, due_at) + obligation.stood


class QuietHours(BaseModel):
    """From evening until morning, local time."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    since: time = Field(alias="from")
    until: time

    def end(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """When the quiet hours that `now` falls into are over; None outside them."""
        local = now.astimezone(zone)
        if self.until <= local.time() < self.since:
            return None
        day = local.date() + timedelta(days=1 if local.time() >= self.since else 0)
        return at_local(day, self.until, zone)


@dataclass(frozen=True, slots=True)
class Ladders:
    by_kind: dict[Kind, Ladder]
    quiet_hours: QuietHours


@cache
def ladders() -> Ladders:
    """The ladders of ladders.toml, validated."""
    raw = tomllib.loads(Path(__file__).with_name("ladders.toml").read_text(encoding="utf-8"))
    quiet = QuietHours.model_validate(raw.pop("quiet_hours"))
    return Ladders({Kind(name): Ladder.model_validate(body) for name, body in raw.items()}, quiet)


@dataclass(frozen=True, slots=True)
class Climb:
    """What the sweep does with one obligation now: `rung` to say (None: nothing yet), the rungs
    overtaken on the way, and when to look again (None: the ladder ends)."""

    rung: int | None
    overtaken: tuple[int, ...]
    next_at: datetime | None


def climb(ladder: Ladder, obligation: Obligation, now: datetime, zone: ZoneInfo) -> Climb:
    """The latest rung due at `now`; after an outage the earlier ones are overtaken, not sent."""
    first = obligation.rung
    moments = {
        i: at
        for i in range(first, len(ladder.rungs))
        if (at := ladder.moment(i, obligation, zone)) is not None
    }
    reached = [i for i, at in moments.items() if at <= now]
    if not reached:
        return Climb(None, (), moments.get(first))
    quiet_until = ladders().quiet_hours.end(now, zone) if ladder.quiet else None
    if quiet_until is not None:
        return Climb(None, (), quiet_until)
    latest = reached[-1]
    # Rungs of the same minute speak to different people: all of them are said.
    said = next(i for i in reached if moments[i] == moments[latest])
    if said < latest:
        return Climb(said, tuple(range(first, said)), now)
    return Climb(latest, tuple(range(first, latest)), moments.get(latest + 1))
