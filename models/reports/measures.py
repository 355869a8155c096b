"""Those under observation by what is asked of them that day: in a centre, at home, at work with a
thermometer. It changes from stage to stage, so it follows from the pack and is not kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any, get_args

from sqlalchemy import Text, cast, func, select

from models.episodes import Episode
from models.protocols import catalogue
from models.protocols.pack import Measure
from models.protocols.plan import stages_of
from models.reports.checks import Check
from models.reports.figures import Counting, Section
from models.reports.periods import Period, happened


def _running(period: Period) -> Counting:
    """How many there are of each plan at the cut-off."""
    conditions = cast(Episode.conditions, Text)
    plans = (Episode.pack, Episode.pack_version, Episode.category, Episode.anchor_on, conditions)
    return (
        select(*plans[:-1], conditions.label("conditions"), func.count().label("n"))
        .where(Episode.opened_at <= period.until_at, ~happened(Episode.outcome_at, period.until_at))
        .group_by(*plans)
    )


def _measured(row: Mapping[str, Any], period: Period) -> Mapping[str, int]:
    told = (row["pack"], row["pack_version"], row["category"], row["anchor_on"])
    return {measure_on(*told, row["conditions"], period.on): int(row["n"])}


@lru_cache(maxsize=4096)
def measure_on(
    pack: str, version: int, category: str, anchor_on: date, conditions: str, on: date
) -> Measure:
    """What a plan asks for on a day: before its first day that of the first stage; after its last
    that of the last, since she waits for her release. `conditions` are JSON."""
    stages = sorted(
        stages_of(
            catalogue.get(pack, version), category, anchor_on, conditions=json.loads(conditions)
        ),
        key=lambda stage: (stage.first_on, stage.last_on),
    )
    begun = [stage for stage in stages if stage.first_on <= on]
    return (begun[-1] if begun else stages[0]).measure


MEASURES = Section(
    "measures",
    Episode.unit_id,
    _running,
    fold=_measured,
    folded=get_args(Measure),
    checks=(Check("observed.now", plus=tuple(f"measures.{one}" for one in get_args(Measure))),),
)
