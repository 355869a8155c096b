"""Who hears an alert now, as each has chosen, and how long it waits where nobody may be disturbed.

What presses (models/alerts.py) wakes everybody. Anything else is told to those whose hours these
are, on the nearest rung that has any; the others read it when theirs begin. Where they are
nobody's, it waits for the first hour of somebody, and the ladder's clock stands still.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from models.hearing import Hearing
from models.obligations import Kind, Obligation
from scheduler.ladders import OWN_SIDE, Audience, Ladder


@dataclass(frozen=True, slots=True)
class Group:
    """What one account hears in one message."""

    account_id: int
    kind: Kind
    rung: int
    say: str
    to: Audience
    cause: str = ""  # of an alert: what folds together
    after: datetime | None = None  # of an alert: when the hours begin in which she hears of it
    listed: bool = False  # of an alert: she only wants to find its kind in the list

    @property
    def later(self) -> bool:
        """Does she not hear of it now, as she has chosen?"""
        return self.listed or self.after is not None

    @property
    def own(self) -> bool:
        """Is it said to the person's own side, not to the team?"""
        return self.to in OWN_SIDE


def as_chosen(
    group: Group, item: Obligation, choice: Hearing | None, now: datetime, zone: ZoneInfo
) -> Group:
    """When she hears it; whoever has it in hand hears it always."""
    if choice is None or not group.cause or group.account_id == item.owner_id:
        return group
    listed, after = choice.listed(group.cause), choice.waits_until(group.cause, now, zone)
    return replace(group, listed=listed, after=after)


@dataclass(frozen=True, slots=True)
class PutOff:
    """Of those who do not hear it as it comes: who is told (now, or when her hours begin), who
    finds it in the list. Or until when all of it waits."""

    told: Sequence[Group] = ()
    listed: Sequence[Group] = ()
    until: datetime | None = None


def put_off(groups: Sequence[Group], *, heard: bool) -> PutOff:
    """`heard`: somebody else hears it now. A kind that everybody has muted is not lost: the
    nearest whose hours these are hear it all the same."""
    if heard or not groups:
        listed = [group for group in groups if group.listed]
        return PutOff([group for group in groups if not group.listed], listed)
    willing = [group for group in groups if not group.listed] or groups
    if all(group.after is not None for group in willing):
        return PutOff(until=min(group.after for group in willing if group.after is not None))
    awake = [group for group in willing if group.after is None]
    nearest = min(group.rung for group in awake)
    told = [group for group in awake if group.rung == nearest]
    passed = [group for group in groups if group.rung <= nearest and group not in told]
    return PutOff([replace(group, listed=False) for group in told], passed)


@dataclass(frozen=True, slots=True)
class Wait:
    """The rung that is looked at next, and when."""

    rung: int
    at: datetime


def wait(item: Obligation, ladder: Ladder, rungs: range, until: datetime, zone: ZoneInfo) -> Wait:
    """Nobody on these rungs may be disturbed: the ladder goes on to what comes behind them when
    that is sooner, for it speaks to others; else its clock stands still, and all of it moves."""
    following = ladder.moment(rungs.stop, item, zone)
    if following is not None and following <= until:
        return Wait(rungs.stop, following)
    reached = ladder.moment(rungs.start, item, zone)
    assert reached is not None, "it stands on the ladder"
    stood = item.stood + (until - reached)
    item.facts = {**item.facts, "stood": round(stood.total_seconds())}
    return Wait(rungs.start, until)
