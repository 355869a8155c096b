"""What a venue owes each day by its kind, as data in duties.toml. Knows no venue and no day."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from models.rules import Rules
from models.venues.kinds import VenueKind

OTHER = "other"
"""The post of whoever fits none that the data name."""


class Log(StrEnum):
    """What is written down in a venue every day."""

    DISINFECT = "disinfect"
    TEMPERATURES = "temps"
    SWABS = "swabs"


class Tier(StrEnum):
    """How closely somebody is tested."""

    ROUTINE = "routine"
    KEY = "key"
    CLOSE = "close"


class Owed(BaseModel):
    """What one kind owes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rounds: int = Field(ge=0, le=12)
    temperatures: int = Field(ge=0, le=4)
    tests: Tier
    posts: Mapping[str, Tier] = {}

    def times(self, log: Log) -> int:
        """How often a day; of tests the calendar decides."""
        match log:
            case Log.DISINFECT:
                return self.rounds
            case Log.TEMPERATURES:
                return self.temperatures
            case Log.SWABS:
                return 0


class Duties(BaseModel):
    """The whole file: every kind has its own, and posts are those that have words."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    words: Mapping[str, tuple[str, ...]]
    kinds: Mapping[VenueKind, Owed]


@cache
def duties() -> Duties:
    """What duties.toml says. Raises ValueError when a kind or the words of a post are missing."""
    text = Path(__file__).with_name("duties.toml").read_text(encoding="utf-8")
    found = Duties.model_validate(tomllib.loads(text))
    named = {post for owed in found.kinds.values() for post in owed.posts}
    if lacking := [*(set(VenueKind) - found.kinds.keys()), *(named - found.words.keys())]:
        raise ValueError(f"duties.toml says nothing of {sorted(lacking)}")
    return found


def owed_by(kind: VenueKind) -> Owed:
    return duties().kinds[kind]


def post_of(title: str) -> str:
    """The post that the words of somebody's job mean."""
    said = title.casefold()
    fitting = (p for p, words in duties().words.items() if any(word in said for word in words))
    return next(fitting, OTHER)


def days_between(kind: VenueKind, post: str, rules: Rules) -> int:
    """Every so many days somebody in this post is tested."""
    owed = owed_by(kind)
    match owed.posts.get(post, owed.tests):
        case Tier.ROUTINE:
            return rules.swab_days_routine
        case Tier.KEY:
            return rules.swab_days_key
        case Tier.CLOSE:
            return rules.swab_days_close
