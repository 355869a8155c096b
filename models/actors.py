"""Who acts: the actions, the roles that may do them, and somebody with the roles she holds."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from models.accounts import SUPERVISORS, TEAM, Role
from models.units import Level


class Action(StrEnum):
    """What can be done to somebody's record."""

    SEE = "see"
    REPORT = "report"  # a check-in, a test: for her or on her behalf
    VERIFY = "verify"
    CLAIM = "claim"
    REVEAL = "reveal"  # whole phone or ID, audited
    EXCUSE = "excuse"  # waive, unreachable
    RELEASE = "release"
    KEEP = "keep"  # the base roster: find, add, mend
    CARE = "care"  # special groups: those who look in
    INSPECT = "inspect"  # venues and their problems
    SUSPEND = "suspend"  # order that a venue closes
    ISSUE = "issue"  # notices, bulletins and the ledger of problems, in a unit's name
    EXPORT = "export"  # ledgers of people, masked
    UNMASK = "unmask"  # a ledger with whole names and numbers, for a reason
    OVERSEE = "oversee"  # digests, names of the overdue
    ADMINISTER = "administer"


_ROLES: dict[Action, tuple[Role, ...]] = {
    Action.SEE: TEAM,
    # Whoever a ladder climbs to must be able to act on what she is told.
    Action.REPORT: TEAM,
    Action.VERIFY: TEAM,
    Action.CLAIM: TEAM,
    Action.REVEAL: TEAM,
    Action.EXCUSE: TEAM,
    Action.RELEASE: TEAM,
    Action.KEEP: TEAM,
    Action.CARE: (Role.GRID_WORKER, Role.COMMUNITY),
    Action.INSPECT: (Role.INSPECTOR, *TEAM),
    # Beside the officer of the venue's trade, who has it put before her.
    Action.SUSPEND: (Role.TOWNSHIP, Role.DISTRICT),
    Action.ISSUE: (Role.INSPECTOR, *SUPERVISORS),
    Action.EXPORT: TEAM,
    Action.UNMASK: SUPERVISORS,
    Action.OVERSEE: SUPERVISORS,
    Action.ADMINISTER: (Role.ADMIN,),
}


@dataclass(frozen=True, slots=True)
class Grant:
    """A role in a unit and all below it."""

    role: Role
    unit_id: int
    path: str
    level: Level


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, with everything that she was given."""

    account_id: int
    person_id: int | None
    grants: tuple[Grant, ...] = ()

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(grant.role for grant in self.grants)

    def paths(self, action: Action) -> tuple[str, ...]:
        """The branches of the tree where she may do this."""
        return tuple({g.path for g in self.grants if g.role in _ROLES[action]})

    def may(self, action: Action, path: str = "") -> bool:
        """May she do this in the unit at `path` (anywhere at all when empty)?"""
        return any(path.startswith(granted) or not path for granted in self.paths(action))

    def paths_as(self, roles: Collection[Role]) -> tuple[str, ...]:
        """The branches where she holds one of these roles."""
        return tuple({g.path for g in self.grants if g.role in roles})

    def speaks(self, action: Action, path: str = "") -> Grant | None:
        """Her highest grant that lets her do this in the unit at `path`: in whose name she does."""
        mine = [g for g in self.grants if g.role in _ROLES[action]]
        there = [g for g in mine if path.startswith(g.path) or not path]
        return min(there, key=lambda g: g.path.count("/"), default=None)

    def top(self, *roles: Role) -> Grant | None:
        """Her highest grant among `roles`: the unit that she speaks for."""
        mine = [g for g in self.grants if g.role in roles]
        return min(mine, key=lambda g: g.path.count("/"), default=None)
